import assert from 'node:assert/strict'
import { it } from 'mocha'
import { type DrillParts, drillText, loadText, rejection, unmark } from './drill-file.ts'

/** `«` marks the place that the error must name; it is taken out before the file is read. */
export interface WrongDrill {
  readonly it: string
  readonly wrong: DrillParts
  readonly right: DrillParts
  readonly says: string
  readonly example?: string
}

export const timeline = (...entries: string[]): DrillParts => ({ timeline: entries })
export const gates = (...entries: string[]): DrillParts => ({ gates: entries })

/** A test for each: the right one loads, the wrong one is refused at its place, in these words. */
export function eachIsNamed(mistakes: readonly WrongDrill[]): void {
  for (const { it: sentence, wrong, right, says, example } of mistakes) {
    it(sentence, async () => {
      await loadText(drillText(right))
      const { text, place } = unmark(drillText(wrong))
      const error = await rejection(loadText(text))
      assert.equal(error.code, 'input')
      assert.equal(error.message, `${place}${says}`)
      if (example !== undefined) assert.equal(error.hint?.split('\n')[0], `for example: ${example}`)
    })
  }
}
