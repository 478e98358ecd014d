import type { PartitionState } from '../core/partition-state.ts'
import { isConnectTopic } from '../platforms/connect.ts'
import { isProcessorTopic } from '../platforms/processor.ts'

/**
 * The few requests of Kafka's protocol that probes need, written and read by hand, so that a proof depends
 * neither on the fleet's client library nor on a process to be started. Layouts: Kafka protocol guide,
 * ApiVersions v0, Metadata v7, DescribeQuorum v0 (the only flexible one, hence its compact types), and for a login
 * SaslHandshake v1 and SaslAuthenticate v0.
 */
export interface BrokerView {
  readonly brokers: readonly number[]
  /** By `topic/partition`; topics whose name begins with `__` are left out. */
  readonly partitions: Readonly<Record<string, PartitionState>>
}

export interface QuorumView {
  readonly leader: number
  readonly epoch: number
}

/** How probes call themselves. */
const PROBE_CLIENT = 'aftershock-probe'

const API = {
  metadata: 3,
  saslHandshake: 17,
  apiVersions: 18,
  saslAuthenticate: 36,
  describeQuorum: 55,
} as const

/** `padding` makes the request longer by that many bytes (at most 32 kB): it goes into the client id. */
export function apiVersionsRequest(correlation: number, padding = 0, clientId = PROBE_CLIENT): Buffer {
  return frame(header(API.apiVersions, 0, correlation, `${clientId}${'.'.repeat(padding)}`))
}

/** @param topics which; null: all that there are */
export function metadataRequest(correlation: number, topics: readonly string[] | null = null): Buffer {
  const asked = topics === null ? [int32(-1)] : [int32(topics.length), ...topics.map(string)]
  // allow_auto_topic_creation: false.
  return frame(Buffer.concat([header(API.metadata, 7, correlation), ...asked, Buffer.from([0])]))
}

/** @param isWanted which topics @default those that are not the cluster's own */
export function readMetadata(
  payload: Buffer,
  isWanted: (topic: string) => boolean = isUserTopic,
): BrokerView {
  const reader = new Reader(payload)
  reader.int32()
  reader.int32()
  const brokers = reader.array(() => {
    const id = reader.int32()
    reader.string()
    reader.int32()
    reader.string()
    return id
  })
  reader.string()
  reader.int32()
  const partitions: Record<string, PartitionState> = {}
  reader.array(() => {
    reader.int16()
    const topic = reader.string() ?? ''
    reader.int8()
    reader.array(() => {
      reader.int16()
      const index = reader.int32()
      const leader = reader.int32()
      const leaderEpoch = reader.int32()
      const replicas = reader.array(() => reader.int32())
      const isr = reader.array(() => reader.int32())
      reader.array(() => reader.int32())
      if (isWanted(topic)) partitions[`${topic}/${index}`] = { leader, leaderEpoch, replicas, isr }
    })
  })
  return { brokers, partitions }
}

/** Those that brokers, Connect workers and the stateful processor have of their own are not what a fleet writes. */
export function isUserTopic(topic: string): boolean {
  return !topic.startsWith('__') && !isConnectTopic(topic) && !isProcessorTopic(topic)
}

export interface AdvertisedBroker {
  readonly id: number
  readonly host: string
  readonly port: number
  /** `broker.rack`, where it has one. */
  readonly rack: string | null
}

/** Where the brokers of the same answer say that clients reach them. */
export function readAdvertised(payload: Buffer): AdvertisedBroker[] {
  const reader = new Reader(payload)
  reader.int32()
  reader.int32()
  return reader.array(() => {
    const id = reader.int32()
    const host = reader.string() ?? ''
    return { id, host, port: reader.int32(), rack: reader.string() }
  })
}

export function describeQuorumRequest(correlation: number): Buffer {
  const topic = Buffer.from('__cluster_metadata')
  const body = Buffer.concat([
    Buffer.from([2, topic.length + 1]),
    topic,
    Buffer.from([2]),
    int32(0),
    Buffer.from([0, 0, 0]), // tags of the partition, of the topic and of the request
  ])
  return frame(Buffer.concat([header(API.describeQuorum, 0, correlation), Buffer.from([0]), body]))
}

/** null when the node knows no leader, e.g. because it cannot reach one. */
export function readQuorum(payload: Buffer): QuorumView | null {
  const reader = new Reader(payload)
  reader.int32()
  reader.tags()
  if (reader.int16() !== 0) return null
  let view: QuorumView | null = null
  reader.compactArray(() => {
    reader.compactString()
    reader.compactArray(() => {
      reader.int32()
      const error = reader.int16()
      const leader = reader.int32()
      const epoch = reader.int32()
      reader.int64()
      const replica = () => {
        reader.int32()
        reader.int64()
        reader.tags()
      }
      reader.compactArray(replica)
      reader.compactArray(replica)
      reader.tags()
      if (error === 0 && leader >= 0) view = { leader, epoch }
    })
    reader.tags()
  })
  return view
}

