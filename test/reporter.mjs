import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import Mocha from 'mocha'
import { failureOf } from './results.mjs'

/** Files that took less are not worth a look. */
const SLOW_MS = 5000
const SHOWN = 10

/**
 * Mocha's own tree, and which files took longest (hooks included, unless files ran beside each other); what it counted
 * and what failed goes where `npm test` adds it up, over all the runs that make one.
 */
export default class Reporter extends Mocha.reporters.Spec {
  #took = new Map()
  #failed = []

  constructor(runner, options) {
    super(runner, options)
    const add = ({ file, parent, duration = 0 }) => {
      const name = file ?? parent?.file
      if (name) this.#took.set(name, (this.#took.get(name) ?? 0) + duration)
    }
    runner.on('test end', add)
    runner.on('hook end', add)
    runner.on('fail', (test, error) => {
      const failure = failureOf(test, error)
      this.#failed.push({ ...failure, file: relative('.', failure.file) })
    })
  }

  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    const file = process.env.AFTERSHOCK_TEST_COUNTS
    const counted = {
      step: process.env.AFTERSHOCK_TEST_STEP,
      passes,
      failures,
      pending,
      failed: this.#failed,
    }
    if (file) appendFileSync(file, `${JSON.stringify(counted)}\n`)
    const slow = [...this.#took].filter(([, ms]) => ms >= SLOW_MS).sort((a, b) => b[1] - a[1])
    for (const [name, ms] of slow.slice(0, SHOWN))
      process.stdout.write(`${String(Math.round(ms / 1000)).padStart(6)} s  ${relative('.', name)}\n`)
  }
}
