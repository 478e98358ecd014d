import { join } from 'node:path'
import { Catalog } from '../audit/catalog.ts'
import type { Edn } from '../audit/edn.ts'
import { jepsenLine } from '../audit/jepsen-history.ts'
import { type Batch, type HistorySink, offsetAt, type Operation } from '../audit/operation.ts'
import { readShard } from '../audit/shard-reader.ts'
import { shardFile, shardNames } from '../record/shards.ts'

interface Event {
  readonly t: number
  /** Who did it; one of ours may have several requests on their way. */
  readonly client: number
  /** Of the whole history: an invocation and its answer have the same. */
  readonly operation: number
  readonly isAnswer: boolean
  readonly line: Readonly<Record<string, Edn>>
}

/**
 * A run's sends and polls as Jepsen has them, by their times: `history.edn`, which `lein run analyze` and our own
 * `audit --history` read. A poll is one operation; the final read is that of a reader of its own.
 */
export async function jepsenHistory(runDir: string): Promise<string> {
  const catalog = new Catalog()
  const events: Event[] = []
  const sink = collector(catalog, events)
  for (const name of shardNames(runDir))
    await readShard(join(runDir, shardFile(name)), shardFile(name), catalog, sink)
  const processes = new Processes()
  // Equal times stay in the order in which each client had them.
  return events
    .toSorted((a, b) => a.t - b.t)
    .map((event, index) => `${jepsenLine({ index, process: processes.of(event), ...event.line })}\n`)
    .join('')
}

/** A process of Jepsen does one operation at a time: a client with several on their way is as many processes. */
class Processes {
  readonly #byOperation = new Map<number, number>()
  readonly #free = new Map<number, number[]>()
  #next = 0

  of({ client, operation, isAnswer }: Event): number {
    const free = this.#free.get(client) ?? []
    this.#free.set(client, free)
    if (isAnswer) {
      const process = this.#byOperation.get(operation) as number
      this.#byOperation.delete(operation)
      free.push(process)
      return process
    }
    const process = free.pop() ?? this.#next++
    this.#byOperation.set(operation, process)
    return process
  }
}

function collector(catalog: Catalog, events: Event[]): HistorySink {
  const nothing = () => {}
  let operations = 0
  return {
    operation: operation => void events.push(...eventsOf(operation, operations++, catalog)),
    assignment: nothing,
    crash: nothing,
    commit: nothing,
    found: nothing,
    drop: nothing,
    repeat: nothing,
    faulty: nothing,
    repaired: nothing,
  }
}

const NANOS = 1_000_000

function eventsOf(operation: Operation, number: number, catalog: Catalog): Event[] {
  const { process: client, outcome, sends, polls } = operation
  const ended = operation.time ?? operation.invokedAt ?? 0
  const begun = Math.min(operation.invokedAt ?? ended, ended)
  // Jepsen's own name for a key has no slash.
  const key = (batch: Batch) => (catalog.partitions[batch.partition]?.name ?? '').replace(/\/(\d+)$/, '-$1')
  const pairs = (batch: Batch): Edn[] =>
    batch.handles.map((handle, index) => [offsetAt(batch, index), catalog.values.valueOf(handle)])
  const f =
    polls.length > 0 && sends.length === 0 ? 'poll' : sends.length > 0 && polls.length === 0 ? 'send' : 'txn'
  const asked: Edn[] = [
    ...sends.flatMap(batch =>
      batch.handles.map(handle => ['send', key(batch), catalog.values.valueOf(handle)]),
    ),
    ...(f === 'send' ? [] : [['poll']]),
  ]
  const answered: Edn[] =
    outcome === 'ok'
      ? [
          ...sends.flatMap(batch => pairs(batch).map(pair => ['send', key(batch), pair])),
          ...(f === 'send' ? [] : [['poll', pollOf(polls, key, pairs)]]),
        ]
      : asked
  const event = (t: number, type: string, value: Edn[]): Event => ({
    t,
    client,
    operation: number,
    isAnswer: type !== 'invoke',
    line: { time: Math.round(t * NANOS), type, f, value },
  })
  return [event(begun, 'invoke', asked), event(ended, outcome, answered)]
}

function pollOf(
  polls: readonly Batch[],
  key: (batch: Batch) => string,
  pairs: (batch: Batch) => Edn[],
): Readonly<Record<string, Edn>> {
  const given = new Map<string, Edn[]>()
  for (const batch of polls) given.set(key(batch), [...(given.get(key(batch)) ?? []), ...pairs(batch)])
  return Object.fromEntries(given)
}
