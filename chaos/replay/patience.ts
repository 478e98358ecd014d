/**
 * Until when a reader that is given nothing is left alone. While a drill keeps the object store away, a reader of old
 * records stands still because the platform has nothing to give: to replace it then would be trouble of ours, in the
 * middle of what is measured.
 */
export class Patience {
  #untilMs = Number.NEGATIVE_INFINITY

  /** @param ms on the run's clock; infinite while no end is known. */
  until(ms: number): void {
    this.#untilMs = ms
  }

  holds(nowMs: number): boolean {
    return nowMs < this.#untilMs
  }
}
