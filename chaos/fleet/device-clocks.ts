import type { FleetSpec } from '../core/drill.ts'
import type { Random } from '../core/random.ts'

/** How far each device's own clock is from the right time. The same seed draws the same devices. */
export class DeviceClocks {
  readonly #wrong: ReadonlySet<number>
  readonly #offsetMs: number

  constructor({ devices, clocks }: Pick<FleetSpec, 'devices' | 'clocks'>, random: Random) {
    this.#offsetMs = clocks?.offset ?? 0
    this.#wrong = clocks ? drawn(devices, Math.max(1, Math.round(clocks.share * devices)), random) : new Set()
  }

  /** Milliseconds that the device is ahead; behind is negative. */
  offsetOf(device: number): number {
    return this.#wrong.has(device) ? this.#offsetMs : 0
  }
}

/** `count` of the first `total` numbers: the front of a shuffled row. */
function drawn(total: number, count: number, random: Random): ReadonlySet<number> {
  const row = Int32Array.from({ length: total }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(total - i)
    const picked = row[j] as number
    row[j] = row[i] as number
    row[i] = picked
  }
  return new Set(row.subarray(0, count))
}
