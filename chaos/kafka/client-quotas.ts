import { frame, header, int32, Reader, string } from './wire.ts'

const API = { describe: 48, alter: 49 } as const
/** The last version of both that is not flexible; Kafka 4 still knows it. */
const VERSION = 0
const EXACT = 0
const RATE = 'consumer_byte_rate'

/** Whom a limit is for: who logs in, or what calls itself so, which takes no login. */
export interface LimitedReader {
  readonly kind: 'user' | 'client-id'
  readonly name: string
}

/** Bytes a second that brokers each hand to it; null takes the limit away. Layout: AlterClientQuotas v0. */
export function alterReadQuotaRequest(
  reader: LimitedReader,
  bytesPerSecond: number | null,
  correlation: number,
): Buffer {
  const value = Buffer.alloc(8)
  value.writeDoubleBE(bytesPerSecond ?? 0)
  return frame(
    Buffer.concat([
      header(API.alter, VERSION, correlation),
      int32(1),
      int32(1),
      string(reader.kind),
      string(reader.name),
      int32(1),
      string(RATE),
      value,
      Buffer.from([bytesPerSecond === null ? 1 : 0]),
      Buffer.from([0]), // not only to be checked
    ]),
  )
}

/** Why it was refused; null: it was done. */
export function readAlteredQuota(payload: Buffer): string | null {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  let why: string | null = null
  reader.array(() => {
    const error = reader.int16()
    const words = reader.string()
    if (error !== 0) why = words ?? `error ${error}`
    reader.array(() => {
      reader.skipString()
      reader.skipString()
    })
  })
  return why
}

/** Layout: DescribeClientQuotas v0, of one reader exactly. */
export function describeReadQuotaRequest(limited: LimitedReader, correlation: number): Buffer {
  return frame(
    Buffer.concat([
      header(API.describe, VERSION, correlation),
      int32(1),
      string(limited.kind),
      Buffer.from([EXACT]),
      string(limited.name),
      Buffer.from([1]), // that one alone, and no combination of user and client id
    ]),
  )
}

/** Bytes a second; null: the broker says that there is no limit. @returns undefined when it did not say */
export function readReadQuota(payload: Buffer): number | null | undefined {
  const reader = new Reader(payload)
  reader.skip(8)
  if (reader.int16() !== 0) return undefined
  reader.skipString()
  let rate: number | null = null
  reader.array(() => {
    reader.array(() => {
      reader.skipString()
      reader.skipString()
    })
    reader.array(() => {
      const key = reader.string()
      const value = reader.float64()
      if (key === RATE) rate = value
    })
  })
  return rate
}
