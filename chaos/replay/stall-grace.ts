/**
 * How long a reader that receives nothing is not replaced. While a drill keeps the object store away, a reader of old
 * records stands still because the platform has nothing to give: replacing it would disturb what is measured.
 */
export class StallGrace {
  #untilMs = Number.NEGATIVE_INFINITY

  /** @param ms on the run's clock; infinite while no end is known. */
  until(ms: number): void {
    this.#untilMs = ms
  }

  holds(nowMs: number): boolean {
    return nowMs < this.#untilMs
  }
}
