import { list } from '../core/numbers.ts'
import type { PlatformName } from '../platforms/index.ts'
import type { ReadinessGate } from './readiness-gate.ts'
import { rowsOfNewestRun } from './row-of-run.ts'

const MIGRATION = 'migration'
/** The check of a way back, in the row of a migration. */
const CAME_BACK = 'rolled-back'
/** Shipped drills that move there from Kafka, and back; each is for Kafka, and names where it goes. */
const MOVES: Readonly<Partial<Record<PlatformName, string>>> = {
  kafka: 'migration-rollback',
  'kafka-tiered': 'migration-to-tiered',
  automq: 'migration-to-automq',
}

function howToMove(platform: PlatformName): string {
  const drill = MOVES[platform]
  return drill === undefined
    ? `no drill can move to ${platform} yet: region b can be ${list(Object.keys(MOVES))}`
    : `aftershock run ${drill}`
}

/**
 * By the newest run that moved to the platform, whatever it came from. That a move was completed says nothing of the way
 * back: where nobody tried that, the gate is open.
 */
export const migrationGate: ReadinessGate = {
  gate: 'migration',
  asks: 'Can a move to the platform be taken back, within declared loss and repeats?',
  async judge(inputs) {
    const found = await rowsOfNewestRun(inputs, MIGRATION, ['region-loss', 'durability'], {
      next: howToMove(inputs.platform),
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
