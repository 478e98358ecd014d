import { list } from '../core/numbers.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import type { UpgradeMeasurement } from '../record/upgrade-measurement.ts'
import { CHECK_BASE } from './service-checks.ts'

type Action = UpgradeMeasurement['actions'][number]

const MOVES: Readonly<Record<string, { readonly check: string; readonly what: string }>> = {
  'rolling-upgrade': {
    check: 'upgraded',
    what: 'every broker was given the newer release, one after another',
  },
  finalize: { check: 'finalized', what: 'the cluster took the newest level that its brokers know' },
  downgrade: { check: 'downgraded', what: 'every broker was given the older release again' },
}

/**
 * A step that cannot be completed is a failure that names it, with what Kafka answered. An action that says that it is done
 * and does not show every broker with its release proves nothing.
 */
export function upgradeChecks({ upgrade }: Measurements): Check[] {
  return (upgrade?.actions ?? []).flatMap(action => {
    const about = MOVES[action.kind]
    return about ? [actionCheck(action, upgrade?.steps ?? [], about)] : []
  })
}

function actionCheck(
  action: Action,
  steps: UpgradeMeasurement['steps'],
  { check, what }: { readonly check: string; readonly what: string },
): Check {
  const { id, ok, took, unseen, line } = action
  const mine = steps.filter(step => step.id === id)
  const failed = mine.find(step => !step.ok)
  const isShown = unseen.length === 0 && mine.length > 0
  const seconds = took.value === null ? 'an unknown time' : `${(took.value / 1000).toFixed(1)} s`
  return {
    ...CHECK_BASE,
    check,
    subject: id,
    what,
    expected: 'every step completed, and seen by an independent look',
    shown:
      ok === null
        ? 'not known'
        : ok
          ? `${mine.length} ${mine.length === 1 ? 'step' : 'steps'} in ${seconds}`
          : `stopped at ${failed?.step ?? 'an unknown step'}`,
    verdict: ok === null || (ok && !isShown) ? 'inconclusive' : ok ? 'pass' : 'fail',
    why: whyOf(action, failed, isShown),
    proof: mine
      .map(step => ({
        file: 'journal.jsonl',
        selector: `line ${step.line}`,
        value: `${step.step}: ${step.ok ? (step.release ?? 'done') : 'not done'}`,
      }))
      .concat(mine.length > 0 ? [] : [{ file: 'journal.jsonl', selector: `line ${line}`, value: 'no step' }]),
  }
}

function whyOf(
  { ok, unseen }: Action,
  failed: UpgradeMeasurement['steps'][number] | undefined,
  isShown: boolean,
): string | null {
  if (ok === null) return 'the journal does not say how it ended'
  if (failed) return `the step ${failed.step} was not completed: ${failed.proof}`
  if (!ok) return 'it was not completed, and the journal names no step'
  if (isShown) return null
  return unseen.length > 0
    ? `no step shows ${list(unseen.map(node => `broker ${node}`))} with its release`
    : 'the journal has none of its steps'
}
