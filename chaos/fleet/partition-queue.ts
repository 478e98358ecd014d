import type { NodeId } from '../core/topology.ts'
import type { DeviceTable } from './device-table.ts'
import type { EdgeBuffer } from './edge-buffer.ts'
import { ReadyQueue } from './ready-queue.ts'

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
  readonly #ready = new ReadyQueue()
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
  }) {
    this.topic = options.topic
    this.topicIndex = options.topicIndex
    this.partition = options.partition
    this.maxRecords = options.maxRecords
    this.#edge = options.edge
    this.#devices = options.devices
    this.#queued = options.queued
  }

  get hasWork(): boolean {
    return this.#ready.size > 0
  }

  /** The device has records that wait, and a session to deliver them through. */
  enqueue(device: number): void {
    const list = this.#devices.listOf(device, this.topicIndex)
    if (this.#queued[list] === 1) return
    this.#queued[list] = 1
    this.#ready.push(device)
  }

  take(): Load {
    const load: Load = { devices: [], records: [] }
    while (load.records.length < this.maxRecords) {
      const device = this.#ready.shift()
      if (device === undefined) break
      const list = this.#devices.listOf(device, this.topicIndex)
      this.#queued[list] = 0
      const count = this.#edge.take(list, this.maxRecords - load.records.length, load.records)
      for (let i = 0; i < count; i++) load.devices.push(device)
      if (!this.#edge.isEmpty(list)) this.enqueue(device)
    }
    return load
  }

  /** Stored: the devices may forget them. */
  release(load: Load): void {
    load.records.forEach((record, i) => {
      this.#edge.release(this.#devices.listOf(load.devices[i] as number, this.topicIndex), record)
    })
  }

  /** Not stored, or not known to be: back to the front of every device's list, in the old order. */
  restore(load: Load): void {
    for (let i = load.records.length - 1; i >= 0; i--) {
      const device = load.devices[i] as number
      this.#edge.restore(this.#devices.listOf(device, this.topicIndex), load.records[i] as number)
      if (this.#devices.isConnected(device)) this.enqueue(device)
    }
  }

  /** Forgets who is ready; what they hold stays at the edge. */
  clear(): void {
    for (let device = this.#ready.shift(); device !== undefined; device = this.#ready.shift()) {
      this.#queued[this.#devices.listOf(device, this.topicIndex)] = 0
    }
  }
}
