import { type Html, html, Html as HtmlText } from '../page/html.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Check, Row, Scorecard } from '../record/scorecard.ts'

/**
 * Pure: a scorecard as a JUnit report, which build servers show: a test suite for each row, a test case for each check.
 * What is inconclusive is an error there, so that missing evidence never looks like a pass; what is reported only, or
 * was not exercised, is skipped. Made for the reading of Jenkins and GitLab; there is no official schema.
 */
export function junitOf(scorecard: Scorecard): string {
  const { drill, platform, verdict } = scorecard
  const shown = rowsWithChecks(scorecard)
  return report(
    `${drill} on ${platform}: ${verdict}`,
    countsOf(shown.flatMap(({ checks }) => checks)),
    shown.map(row => suite(row, row.title, scorecard)),
  )
}

/** A run of several that stand in one report. */
export interface ReportedRun {
  /** The drill and its platform. */
  readonly name: string
  /** null: it was not judged. */
  readonly scorecard: Scorecard | null
  /** Why it was not judged; null when it was. */
  readonly why: string | null
}

/** Pure: several runs as one report: as `junitOf`, with an error for each run that was not judged. */
export function junitOfRuns(name: string, verdict: Verdict, runs: readonly ReportedRun[]): string {
  const judged = runs.flatMap(({ scorecard }) => (scorecard ? rowsWithChecks(scorecard) : []))
  const counts = countsOf(judged.flatMap(({ checks }) => checks))
  const not = runs.filter(({ scorecard }) => scorecard === null).length
  return report(
    `${name}: ${verdict}`,
    { ...counts, tests: counts.tests + not, errors: counts.errors + not },
    runs.flatMap(run =>
      run.scorecard
        ? rowsWithChecks(run.scorecard).map(row =>
            suite(row, `${run.name}: ${row.title}`, run.scorecard as Scorecard),
          )
        : [unjudged(run)],
    ),
  )
}

function unjudged({ name, why }: ReportedRun): Html {
  return html`  <testsuite name="${name}" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="${name}" name="judged"><error type="inconclusive" message="it was not judged">${why}</error></testcase>
  </testsuite>
`
}

const rowsWithChecks = ({ rows }: Scorecard): Row[] => rows.filter(({ checks }) => checks.length > 0)

function report(name: string, all: Counts, suites: readonly Html[]): string {
  return html`${new HtmlText('<?xml version="1.0" encoding="UTF-8"?>')}
<testsuites name="${name}" tests="${all.tests}" failures="${all.failures}" errors="${all.errors}" skipped="${all.skipped}">
${suites}</testsuites>
`.text
}

function suite({ title, checks }: Row, name: string, { drill }: Scorecard): Html {
  const { tests, failures, errors, skipped } = countsOf(checks)
  return html`  <testsuite name="${name}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}">
${checks.map(check => testCase(check, `${drill}.${title}`))}  </testsuite>
`
}

interface Counts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
}

function testCase(check: Check, className: string): Html {
  const { check: name, subject, shown, expected, verdict } = check
  const words = `${shown}, expected ${expected}`
  const because = check.why === null ? words : `${words}: ${check.why}`
  const outcome =
    verdict === 'fail'
      ? html`<failure type="fail" message="${words}">${because}</failure>`
      : verdict === 'inconclusive'
        ? html`<error type="inconclusive" message="${words}">${because}</error>`
        : verdict === 'pass'
          ? html`<system-out>${shown}</system-out>`
          : html`<skipped message="${verdict}: ${shown}"/>`
  return html`    <testcase classname="${className}" name="${subject === null ? name : `${name} of ${subject}`}">${outcome}</testcase>
`
}

function countsOf(checks: readonly Check[]): Counts {
  const of = (...verdicts: readonly Check['verdict'][]) =>
    checks.filter(({ verdict }) => verdicts.includes(verdict)).length
  return {
    tests: checks.length,
    failures: of('fail'),
    errors: of('inconclusive'),
    skipped: of('not-judged', 'not-applicable'),
  }
}
