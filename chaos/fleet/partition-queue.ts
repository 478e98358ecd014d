import type { NodeId } from '../core/topology.ts'
import type { DeviceTable } from './device-table.ts'
import type { EdgeBuffer } from './edge-buffer.ts'
import { ReadyQueue } from './ready-queue.ts'
import { Refusals } from './refusals.ts'

/** Records of one partition on their way: `records[i]` of the edge buffer belongs to `devices[i]`. */
export interface Load {
  readonly devices: number[]
  readonly records: number[]
}

/**
 * The devices of one gateway that have records for one partition. Order is kept per device: a device is in
 * the queue once, and a partition has one load in flight at a time.
 */
export class PartitionQueue {
  readonly topic: string
  readonly topicIndex: number
  readonly partition: number
  readonly maxRecords: number
  busy = false
  suspect = false
  /** Through whose lane it went last. */
  leader: NodeId | null | undefined
  /** Over all partitions of the topic. */
  readonly refusals: Refusals
  readonly #ready = new ReadyQueue()
  /** Devices of which a record was refused: what they send goes apart, so that it takes nobody with it. */
  readonly #apart = new Set<number>()
  readonly #readyApart = new ReadyQueue()
  #wasApart = false
  /** Pieces of a load that was refused, the next one last. They come before anything else. */
  readonly #pieces: Load[] = []
  readonly #edge: EdgeBuffer
  readonly #devices: DeviceTable
  readonly #queued: Uint8Array

  /** `queued` has one flag per device and topic, shared by all queues. */
  constructor(options: {
    readonly topic: string
    readonly topicIndex: number
    readonly partition: number
    /** Records in one request. */
    readonly maxRecords: number
    readonly edge: EdgeBuffer
    readonly devices: DeviceTable
    readonly queued: Uint8Array
    /** Over all partitions of the topic. @default of this partition alone */
    readonly refusals?: Refusals
  }) {
    this.refusals = options.refusals ?? new Refusals()
    this.topic = options.topic
    this.topicIndex = options.topicIndex
    this.partition = options.partition
    this.maxRecords = options.maxRecords
    this.#edge = options.edge
    this.#devices = options.devices
    this.#queued = options.queued
  }

  get hasWork(): boolean {
    return this.#ready.size > 0 || this.#readyApart.size > 0 || this.isSplit
  }

  /** It is being found out which record the leader refuses. */
  get isSplit(): boolean {
    return this.#pieces.length > 0
  }

  /** The device has records that wait, and a session to deliver them through. */
  enqueue(device: number): void {
    const list = this.#devices.listOf(device, this.topicIndex)
    if (this.#queued[list] === 1) return
    this.#queued[list] = 1
    const ready = this.#apart.has(device) ? this.#readyApart : this.#ready
    ready.push(device)
  }

  take(): Load {
    const piece = this.#pieces.pop()
    if (piece) return piece
    const load: Load = { devices: [], records: [] }
    this.#wasApart = this.#readyApart.size > 0 && (this.#ready.size === 0 || !this.#wasApart)
    if (this.#wasApart) {
      this.#takeFrom(this.#readyApart.shift() as number, load)
      return load
    }
    while (load.records.length < this.maxRecords) {
      const device = this.#ready.shift()
      if (device === undefined) break
      this.#takeFrom(device, load)
    }
    return load
  }

  #takeFrom(device: number, load: Load): void {
    const list = this.#devices.listOf(device, this.topicIndex)
    this.#queued[list] = 0
    // It lost its session while it waited here; it is enqueued again when it is back.
    if (!this.#devices.isConnected(device)) return
    const count = this.#edge.take(list, this.maxRecords - load.records.length, load.records)
    for (let i = 0; i < count; i++) load.devices.push(device)
    if (!this.#edge.isEmpty(list)) this.enqueue(device)
  }

  /** Stored: the devices may forget them. */
  release(load: Load): void {
    this.#forget(load)
    this.refusals.served()
    if (this.#apart.size > 0) for (const device of load.devices) this.#apart.delete(device)
  }

  /**
   * Refused for a record in it. One that is alone is the one: its device gives it up, and this says true. Of more,
   * the halves come next.
   */
  refuse(load: Load): boolean {
    const { length } = load.records
    if (length === 1) {
      this.#apart.add(load.devices[0] as number)
      this.#forget(load)
      this.refusals.givenUp()
      return true
    }
    const middle = length >> 1
    for (const [from, to] of [
      [middle, length],
      [0, middle],
    ] as const)
      this.#pieces.push({ devices: load.devices.slice(from, to), records: load.records.slice(from, to) })
    return false
  }

  /** Not stored, or not known to be: back to the front of every device's list, in the old order. */
  restore(load: Load): void {
    // What was behind it in the same load was in line after it.
    this.#restorePieces()
    this.#putBack(load)
  }

  /** Forgets who is ready; what they hold stays at the edge. */
  clear(): void {
    this.#restorePieces()
    for (const ready of [this.#ready, this.#readyApart])
      for (let device = ready.shift(); device !== undefined; device = ready.shift())
        this.#queued[this.#devices.listOf(device, this.topicIndex)] = 0
  }

  #restorePieces(): void {
    for (const piece of this.#pieces.splice(0)) this.#putBack(piece)
  }

  #putBack(load: Load): void {
    for (let i = load.records.length - 1; i >= 0; i--) {
      const device = load.devices[i] as number
      this.#edge.restore(this.#devices.listOf(device, this.topicIndex), load.records[i] as number)
      if (this.#devices.isConnected(device)) this.enqueue(device)
    }
  }

  #forget(load: Load): void {
    load.records.forEach((record, i) => {
      this.#edge.release(this.#devices.listOf(load.devices[i] as number, this.topicIndex), record)
    })
  }
}
