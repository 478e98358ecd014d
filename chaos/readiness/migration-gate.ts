import type { ReadinessGate } from './readiness-gate.ts'
import { rowsOfNewestRun } from './row-of-run.ts'

const MIGRATION = 'migration'
/** The check of a way back, in the row of a migration. */
const CAME_BACK = 'rolled-back'

/**
 * By the newest run that moved to the platform, whatever it came from. That a move was completed says nothing of the way
 * back: where nobody tried that, the gate is open.
 */
export const migrationGate: ReadinessGate = {
  gate: 'migration',
  asks: 'Can a move to the platform be taken back, within declared loss and repeats?',
  async judge(inputs) {
    const found = await rowsOfNewestRun(inputs, MIGRATION, ['region-loss', 'durability'], {
      drill: 'migration-rollback',
      speaksFor: 'target',
    })
    const run = await inputs.runs.newestWith(MIGRATION, 'target')
    const row = run?.rows.find(({ dimension }) => dimension === MIGRATION)
    if (found.verdict !== 'pass' || row?.checks.some(({ check }) => check === CAME_BACK)) return found
    return {
      ...found,
      verdict: 'inconclusive',
      shown: `${found.shown}; nobody tried to come back`,
      next: 'add the action roll-back to that drill, and run it again',
    }
  },
}
