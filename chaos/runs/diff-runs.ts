import { columnOf, differences } from '../compare/same-conditions.ts'
import type { RunFolder } from '../compare/run-folder.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import { list } from '../core/numbers.ts'
import { NUMBERS } from '../numbers/index.ts'
import { type Check, isVerdict } from '../record/scorecard.ts'
import { medianInterval } from '../score/statistics.ts'
import { rankTest } from './rank-test.ts'

/** Beyond the noise: chance alone would do this less often. */
export const RARE = 0.05

/** Where a number went, for whoever runs the platform; `moved` where neither way is better. */
export type Change = 'worse' | 'better' | 'moved' | 'same' | 'unknown'
/** Whether repeats of one and the same thing differ as much: `too-few` with too few runs to say. */
export type Noise = 'beyond' | 'within' | 'too-few'

export interface ComparedCheck {
  readonly check: string
  readonly subject: string | null
  readonly what: string
  readonly expected: string
  readonly unit: string
  readonly before: SideOfCheck
  readonly after: SideOfCheck
  readonly change: Change
  /** null where nothing changed, or nothing is known. */
  readonly noise: Noise | null
  /** Two-sided, of the exact rank test; null where `noise` is. */
  readonly p: number | null
}

export interface SideOfCheck {
  /** Of those runs that have one, in the order of the runs. */
  readonly values: readonly number[]
  readonly median: number | null
  /** Of all runs of the side; null where none judges it. */
  readonly verdict: Verdict | null
}

export interface RunDiff {
  readonly format: 1
  /** `fail`: something got worse; `inconclusive`: that cannot be told, or evidence is missing. */
  readonly verdict: Verdict
  readonly why: string | null
  readonly before: readonly ComparedRun[]
  readonly after: readonly ComparedRun[]
  /** What else differs: none of the changes below may be the platform’s doing then. */
  readonly conditions: readonly { readonly what: string; readonly before: string; readonly after: string }[]
  readonly checks: readonly ComparedCheck[]
}

export interface ComparedRun {
  readonly path: string
  readonly run: string
  readonly platform: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly verdict: Verdict | null
  readonly why: string | null
}

/**
 * Pure: what got worse from some runs of a drill to others. A gate that passed and fails got worse, whatever the noise;
 * a number did where repeats do not differ as much, by an exact rank test over the runs of each side.
 */
export function diffRuns(before: readonly RunFolder[], after: readonly RunFolder[]): RunDiff {
  const [was, is] = [checksOf(before), checksOf(after)]
  const checks = [...new Set([...was.keys(), ...is.keys()])].map(key => compared(was.get(key), is.get(key)))
  return {
    format: 1,
    ...verdictOf(before, after, checks),
    before: before.map(comparedRun),
    after: after.map(comparedRun),
    conditions: conditionsOf(before, after),
    checks,
  }
}

function comparedRun(folder: RunFolder): ComparedRun {
  const { path, header, judged, why } = folder
  return {
    path,
    run: header.run,
    platform: columnOf(folder),
    startedAt: new Date(header.startedAtWallMs).toISOString(),
    verdict: judged?.scorecard.verdict ?? null,
    why,
  }
}

/** The same checks of several runs, by what they are about: a gate may stand there twice, with other limits. */
function checksOf(runs: readonly RunFolder[]): ReadonlyMap<string, readonly Check[]> {
  const found = new Map<string, Check[]>()
  for (const { judged } of runs) {
    const times = new Map<string, number>()
    for (const check of judged?.scorecard.rows.flatMap(row => row.checks) ?? []) {
      const name = JSON.stringify([check.check, check.subject])
      const time = times.get(name) ?? 0
      times.set(name, time + 1)
      const key = `${name} ${time}`
      found.set(key, [...(found.get(key) ?? []), check])
    }
  }
  return found
}

