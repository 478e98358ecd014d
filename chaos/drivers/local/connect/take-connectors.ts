import type { ConnectorsSpec } from '../../../core/connectors.ts'
import type { StartedLab } from '../lab/lab.ts'
import { untilTaken } from './cluster-control.ts'
import type { ConnectRest } from './connect-rest.ts'
import { sinkConfiguration } from './sink-configuration.ts'
import { pollerOffset, sourceConfiguration } from './source-configuration.ts'

/**
 * Workers are told of every sink and source of a run.
 * @param places by source, the row of its table from which it goes on; others begin at the first
 * @returns connectors that were taken, with as many tasks as they are to have
 */
export async function takeConnectors(
  lab: Pick<StartedLab, 'clock'>,
  rests: readonly ConnectRest[],
  { sinks, sources }: ConnectorsSpec,
  { places, signal }: { readonly places: ReadonlyMap<string, number>; readonly signal: AbortSignal },
): Promise<readonly { readonly name: string; readonly tasks: number }[]> {
  const take = (what: string, ask: Parameters<typeof untilTaken>[3]) =>
    untilTaken(lab, rests, what, ask, signal)
  for (const source of sources) {
    const { name, reads } = source
    const place = places.get(name)
    if (reads !== 'table' || place === undefined) continue
    await take(`${name} to be taken, stopped`, rest => rest.createStopped(name, sourceConfiguration(source)))
    await take(`${name} to begin at row ${place}`, rest =>
      rest.setOffsets(name, [pollerOffset(source, place)]),
    )
    await take(`${name} to go on`, rest => rest.command('PUT', name, 'resume'))
  }
  const asked = [
    ...sinks.map(sink => ({ name: sink.name, tasks: sink.tasks, config: sinkConfiguration(sink) })),
    ...sources.map(source => ({
      name: source.name,
      tasks: 1,
      config: sourceConfiguration(source, places.get(source.name)),
    })),
  ]
  for (const { name, config } of asked)
    await take(`the connector ${name} to be taken`, rest => rest.configure(name, config))
  return asked
}
