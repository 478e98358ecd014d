import { createHash } from 'node:crypto'
import type { Contract } from '../core/contract.ts'
import type { Clock } from '../core/clock.ts'
import { type FirmwareClass, type StoredReading, VERSION_2 } from '../core/firmware.ts'
import { SENT_HEADER } from '../record/history.ts'
import type { PolledMessage } from './poll-line.ts'
import { recordIdOf } from './record-id.ts'

/** Ids of one device that are remembered: a repeat comes right after, a restart begins below them. */
const REMEMBERED = 64
const ID = /^d\d+\/(\d+)\/(\d+)$/
/** The device's own time stands before what may be long. */
const AT = /"at":(-?\d+)/
const HEAD_BYTES = 300

type Of = { readonly devices: readonly number[]; readonly topic: string }

/**
 * Looks at what a consumer is given of chosen devices: by the bytes that brokers had stored, and by nothing that the
 * fleet says of itself. Costs nothing while nobody asks.
 */
export class StoredWatch {
  readonly #clock: Clock
  readonly #topics: ReadonlyMap<string, string>
  readonly #watched = new Map<string, WatchedDevices>()

  constructor(contract: Contract, clock: Clock) {
    this.#clock = clock
    this.#topics = new Map(
      Object.entries(contract.topics).map(([topic, { dataClass }]) => [dataClass, topic]),
    )
  }

  /** What came in the next `forMs`. What came since the first call for the same devices is remembered. */
  async listen(devices: readonly number[], dataClass: FirmwareClass, forMs: number): Promise<StoredReading> {
    const key = `${dataClass} ${devices.join(' ')}`
    let watched = this.#watched.get(key)
    if (!watched) {
      watched = new WatchedDevices({ devices, topic: this.#topics.get(dataClass) ?? dataClass })
      this.#watched.set(key, watched)
    }
    watched.begin()
    await this.#clock.sleep(forMs)
    return watched.meanwhile()
  }

  read(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    offset: number,
    message: PolledMessage,
  ): void {
    for (const watched of this.#watched.values())
      if (watched.topic === topic) watched.read(partition, offset, message)
  }
}

interface Counted {
  records: number
  othersRecords: number
  malformed: number
  othersMalformed: number
  version2: number
  repeated: number
  readonly devices: Set<string>
  least: number
  most: number
}

const nothing = (): Counted => ({
  records: 0,
  othersRecords: 0,
  malformed: 0,
  othersMalformed: 0,
  version2: 0,
  repeated: 0,
  devices: new Set(),
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
})

class WatchedDevices {
  readonly topic: string
  readonly #keys: ReadonlySet<string>
  readonly #memories = new Map<string, Memory>()
  /** By partition: a consumer that was replaced may be given records again. */
  readonly #lastOffset = new Map<number, number>()
  #counted = nothing()

  constructor({ devices, topic }: Of) {
    this.topic = topic
    this.#keys = new Set(devices.map(number => `d${number}`))
  }

  begin(): void {
    this.#counted = nothing()
  }

  read(partition: number, offset: number, { key, value, timestamp, headers }: PolledMessage): void {
    if (offset <= (this.#lastOffset.get(partition) ?? -1)) return
    this.#lastOffset.set(partition, offset)
    const counted = this.#counted
    const device = key?.toString('latin1') ?? ''
    const id = ID.exec(recordIdOf(value))
    if (!this.#keys.has(device)) {
      counted.othersRecords++
      if (!id) counted.othersMalformed++
      return
    }
    counted.records++
    counted.devices.add(device)
    if (!id || !value) {
      if (value?.toString('latin1', 0, VERSION_2.length) === VERSION_2) counted.version2++
      else counted.malformed++
      return
    }
    if (this.#memoryOf(device).isRepeat(Number(id[1]), Number(id[2]), value)) counted.repeated++
    const at = AT.exec(value.toString('latin1', 0, HEAD_BYTES))?.[1]
    const sent = Number(headers?.[SENT_HEADER] ?? timestamp)
    if (at === undefined || !Number.isFinite(sent)) return
    counted.least = Math.min(counted.least, Number(at) - sent)
    counted.most = Math.max(counted.most, Number(at) - sent)
  }

  meanwhile(): StoredReading {
    const { devices, least, most, ...counts } = this.#counted
    return {
      ...counts,
      devices: devices.size,
      restarted: [...this.#memories.values()].filter(({ isRestarted }) => isRestarted).length,
      aheadMs: Number.isFinite(least) ? { least, most } : null,
    }
  }

  #memoryOf(device: string): Memory {
    const known = this.#memories.get(device)
    if (known) return known
    const memory = new Memory()
    this.#memories.set(device, memory)
    return memory
  }
}

/** The last records of one device in its newest epoch. */
class Memory {
  isRestarted = false
  #epoch = -1
  #lowest = Number.POSITIVE_INFINITY
  readonly #values = new Map<number, string>()

  /** Whether the same was stored before. Another record under an id that was used says that the count has restarted. */
  isRepeat(epoch: number, sequence: number, value: Buffer): boolean {
    if (epoch < this.#epoch) return false
    if (epoch > this.#epoch) this.#begin(epoch)
    const digest = createHash('sha256').update(value).digest('base64')
    const before = this.#values.get(sequence)
    if (before === digest) return true
    // Brokers keep a device's order: what is below all that was seen came from a count that began anew.
    if (before !== undefined || (sequence < this.#lowest && Number.isFinite(this.#lowest))) {
      this.isRestarted = true
      this.#values.clear()
      this.#lowest = sequence
    }
    this.#lowest = Math.min(this.#lowest, sequence)
    this.#values.set(sequence, digest)
    if (this.#values.size > REMEMBERED) this.#forgetOldest()
    return false
  }

  #begin(epoch: number): void {
    this.#epoch = epoch
    this.#lowest = Number.POSITIVE_INFINITY
    this.isRestarted = false
    this.#values.clear()
  }

  #forgetOldest(): void {
    const [oldest] = this.#values.keys()
    if (oldest !== undefined) this.#values.delete(oldest)
    const [next] = this.#values.keys()
    if (next !== undefined) this.#lowest = next
  }
}
