import { frame, header, int32, Reader } from './wire.ts'

const DESCRIBE_LOG_DIRS = 35
/** The last version that is not flexible; Kafka 4 still knows it (its oldest). */
const VERSION = 1

/** For all topics. Layout: Kafka protocol guide, DescribeLogDirs v1. kafkajs 2.2.4 does not have this request. */
export function describeLogDirsRequest(correlation: number): Buffer {
  return frame(Buffer.concat([header(DESCRIBE_LOG_DIRS, VERSION, correlation), int32(-1)]))
}

/** Bytes on the disks of the asked broker by `topic/partition`; without copies that are only being moved in. */
export function readLogDirs(payload: Buffer): Record<string, number> {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  const sizes: Record<string, number> = {}
  reader.array(() => {
    reader.skip(2) // error of the directory: it lists no topics then
    reader.skipString()
    reader.array(() => {
      const topic = reader.string() ?? ''
      reader.array(() => {
        const partition = reader.int32()
        const bytes = Number(reader.int64())
        reader.skip(8) // offset lag
        const isFuture = reader.int8() !== 0
        if (!isFuture) sizes[`${topic}/${partition}`] = bytes
      })
    })
  })
  return sizes
}
