import { GroupReader, type GroupReaderOptions } from '../../chaos/replay/group-reader.ts'
import { PartitionDigest } from '../../chaos/replay/partition-digest.ts'
import type { Position } from '../../chaos/replay/position.ts'
import { type ReaderOptions, Reading } from '../../chaos/replay/reading.ts'

export interface GroupReplayed
  extends Pick<
    Position,
    'start' | 'end' | 'next' | 'records' | 'bytes' | 'markers' | 'holes' | 'firstTimestamp' | 'lastTimestamp'
  > {
  readonly key: string
  readonly sha256: string
}

/** Everything from the oldest offset, as a kafkajs consumer in a group is given it: what a replay is compared with. */
export async function groupReplay(options: ReaderOptions): Promise<GroupReplayed[]> {
  const digests = new Map<Position, PartitionDigest>()
  const onRecord: GroupReaderOptions['onRecord'] = (position, offset, { value }) =>
    digests.get(position)?.update(offset, value)
  const reading = await Reading.open(options, {
    process: 'recovery',
    role: 'recovery',
    bounds: ({ low, high }) => ({ start: low, end: high }),
    reader: parts => new GroupReader({ ...parts, onRecord }),
  })
  for (const position of reading.positions.values()) digests.set(position, new PartitionDigest())
  reading.reader.start()
  await reading.reader.finished
  await reading[Symbol.asyncDispose]()
  return [...reading.positions].map(([key, position]) => {
    const { start, end, next, records, bytes, markers, holes, firstTimestamp, lastTimestamp } = position
    const sha256 = digests.get(position)?.hex() ?? ''
    return { key, start, end, next, records, bytes, markers, holes, firstTimestamp, lastTimestamp, sha256 }
  })
}
