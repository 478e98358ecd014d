import type { RecordId } from '../record/history.ts'
import { TOPICS_PER_DEVICE } from './streams.ts'

const NONE = 0
const THERE = 1
const HANDSHAKE = 2

/**
 * The devices as a struct of arrays: a device is an index. Each gateway has one even block of them, and not
 * every n-th: partitions go by the device's number modulo, and a gateway should write to all of them.
 */
export class DeviceTable {
  readonly count: number
  readonly #gateways: number
  readonly #first: number
  readonly #epochs: Uint32Array
  readonly #sequences: Int32Array
  /** Below it, the list's ids of this epoch are in use already. */
  readonly #used: Int32Array
  readonly #session: Uint8Array
  readonly #attempts: Uint8Array

  /**
   * Devices `first` to `first + count - 1` of a larger fleet, all in boot epoch `epoch` at first. Inside the process a device
   * is its index from 0; only its number leaves it.
   */
  constructor(count: number, gateways: number, first = 0, epoch = 1) {
    this.count = count
    this.#gateways = gateways
    this.#first = first
    this.#epochs = new Uint32Array(count).fill(epoch)
    this.#sequences = new Int32Array(count * TOPICS_PER_DEVICE)
    this.#used = new Int32Array(count * TOPICS_PER_DEVICE)
    this.#session = new Uint8Array(count).fill(THERE)
    this.#attempts = new Uint8Array(count)
  }

  /** Which device of the whole fleet it is: part of its records' ids, and what decides their partition. */
  numberOf(device: number): number {
    return this.#first + device
  }

  gatewayOf(device: number): number {
    return Math.floor((device * this.#gateways) / this.count)
  }

  /** How many devices a gateway has. */
  countOf(gateway: number): number {
    const first = (one: number) => Math.ceil((one * this.count) / this.#gateways)
    return first(gateway + 1) - first(gateway)
  }

  /** Every device of a gateway, in order. */
  *devicesOf(gateway: number): Generator<number> {
    const end = Math.ceil(((gateway + 1) * this.count) / this.#gateways)
    for (let device = Math.ceil((gateway * this.count) / this.#gateways); device < end; device++) yield device
  }

  /** The list of a device's records of one topic, in the edge buffer. */
  listOf(device: number, topicIndex: number): number {
    return device * TOPICS_PER_DEVICE + topicIndex
  }

  nextSequence(device: number, topicIndex: number): number {
    const list = this.listOf(device, topicIndex)
    const sequence = this.#sequences[list] as number
    this.#sequences[list] = sequence + 1
    return sequence
  }

  epochOf(device: number): number {
    return this.#epochs[device] as number
  }

  /** The device boots again: it counts from 0 in a new epoch, unless it has kept its count. */
  reboot(device: number, keepsSequence: boolean): void {
    if (keepsSequence) return
    this.#epochs[device] = this.epochOf(device) + 1
    for (let topic = 0; topic < TOPICS_PER_DEVICE; topic++) {
      this.#sequences[this.listOf(device, topic)] = 0
      this.#used[this.listOf(device, topic)] = 0
    }
  }

  /** It counts from 0 again and believes that it is in the same epoch: its ids come a second time. */
  restartSequence(device: number): void {
    for (let topic = 0; topic < TOPICS_PER_DEVICE; topic++) {
      const list = this.listOf(device, topic)
      this.#used[list] = Math.max(this.#used[list] as number, this.#sequences[list] as number)
      this.#sequences[list] = 0
    }
  }

  /** Whether another record has the id already. */
  isUsed(device: number, topicIndex: number, sequence: number): boolean {
    return sequence < (this.#used[this.listOf(device, topicIndex)] as number)
  }

  /** How many records of the topic the device has made in its epoch. */
  madeIn(device: number, topicIndex: number): number {
    return this.#sequences[this.listOf(device, topicIndex)] as number
  }

  recordId(device: number, sequence: number, epoch = this.epochOf(device)): RecordId {
    return `d${this.numberOf(device)}/${epoch}/${sequence}`
  }

  isConnected(device: number): boolean {
    return this.#session[device] === THERE
  }

  /** Its gateway has accepted it, and its session is not there yet. */
  isInHandshake(device: number): boolean {
    return this.#session[device] === HANDSHAKE
  }

  beginHandshake(device: number): void {
    this.#session[device] = HANDSHAKE
  }

  connect(device: number): void {
    this.#session[device] = THERE
    this.#attempts[device] = 0
  }

  disconnect(device: number): void {
    this.#session[device] = NONE
  }

  /** How often the device has tried since it lost its session; counts the call. */
  countAttempt(device: number): number {
    const attempts = this.#attempts[device] as number
    if (attempts < 255) this.#attempts[device] = attempts + 1
    return attempts
  }
}
