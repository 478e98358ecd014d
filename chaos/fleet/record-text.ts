import { VERSION_1, VERSION_2 } from '../core/firmware.ts'
import type { FleetSpec } from '../core/drill.ts'
import type { RecordId } from '../record/history.ts'
import type { Random } from '../core/random.ts'
import { DeviceClocks } from './device-clocks.ts'
import { type Firmware, SOUND } from './firmware.ts'
import { type FleetTopic, STREAMS, TELEMETRY } from './streams.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const PAD_CHARS = 128 * 1024

/** Renders a record's value when it is sent, so that what waits at the edge is four numbers. */
export class RecordText {
  readonly #classes: readonly string[]
  readonly #payloadBytes: number
  readonly #padding: string
  readonly #wallOffsetMs: number
  readonly #clocks: DeviceClocks
  readonly #firmware: Firmware | null

  /** `wallOffsetMs` turns a time since the run's zero into a wall time. */
  constructor(
    spec: FleetSpec,
    topics: readonly FleetTopic[],
    random: Random,
    wallOffsetMs: number,
    clocks: DeviceClocks = new DeviceClocks({ devices: spec.devices }, random),
    firmware: Firmware | null = null,
  ) {
    this.#firmware = firmware
    this.#clocks = clocks
    this.#classes = topics.map(topic => topic.dataClass)
    this.#payloadBytes = spec.telemetry.payloadBytes
    this.#wallOffsetMs = wallOffsetMs
    // Random letters, so that compression on the way does not make the load smaller than it says.
    let padding = ''
    for (let i = 0; i < PAD_CHARS; i++) padding += ALPHABET[random.integer(ALPHABET.length)]
    this.#padding = padding
  }

  /** The wall time in milliseconds by the device's own clock. `flaw`: what wrong firmware does to the record. */
  timeOf(device: number, made: number, flaw = SOUND): number {
    const told = this.#firmware?.timeOf(flaw, made, this.#wallOffsetMs) ?? null
    if (told !== null) return told
    return Math.round(this.#wallOffsetMs + made + this.#clocks.offsetOf(device))
  }

  /** Whether the device's own clock, by which the record is dated, is wrong where others are right. */
  hasWrongClock(device: number, flaw = SOUND): boolean {
    return this.#clocks.isOdd(device) || (this.#firmware?.timeOf(flaw, 0, 0) ?? null) !== null
  }

  /** The right wall time in milliseconds. */
  wallMs(t: number): number {
    return Math.round(this.#wallOffsetMs + t)
  }

  /**
   * `{"id":"d17/1/42","class":"telemetry",...}`: the id comes first, so that readers need not parse JSON. `at` is the
   * device's own time, by default the right one. Version 2 calls the id `recordId`.
   */
  render(
    id: RecordId,
    stream: number,
    due: number,
    sequence: number,
    at = this.wallMs(due),
    isVersion2 = false,
  ): string {
    const { kind, topicIndex } = STREAMS[stream] as (typeof STREAMS)[number]
    const head = `${isVersion2 ? VERSION_2 : VERSION_1}${id}","class":"${this.#classes[topicIndex]}","kind":"${kind}","at":${at}`
    if (stream !== TELEMETRY) return `${head},"value":${sequence % 100}}`
    const room = this.#payloadBytes - head.length - 10
    if (room <= 0) return `${head}}`
    const start = (sequence * 61 + due) % (PAD_CHARS - 65_536)
    return `${head},"pad":"${this.#padding.slice(Math.floor(start), Math.floor(start) + room)}"}`
  }
}
