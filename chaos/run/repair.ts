import type { ActionOutcome } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { waitFor } from '../core/wait.ts'
import type { ConnectorCluster, QuarantinedRecord } from '../drivers/environment.ts'
import { GroupReader, type GroupReaderOptions } from '../replay/group-reader.ts'
import { type ReaderOptions, Reading } from '../replay/reading.ts'
import { mendRecord } from './mend-record.ts'
import { type Mended, publishMended, type Quarantined } from './publish-mended.ts'
import { earliest, eachOnce, reasonsOf } from './put-aside.ts'

export interface RepairOptions {
  readonly connectors: ConnectorCluster
  /** Where the job stands: it reads and writes over the links of that zone. */
  readonly place: ReaderOptions
  readonly clock: Clock
  /** From 1: one run may repair several times. */
  readonly number: number
}

const READ_DEADLINE_MS = 60_000

/**
 * Reads again from the earliest record that a sink has put aside, and publishes what it can mend of those that were, and
 * of nothing else. It keeps nothing between two times: run again, it publishes the same again, and only a sink that
 * knows a record by its key has no second effect of it.
 */
export async function repair(
  connector: string,
  options: RepairOptions,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const letters = eachOnce(await options.connectors.quarantined(connector, options.place.zone, signal))
  const quarantined = letters.length === 0 ? [] : await readAgain(letters, options, signal)
  const mended = quarantined.flatMap((record): Mended[] => {
    const found = mendRecord(record.value)
    return found ? [{ ...record, id: found.id, text: found.value }] : []
  })
  const published = mended.length === 0 ? 0 : await publishMended(mended, options, signal)
  const from = Object.fromEntries([...earliest(letters)].map(([key, { start }]) => [key, start]))
  return {
    ok: published === letters.length,
    result: {
      connector,
      quarantined: letters.length,
      readAgain: quarantined.length,
      mended: mended.length,
      published,
      from,
      reasons: reasonsOf(letters),
    },
  }
}

/** By the consumer that every reader of a run is; what it is given is in its own history. */
async function readAgain(
  letters: readonly QuarantinedRecord[],
  { place, clock, number }: RepairOptions,
  signal: AbortSignal,
): Promise<Quarantined[]> {
  const wanted = new Map(
    letters.map(letter => [`${letter.topic}/${letter.partition}/${letter.offset}`, letter] as const),
  )
  const ranges = earliest(letters)
  const found: Quarantined[] = []
  const look: GroupReaderOptions['onRecord'] = ({ topic, partition }, offset, message) => {
    const { key, value, headers, timestamp } = message
    const letter = wanted.get(`${topic}/${partition}/${offset}`)
    if (letter) found.push({ ...letter, key: key?.toString('utf8') ?? '', value, headers, timestamp })
  }
  // Of the contract's topics it may read those that it mends, and no others.
  const topics = Object.fromEntries(letters.map(({ topic }) => [topic, place.contract.topics[topic]]))
  const contract = { ...place.contract, topics } as ReaderOptions['contract']
  const reading = await Reading.open(
    { ...place, contract },
    {
      process: number === 1 ? 'repair-read' : `repair-read-${number}`,
      role: 'recovery',
      bounds: ({ high }, of) => ranges.get(of) ?? { start: high, end: high },
      signal,
      reader: parts => new GroupReader({ ...parts, onRecord: look }),
    },
  )
  try {
    reading.reader.start()
    let isDone = false
    void reading.reader.finished.then(() => {
      isDone = true
    })
    await waitFor('the repair job to read again what was put aside', () => isDone, {
      clock,
      deadlineMs: READ_DEADLINE_MS,
      signal,
      lastSeen: () => `${found.length} of ${letters.length}`,
    })
  } finally {
    await reading[Symbol.asyncDispose]()
  }
  return found
}
