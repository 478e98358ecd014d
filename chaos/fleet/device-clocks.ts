import type { FleetSpec } from '../core/drill.ts'
import type { Random } from '../core/random.ts'
import { drawDevices } from './draw-devices.ts'

/** How far each device's own clock is from the right time. The same seed draws the same devices. */
export class DeviceClocks {
  readonly #wrong: ReadonlySet<number>
  readonly #offsetMs: number
  readonly #devices: number

  constructor({ devices, clocks }: Pick<FleetSpec, 'devices' | 'clocks'>, random: Random) {
    this.#devices = devices
    this.#offsetMs = clocks?.offset ?? 0
    this.#wrong = clocks ? drawDevices(devices, clocks.share, random) : new Set()
  }

  /** Milliseconds that the device is ahead; behind is negative. */
  offsetOf(device: number): number {
    return this.#wrong.has(device) ? this.#offsetMs : 0
  }

  /** Whether its clock is wrong where others are right; where all are, there is nobody else to look at. */
  isOdd(device: number): boolean {
    return this.#wrong.size < this.#devices && this.#wrong.has(device)
  }
}
