import type { ConsumerSample } from '../record/samples.ts'
import { GroupReader, type GroupReaderOptions } from './group-reader.ts'
import { within } from './kafka-session.ts'
import { type ReaderOptions, Reading } from './reading.ts'

export interface StartedTail extends AsyncDisposable {
  sample(): Omit<ConsumerSample, 't'>
  readonly committed: GroupReader['committed']
}

const ASSIGN_MS = 30_000

/**
 * The live dashboards: a consumer over all topics that follows their ends, from where they were when it
 * started, and commits its offsets. Resolves once it has partitions, so that a steady state can be proven with it.
 */
export async function startTail(
  options: ReaderOptions,
  onRecord?: GroupReaderOptions['onRecord'],
  /** Where it begins instead, by `topic/partition`; what is not named, at the oldest record. @default the ends */
  starts?: Readonly<Record<string, number>>,
  /** Its shard. */
  process = 'tail',
): Promise<StartedTail> {
  const reading = await Reading.open(options, {
    process,
    role: 'tail',
    bounds: ({ low, high }, key) => ({ start: starts ? (starts[key] ?? low) : high }),
    reader: parts => new GroupReader({ ...parts, commits: true, ...(onRecord && { onRecord }) }),
  })
  try {
    reading.reader.start()
    await within(options.clock, ASSIGN_MS, 'the tail to be given partitions', reading.reader.assigned)
  } catch (error) {
    await reading[Symbol.asyncDispose]()
    throw error
  }
  return {
    sample: () => reading.reader.sample('tail'),
    get committed() {
      return reading.reader.committed
    },
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  }
}
