import { ACKED, REFUSED, type SendOutcome } from './send-log.ts'

/** What brokers refused of the devices of one or more gateways, and what became of those that were in the same batch. */
export interface RefusedDevices {
  /** Requests of several records to one partition that were refused whole. */
  readonly batches: number
  /** Of each device of which a record was refused by itself: how many records. */
  readonly bad: ReadonlyMap<string, number>
  /** Of each device whose records were only refused together with others': those that were never stored afterwards. */
  readonly healthy: ReadonlyMap<string, readonly string[]>
}

type Parts = readonly (readonly [topic: string, partition: number, due: number, records: readonly string[]])[]

const isMalformed = (record: string): boolean => record.startsWith('?')
const deviceOf = (record: string): string => record.slice(0, record.indexOf('/'))

/** Follows one gateway: each batch that was refused, until each of its records is stored or is found to be the bad one. */
export class RefusedDevicesReader {
  #batches = 0
  readonly #bad = new Map<string, number>()
  /** By device: its records that were in a refused batch and are not stored yet. */
  readonly #waiting = new Map<string, Set<string>>()
  readonly #pending = new Map<number, readonly (readonly string[])[]>()

  begins(op: number, parts: Parts): void {
    this.#pending.set(
      op,
      parts.map(([, , , records]) => records),
    )
  }

  /** @param outcomeOf of the request's parts, in their order */
  ends(op: number, outcomeOf: (part: number) => SendOutcome): void {
    const parts = this.#pending.get(op) ?? []
    this.#pending.delete(op)
    parts.forEach((records, part) => {
      const outcome = outcomeOf(part)
      if (outcome === REFUSED) this.#refused(records)
      else if (outcome === ACKED && this.#waiting.size > 0) this.#settled(records)
    })
  }

  get found(): RefusedDevices {
    const healthy = [...this.#waiting].filter(([device]) => !this.#bad.has(device))
    return {
      batches: this.#batches,
      bad: this.#bad,
      healthy: new Map(healthy.map(([device, records]) => [device, [...records]])),
    }
  }

  #refused(records: readonly string[]): void {
    const [alone] = records
    if (alone !== undefined && records.length === 1) {
      this.#settled(records)
      if (isMalformed(alone)) return
      this.#bad.set(deviceOf(alone), (this.#bad.get(deviceOf(alone)) ?? 0) + 1)
      return
    }
    this.#batches++
    for (const record of records) {
      // What is no record has no device that it could be told by.
      if (isMalformed(record)) continue
      const device = deviceOf(record)
      const waiting = this.#waiting.get(device)
      if (waiting) waiting.add(record)
      else this.#waiting.set(device, new Set([record]))
    }
  }

  #settled(records: readonly string[]): void {
    for (const record of records) this.#waiting.get(deviceOf(record))?.delete(record)
  }
}

/** Of all gateways: a device belongs to one of them. */
export function allRefused(each: readonly RefusedDevices[]): RefusedDevices {
  return {
    batches: each.reduce((sum, { batches }) => sum + batches, 0),
    bad: new Map(each.flatMap(({ bad }) => [...bad])),
    healthy: new Map(each.flatMap(({ healthy }) => [...healthy])),
  }
}
