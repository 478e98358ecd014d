import { appendFileSync } from 'node:fs'
import Mocha from 'mocha'

/** Mocha's own tree; what it counted goes where `npm test` adds it up, over all the runs that make one. */
export default class Reporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    const file = process.env.AFTERSHOCK_TEST_COUNTS
    if (file) appendFileSync(file, `${JSON.stringify({ passes, failures, pending })}\n`)
  }
}
