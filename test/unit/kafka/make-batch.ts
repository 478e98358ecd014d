import { crc32c } from '../../../chaos/kafka/crc32c.ts'

export interface MadeRecord {
  readonly offset: number
  readonly timestamp?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly (readonly [string, string])[]
}

export interface MadeBatch {
  readonly records: readonly MadeRecord[]
  readonly baseOffset?: number
  /** @default that of the last record */
  readonly lastOffset?: number
  readonly codec?: number
  readonly compress?: (records: Buffer) => Buffer
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly appendedAt?: number
  readonly producerId?: bigint
}

const BASE_TIME = 1_700_000_000_000

/** A record batch of format 2, byte by byte as Kafka's documentation has it, for what reads them. */
export function makeBatch(batch: MadeBatch): Buffer {
  const { records, codec = 0, compress = bytes => bytes, appendedAt, producerId = -1n } = batch
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0
  const lastOffset = batch.lastOffset ?? records.at(-1)?.offset ?? baseOffset
  const body = compress(Buffer.concat(records.map(record => makeRecord(record, baseOffset))))
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(baseOffset), 0)
  head.writeInt32BE(head.length - 12 + body.length, 8)
  head.writeInt32BE(3, 12)
  head.writeInt8(2, 16)
  const flags =
    (appendedAt === undefined ? 0 : 8) | (batch.isTransactional ? 0x10 : 0) | (batch.isControl ? 0x20 : 0)
  head.writeInt16BE(codec | flags, 21)
  head.writeInt32BE(lastOffset - baseOffset, 23)
  head.writeBigInt64BE(BigInt(BASE_TIME), 27)
  head.writeBigInt64BE(BigInt(appendedAt ?? BASE_TIME), 35)
  head.writeBigInt64BE(producerId, 43)
  head.writeInt16BE(-1, 51)
  head.writeInt32BE(-1, 53)
  head.writeInt32BE(records.length, 57)
  const whole = Buffer.concat([head, body])
  whole.writeUInt32BE(crc32c(whole, 21), 17)
  return whole
}

/** The end of a transaction, as its coordinator writes it. */
export function makeMarker(offset: number, producerId: bigint, isCommit: boolean): Buffer {
  const key = Buffer.from([0, 0, 0, isCommit ? 1 : 0])
  const value = Buffer.from([0, 0, 0, 0, 0, 7])
  return makeBatch({ records: [{ offset, key, value }], producerId, isTransactional: true, isControl: true })
}

function makeRecord(record: MadeRecord, baseOffset: number): Buffer {
  const { offset, timestamp = BASE_TIME, key = null, value = null, headers = [] } = record
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestamp - BASE_TIME),
    varint(offset - baseOffset),
    field(key),
    field(value),
    varint(headers.length),
    ...headers.flatMap(([name, text]) => [field(Buffer.from(name)), field(Buffer.from(text))]),
  ])
  return Buffer.concat([varint(body.length), body])
}

const field = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])

function varint(value: number): Buffer {
  let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(left)])
}
