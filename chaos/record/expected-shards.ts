import { z } from 'zod'
import type { ProcessRole } from './history.ts'

/** The events of a journal that say whose history there is. */
const telling = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('fleet.started'), gateways: z.array(z.string()) }),
  z.looseObject({ kind: z.literal('timeline.started') }),
  z.looseObject({ kind: z.literal('replay.stated'), id: z.string(), reader: z.string().exactOptional() }),
])
const KINDS = new Set<string>(telling.options.map(({ shape }) => shape.kind.value))

/** Whether a line of a journal may be one of these: most are not, and need not be parsed. */
export const mayTellOfShards = (line: string): boolean => [...KINDS].some(kind => line.includes(`"${kind}"`))

/** A shard in `history/` that a run must have left. */
export interface ExpectedShard {
  readonly role: ProcessRole
  readonly process: string
  /** Why: a sentence without its end. */
  readonly because: string
}

/**
 * Whose history a run must have left, by the events of its journal: its gateways, its consumer from when the timeline
 * began, and the reader of each replay that said what it had before it.
 */
export function expectedShards(events: Iterable<{ readonly kind: string }>): ExpectedShard[] {
  const expected: ExpectedShard[] = []
  for (const event of events) {
    if (!KINDS.has(event.kind)) continue
    const { data: told } = telling.safeParse(event)
    if (told?.kind === 'fleet.started')
      for (const process of told.gateways)
        expected.push({ role: 'gateway', process, because: `gateway ${process} took part` })
    else if (told?.kind === 'timeline.started')
      expected.push({ role: 'tail', process: 'tail', because: 'it is what consumers were given' })
    else if (told?.reader !== undefined)
      expected.push({ role: 'recovery', process: told.reader, because: `it is what ${told.id} read` })
  }
  return expected
}

/** Those that no shard is of. */
export function missingShards(
  events: Iterable<{ readonly kind: string }>,
  shards: readonly { readonly role: string; readonly process: string }[],
): ExpectedShard[] {
  return expectedShards(events).filter(
    ({ role, process }) => !shards.some(shard => shard.role === role && shard.process === process),
  )
}
