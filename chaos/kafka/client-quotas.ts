import { frame, header, int32, Reader, string } from './wire.ts'

const API = { describe: 48, alter: 49 } as const
/** The last version of both that is not flexible; Kafka 4 still knows it. */
const VERSION = 0
const EXACT = 0
const DEFAULT = 1
const NAMED_OR_DEFAULT = 2
const RATES = { read: 'consumer_byte_rate', produce: 'producer_byte_rate' } as const

/** What of a client is limited: what brokers hand to it, or what they take from it. */
export type LimitedWork = keyof typeof RATES

/** Whom a limit is for: who logs in, or what calls itself so, which takes no login. */
export interface LimitedClient {
  readonly kind: 'user' | 'client-id'
  /** null: whoever has no limit of their own. */
  readonly name: string | null
}

const nameOf = ({ name }: Pick<LimitedClient, 'name'>): Buffer =>
  name === null ? Buffer.from([0xff, 0xff]) : string(name)

/** One limit as brokers have it. */
export interface ClientQuota {
  /** By kind; null: whoever has none of their own. */
  readonly entity: Readonly<Record<string, string | null>>
  readonly bytesPerSecond: number
}

/** Bytes a second, of each broker; null takes the limit away. Layout: AlterClientQuotas v0. */
export function alterQuotaRequest(
  client: LimitedClient,
  work: LimitedWork,
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
      string(client.kind),
      nameOf(client),
      int32(1),
      string(RATES[work]),
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

/** Layout: DescribeClientQuotas v0, of one client exactly. */
export function describeQuotaRequest(limited: LimitedClient, correlation: number): Buffer {
  return frame(
    Buffer.concat([
      header(API.describe, VERSION, correlation),
      int32(1),
      string(limited.kind),
      Buffer.from([limited.name === null ? DEFAULT : EXACT]),
      nameOf(limited),
      Buffer.from([1]), // that one alone, and no combination of user and client id
    ]),
  )
}

/** Every limit that names such a client, or is for those that none names; combinations with others too. */
export function describeQuotasRequest(kind: LimitedClient['kind'], correlation: number): Buffer {
  return frame(
    Buffer.concat([
      header(API.describe, VERSION, correlation),
      int32(1),
      string(kind),
      Buffer.from([NAMED_OR_DEFAULT]),
      nameOf({ name: null }),
      Buffer.from([0]),
    ]),
  )
}

/** @returns undefined when the broker did not say */
export function readQuotas(payload: Buffer, work: LimitedWork): readonly ClientQuota[] | undefined {
  const reader = new Reader(payload)
  reader.skip(8)
  if (reader.int16() !== 0) return undefined
  reader.skipString()
  const quotas: ClientQuota[] = []
  reader.array(() => {
    const entity: Record<string, string | null> = {}
    reader.array(() => {
      const kind = reader.string() ?? ''
      entity[kind] = reader.string()
    })
    reader.array(() => {
      const key = reader.string()
      const bytesPerSecond = reader.float64()
      if (key === RATES[work]) quotas.push({ entity, bytesPerSecond })
    })
  })
  return quotas
}

/** Bytes a second; null: the broker says that there is no limit. @returns undefined when it did not say */
export const readQuota = (payload: Buffer, work: LimitedWork): number | null | undefined => {
  const quotas = readQuotas(payload, work)
  return quotas === undefined ? undefined : (quotas[0]?.bytesPerSecond ?? null)
}
