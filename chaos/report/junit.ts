import { type Html, html, Html as HtmlText } from '../page/html.ts'
import type { Check, Row, Scorecard } from '../record/scorecard.ts'

/**
 * Pure: a scorecard as a JUnit report, which build servers show: a test suite for each row, a test case for each check.
 * What is inconclusive is an error there, so that missing evidence never looks like a pass; what is reported only, or
 * was not exercised, is skipped. Made for the reading of Jenkins and GitLab; there is no official schema.
 */
export function junitOf(scorecard: Scorecard): string {
  const { drill, platform, rows, verdict } = scorecard
  const shown = rows.filter(({ checks }) => checks.length > 0)
  const all = countsOf(shown.flatMap(({ checks }) => checks))
  return html`${new HtmlText('<?xml version="1.0" encoding="UTF-8"?>')}
<testsuites name="${drill} on ${platform}: ${verdict}" tests="${all.tests}" failures="${all.failures}" errors="${all.errors}" skipped="${all.skipped}">
${shown.map(row => suite(row, scorecard))}</testsuites>
`.text
}

function suite({ title, checks }: Row, { drill }: Scorecard): Html {
  const { tests, failures, errors, skipped } = countsOf(checks)
  return html`  <testsuite name="${title}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}">
${checks.map(check => testCase(check, `${drill}.${title}`))}  </testsuite>
`
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

function countsOf(checks: readonly Check[]) {
  const of = (...verdicts: readonly Check['verdict'][]) =>
    checks.filter(({ verdict }) => verdicts.includes(verdict)).length
  return {
    tests: checks.length,
    failures: of('fail'),
    errors: of('inconclusive'),
    skipped: of('not-judged', 'not-applicable'),
  }
}