export function saslHandshakeRequest(correlation: number, mechanism: string): Buffer {
  return frame(Buffer.concat([header(API.saslHandshake, 1, correlation), string(mechanism)]))
}

/** What the broker offers; `error` is 0, or 33 for a mechanism that it does not have. */
export function readSaslHandshake(payload: Buffer): { error: number; mechanisms: string[] } {
  const reader = new Reader(payload)
  reader.int32()
  return { error: reader.int16(), mechanisms: reader.array(() => reader.string() ?? '') }
}

export function saslAuthenticateRequest(correlation: number, message: string): Buffer {
  const bytes = Buffer.from(message)
  return frame(Buffer.concat([header(API.saslAuthenticate, 0, correlation), int32(bytes.length), bytes]))
}

/** `error` is 0, or 58 for a login that the broker refuses, and then `words` are why. */
export function readSaslAuthenticate(payload: Buffer): { error: number; words: string; message: string } {
  const reader = new Reader(payload)
  reader.int32()
  const error = reader.int16()
  return { error, words: reader.string() ?? '', message: reader.bytes() }
}

export function header(api: number, version: number, correlation: number, clientId = PROBE_CLIENT): Buffer {
  const id = Buffer.from(clientId)
  const buffer = Buffer.alloc(10 + id.length)
  buffer.writeInt16BE(api, 0)
  buffer.writeInt16BE(version, 2)
  buffer.writeInt32BE(correlation, 4)
  buffer.writeInt16BE(id.length, 8)
  id.copy(buffer, 10)
  return buffer
}

export function frame(body: Buffer): Buffer {
  return Buffer.concat([int32(body.length), body])
}

export function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  const buffer = Buffer.alloc(2 + bytes.length)
  buffer.writeInt16BE(bytes.length)
  bytes.copy(buffer, 2)
  return buffer
}

export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

/** Of what is compact in flexible versions: one more than there are. */
export const compactLength = (length: number): Buffer => {
  const bytes: number[] = []
  let left = length + 1
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80)
  return Buffer.from([...bytes, left])
}
export const compactString = (text: string): Buffer =>
  Buffer.concat([compactLength(Buffer.byteLength(text)), Buffer.from(text)])

/** Reads the types of the protocol, one after the other. */
export class Reader {
  private position: number
  private readonly buffer: Buffer
  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer
    this.position = position
  }
  skip = (bytes: number): void => void this.advance(bytes)
  /** Where what is skipped begins. */
  skipped = (bytes: number): number => this.advance(bytes)
  skipString = (): void => this.skip(Math.max(0, this.int16()))
  private advance(bytes: number): number {
    const at = this.position
    this.position += bytes
    return at
  }
  int8 = () => this.buffer.readInt8(this.advance(1))
  int16 = () => this.buffer.readInt16BE(this.advance(2))
  int32 = () => this.buffer.readInt32BE(this.advance(4))
  int64 = () => this.buffer.readBigInt64BE(this.advance(8))
  float64 = () => this.buffer.readDoubleBE(this.advance(8))
  string = (): string | null => this.text(this.int16())
  bytes = (): string => this.text(this.int32()) ?? ''
  compactString = (): string | null => this.text(this.unsignedVarint() - 1)
  array = <T>(item: () => T): T[] => this.repeat(this.int32(), item)
  compactArray = <T>(item: () => T): T[] => this.repeat(this.unsignedVarint() - 1, item)
  tags = (): void => {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint()
      this.advance(this.unsignedVarint())
    }
  }
  /** The same, where what some of them hold is wanted: each is read by what stands below its tag. */
  taggedFields = (read: Readonly<Record<number, () => unknown>>): void => {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      const tag = this.unsignedVarint()
      const length = this.unsignedVarint()
      const end = this.position + length
      read[tag]?.()
      this.position = end
    }
  }
  private text(length: number): string | null {
    if (length < 0) return null
    const at = this.advance(length)
    return this.buffer.toString('utf8', at, at + length)
  }
  private repeat<T>(count: number, item: () => T): T[] {
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(item())
    return items
  }
  private unsignedVarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer.readUInt8(this.advance(1))
      value |= (byte & 0x7f) << shift
      if ((byte & 0x80) === 0) return value >>> 0
    }
  }
}
