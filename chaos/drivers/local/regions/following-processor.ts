import { AftershockError } from '../../../core/errors.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { ProcessorSample } from '../../../record/samples.ts'
import type { Endings, StatefulProcessor } from '../../environment.ts'
import { groupView } from '../processor/group-view.ts'
import { instancesOfRun } from '../processor/instances.ts'
import { writeDirectHosts } from '../processor/open-processor.ts'
import { type ProcessorOptions, RunProcessor } from '../processor/run-processor.ts'
import type { RunRegions } from './run-regions.ts'

/** A processor that goes to region b with its devices, where the drill says so. */
export class FollowingProcessor implements StatefulProcessor {
  readonly #first: RunProcessor
  readonly #second: RunProcessor
  #at: 'a' | 'between' | 'b' = 'a'

  /** @param second of region b, not started */
  constructor(first: RunProcessor, second: RunProcessor) {
    this.#first = first
    this.#second = second
  }

  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'processor.started' }>> {
    return this.#first.start(signal)
  }

  sample(t: number): Promise<ProcessorSample> {
    return (this.#at === 'b' ? this.#second : this.#first).sample(t)
  }

  async leave(): Promise<{ devices: number }> {
    if (this.#at === 'b')
      throw new AftershockError('refused', 'the processor is in region b already', {
        hint: 'a drill takes it there once',
      })
    this.#at = 'between'
    await this.#first.abandon()
    return { devices: await this.#second.welcome() }
  }

  async follow(signal: AbortSignal): Promise<{ restored: number; replayed: number; partitions: number }> {
    const rebuilt = await this.#second.goOn(signal)
    this.#at = 'b'
    return rebuilt
  }

  /** Of both, each in a file of its own; what is told is that of where it is. */
  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'processor.drained' }>> {
    const ofFirst = await this.#first.drain(signal, progress)
    if (this.#at !== 'b') return ofFirst
    const ofSecond = await this.#second.drain(signal, progress)
    return { ...ofSecond, kept: ofFirst.kept && ofSecond.kept }
  }
}

const END_MS = 60_000

/** The processor, and where it goes in a fail-over; as it is where the drill lets it stay. */
export function followingProcessor(
  first: RunProcessor,
  { lab, spec: { failOver }, copies }: RunRegions,
  own: Pick<ProcessorOptions, 'spec' | 'twin' | 'topics' | 'env' | 'runDir' | 'clock' | 'memory'>,
  endings: Endings,
): StatefulProcessor {
  if (failOver.processor === 'stays') return first
  const { layout } = lab
  const { spec, twin, env, clock } = own
  const settings = { copies, replay: failOver.processor === 'rebuilt' }
  const second = new RunProcessor({
    ...own,
    lab,
    region: 'b',
    copies,
    instances: instancesOfRun({ layout, spec, settings, twin, env }),
    group: groupView(layout, spec, clock),
    database: null,
  })
  writeDirectHosts(layout)
  endings.add('the stateful processor in region b', () => second.end(), END_MS)
  return new FollowingProcessor(first, second)
}
