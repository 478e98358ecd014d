/** So many records given up, one after the other, and nothing stored in between: then it is not the records. */
const HOPELESS = 20

/**
 * What a topic refused lately, over all partitions and gateways. A topic that refuses everything is out of order, and
 * devices keep what they have; a device gives up only what was refused while others were served.
 */
export class Refusals {
  #inARow = 0

  get isHopeless(): boolean {
    return this.#inARow >= HOPELESS
  }

  givenUp(): void {
    this.#inARow += 1
  }

  served(): void {
    this.#inARow = 0
  }
}
