import { AftershockError } from '../core/errors.ts'
import { crc32c } from './crc32c.ts'

/** Where the fields of a batch's head are (record batch, magic 2), and where its records begin. */
const AT = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const
/** The first offset and the length stand before what the length counts. */
const BEFORE_LENGTH = 12
const MAGIC = 2
const CODEC = 0x7
const IS_LOG_APPEND_TIME = 0x8
const IS_TRANSACTIONAL = 0x10
const IS_CONTROL = 0x20

/** The head of one record batch, without its records. Bounds are those within the bytes that it was read from. */
export interface BatchHead {
  readonly baseOffset: number
  /** The last that it covers, whether or not its record is still there. */
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly crc: number
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly baseTimestamp: number
  /** Of every record, where brokers stamp them; null where each has its own. */
  readonly appendedAt: number | null
  readonly producerId: bigint
  readonly count: number
  /** Where the records begin, compressed or not. */
  readonly from: number
  /** Where the batch ends, exclusive. */
  readonly to: number
}

/**
 * The head of the batch at `at`; null when not all of the batch is there, as at the end of an answer, which brokers cut
 * by size. @throws AftershockError for a format that clients of Kafka 0.10 and older wrote.
 */
export function readBatchHead(bytes: Buffer, at: number, end: number): BatchHead | null {
  if (end - at < AT.records) {
    if (end - at > AT.magic) refuseOldFormat(bytes, at)
    return null
  }
  refuseOldFormat(bytes, at)
  const length = bytes.readInt32BE(at + AT.length)
  const to = at + BEFORE_LENGTH + length
  if (length < AT.records - BEFORE_LENGTH)
    throw new AftershockError('unavailable', `a batch says that it has ${length} bytes`)
  if (to > end) return null
  const attributes = bytes.readInt16BE(at + AT.attributes)
  const baseOffset = int64(bytes, at)
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + AT.lastOffsetDelta),
    leaderEpoch: bytes.readInt32BE(at + AT.leaderEpoch),
    crc: bytes.readUInt32BE(at + AT.crc),
    codec: attributes & CODEC,
    isTransactional: (attributes & IS_TRANSACTIONAL) !== 0,
    isControl: (attributes & IS_CONTROL) !== 0,
    baseTimestamp: int64(bytes, at + AT.baseTimestamp),
    appendedAt: (attributes & IS_LOG_APPEND_TIME) !== 0 ? int64(bytes, at + AT.maxTimestamp) : null,
    producerId: bytes.readBigInt64BE(at + AT.producerId),
    count: bytes.readInt32BE(at + AT.count),
    from: at + AT.records,
    to,
  }
}

/** Whether the bytes are those of which the writer took the checksum. */
export function isIntact(bytes: Buffer, { crc, from, to }: BatchHead): boolean {
  return crc32c(bytes, from - AT.records + AT.attributes, to) === crc
}

/** Kafka counts in 64 bits; what a log holds is exact in the 53 of a number. */
export function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

function refuseOldFormat(bytes: Buffer, at: number): void {
  const magic = bytes[at + AT.magic]
  if (magic === MAGIC) return
  throw new AftershockError('unavailable', `records have format ${magic}, and this reads format ${MAGIC}`, {
    hint: 'they were written by clients older than Kafka 0.11: copy the topic with a newer client',
  })
}
