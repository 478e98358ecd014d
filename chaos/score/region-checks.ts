import type { Measurements } from '../record/measurements.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'

export const REGION_LOSS = 'region-loss'

export const MIGRATION = 'migration'

const MOVES: Readonly<Record<string, { check: string; dimension: string; what: string }>> = {
  'fail-over': {
    check: 'failed-over',
    dimension: REGION_LOSS,
    what: 'devices and consumers went to region b, step by step',
  },
  'fail-back': {
    check: 'failed-back',
    dimension: REGION_LOSS,
    what: 'devices and consumers came back to region a, step by step',
  },
  migrate: {
    check: 'migrated',
    dimension: MIGRATION,
    what: 'devices and consumers went to region b as planned, step by step',
  },
  'roll-back': {
    check: 'rolled-back',
    dimension: MIGRATION,
    what: 'devices and consumers came back from region b, step by step',
  },
}

/** A step that cannot be completed is a failure that names it; one that was never taken is one too. */
export function regionChecks({ regions }: Measurements, dimension: string): Check[] {
  const loops = dimension === REGION_LOSS && regions?.isQuiet === false ? [loopCheck()] : []
  const moves = (regions?.moves ?? []).flatMap(move => {
    const about = MOVES[move.kind]
    return about?.dimension === dimension ? [moveCheck(move, regions?.steps ?? [], about)] : []
  })
  return [...moves, ...loops]
}

/** Two mirrors that give topics the same names copy each other's copies, for ever. */
const loopCheck = (): Check => ({
  ...CHECK_BASE,
  check: 'mirror-ends',
  subject: null,
  what: 'region b stops growing when nobody produces',
  expected: 'it stops within a minute',
  shown: 'it grew on',
  verdict: 'fail',
  why: 'records came to region b for a minute though no device produced: a mirror copies its own records',
  proof: [{ file: 'samples/regions.jsonl', selector: 'the last lines', value: 'ends' }],
})

function moveCheck(
  { id, ok, startedAt, finishedAt, line }: RegionMeasurement['moves'][number],
  steps: RegionMeasurement['steps'],
  { check, what }: { check: string; what: string },
): Check {
  const mine = steps.filter(step => step.id === id)
  const failed = mine.find(step => !step.ok)
  const why = failed
    ? `the step ${failed.step} was not completed: ${failed.proof}`
    : ok === false
      ? 'it was not completed, and the journal names no step'
      : null
  return {
    ...CHECK_BASE,
    check,
    subject: id,
    what,
    expected: 'every step completed',
    shown:
      ok === null
        ? 'not known'
        : ok
          ? `${mine.length} steps in ${(((finishedAt ?? startedAt) - startedAt) / 1000).toFixed(1)} s`
          : `stopped at ${failed?.step ?? 'an unknown step'}`,
    verdict: ok === null ? 'inconclusive' : ok ? 'pass' : 'fail',
    why: ok === null ? 'the journal does not say how it ended' : why,
    proof: mine
      .map(step => ({
        file: 'journal.jsonl',
        selector: `line ${step.line}`,
        value: `${step.step}: ${step.ok ? 'done' : 'not done'}`,
      }))
      .concat(mine.length > 0 ? [] : [{ file: 'journal.jsonl', selector: `line ${line}`, value: 'no step' }]),
  }
}