function compared(was: readonly Check[] = [], is: readonly Check[] = []): ComparedCheck {
  const { check, subject, what, expected, unit } = (is[0] ?? was[0]) as Check
  const [before, after] = [sideOf(was), sideOf(is)]
  const change = changeOf(check, before, after)
  const test = change === 'same' || change === 'unknown' ? null : rankTest(before.values, after.values)
  return {
    check,
    subject,
    what,
    expected,
    unit,
    before,
    after,
    change,
    noise: test === null ? null : test.p <= RARE ? 'beyond' : test.smallest > RARE ? 'too-few' : 'within',
    p: test?.p ?? null,
  }
}

function sideOf(checks: readonly Check[]): SideOfCheck {
  const values = checks.flatMap(({ value }) => (value === null ? [] : [value]))
  const verdicts = checks.map(({ verdict }) => verdict).filter(isVerdict)
  return {
    values,
    median: medianInterval(values)?.median ?? null,
    verdict: verdicts.length === 0 ? null : combineVerdicts(verdicts),
  }
}

function changeOf(name: string, { median: was }: SideOfCheck, { median: is }: SideOfCheck): Change {
  if (was === null || is === null) return 'unknown'
  if (was === is) return 'same'
  const better = SERVICE.has(name) ? 'less' : (NUMBERS.get(name)?.better ?? 'neither')
  if (better === 'neither') return 'moved'
  return is > was === (better === 'more') ? 'better' : 'worse'
}

/** Times without service, which every run is judged by: no gate names them. */
const SERVICE: ReadonlySet<string> = new Set(['outside-faults', 'served-to-the-end'])

/** Of a side whose runs differ among themselves, each value. */
function conditionsOf(before: readonly RunFolder[], after: readonly RunFolder[]): RunDiff['conditions'] {
  const isBefore = new Set(before)
  const name = (run: RunFolder) => (isBefore.has(run) ? 'before' : 'after')
  const platformOf = (runs: readonly RunFolder[]) => [...new Set(runs.map(columnOf))].join(', ')
  const platforms = { what: 'platform', before: platformOf(before), after: platformOf(after) }
  const others = differences([...before, ...after], name).map(({ what, values }) => {
    const of = (side: string) =>
      values.flatMap(({ value, runs }) => (runs.includes(side) ? [value] : [])).join(' and ')
    return { what, before: of('before'), after: of('after') }
  })
  return [...(platforms.before === platforms.after ? [] : [platforms]), ...others]
}

function verdictOf(
  before: readonly RunFolder[],
  after: readonly RunFolder[],
  checks: readonly ComparedCheck[],
): Pick<RunDiff, 'verdict' | 'why'> {
  const unjudged = [...before, ...after].find(({ judged }) => judged === null)
  if (unjudged) return { verdict: 'inconclusive', why: `${unjudged.path} was not judged: ${unjudged.why}` }
  const gates = checks.filter(({ before: was, after: is }) => was.verdict !== null || is.verdict !== null)
  const worse = gates.filter(
    ({ before: was, after: is, change, noise }) =>
      (is.verdict === 'fail' && was.verdict !== 'fail') || (change === 'worse' && noise === 'beyond'),
  )
  if (worse.length > 0) return { verdict: 'fail', why: list(worse.map(nameOf)) }
  const open = gates.find(({ after: is }) => is.verdict === null || is.verdict === 'inconclusive')
  if (open)
    return {
      verdict: 'inconclusive',
      why: `${nameOf(open)} ${open.after.verdict === null ? 'is not judged any more' : 'is inconclusive'}`,
    }
  const unclear = gates.find(({ change, noise }) => change === 'worse' && noise === 'too-few')
  if (unclear)
    return {
      verdict: 'inconclusive',
      why: `not enough runs to tell whether ${nameOf(unclear)} got worse or is as it happens to be`,
    }
  return { verdict: 'pass', why: null }
}

const nameOf = ({ check, subject }: Pick<ComparedCheck, 'check' | 'subject'>): string =>
  subject === null ? check : `${check} of ${subject}`
