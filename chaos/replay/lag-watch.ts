import type { Clock } from '../core/clock.ts'
import type { ConsumerSample } from '../record/samples.ts'
import { freshLag, type LagReading, lagOf, noteCaughtUp, standings, type WatermarkReading } from './lag.ts'
import type { Position } from './position.ts'
import type { Watermarks } from './watermarks.ts'

const TICK_MS = 1000
/** After an answer that did not come: ask another broker soon. */
const RETRY_MS = 200

/** Asks the leaders once a second how far they are, and keeps what that says of a reader. */
export class LagWatch {
  readonly #clock: Clock
  readonly #watermarks: Watermarks
  readonly #positions: ReadonlyMap<string, Position>
  #lag: LagReading | null = null
  #newest: WatermarkReading | null = null

  constructor(clock: Clock, watermarks: Watermarks, positions: ReadonlyMap<string, Position>) {
    this.#clock = clock
    this.#watermarks = watermarks
    this.#positions = positions
  }

  /** The low watermark as it was last seen, by `topic/partition`; null before it was. */
  logStartOf(key: string): number | null {
    return this.#newest?.partitions.get(key)?.low ?? null
  }

  now(): Pick<ConsumerSample, 'lagRecords' | 'lagSeconds'> {
    return freshLag(this.#lag, this.#clock.now())
  }

  /** Until the signal; `onReading` is told null when a leader did not answer. */
  async run(signal: AbortSignal, onReading: (reading: WatermarkReading | null) => void): Promise<void> {
    while (!signal.aborted) {
      const before = standings(this.#positions)
      const wallAt = this.#clock.wallMs()
      const reading = await this.#watermarks.read()
      if (signal.aborted) return
      if (reading) {
        this.#lag = { ...lagOf(before, reading, wallAt), answeredAt: this.#clock.now() }
        this.#newest = reading
        noteCaughtUp(this.#positions, reading)
      }
      onReading(reading)
      await this.#clock.sleep(reading ? TICK_MS : RETRY_MS, signal).catch(() => {})
    }
  }
}
