import { frame, header, int32, Reader, string } from './wire.ts'

const FETCH = 1
/** The first that Kafka 4 knows. */
const VERSION = 4
const NOT_AUTHORISED = 29
const CONSUMER = -1

/**
 * Asks for the first records of a partition, whoever leads it: a broker looks at who asks before it looks at whether
 * it leads. Layout: Fetch v4.
 */
export function fetchRightRequest(topic: string, partition: number, correlation: number): Buffer {
  const offset = Buffer.alloc(8)
  return frame(
    Buffer.concat([
      header(FETCH, VERSION, correlation),
      int32(CONSUMER),
      int32(0), // does not wait
      int32(0), // nor for bytes
      int32(1),
      Buffer.from([0]),
      int32(1),
      string(topic),
      int32(1),
      int32(partition),
      offset,
      int32(1),
    ]),
  )
}

/** Whether the broker would hand out records to whoever asked. @returns null when it said nothing of that */
export function mayFetch(payload: Buffer): boolean | null {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  if (reader.int32() < 1) return null
  reader.skipString()
  if (reader.int32() < 1) return null
  reader.skip(4)
  return reader.int16() !== NOT_AUTHORISED
}
