import { count, plural } from '../core/numbers.ts'
import type { Compatibility } from '../record/compatibility.ts'
import { COMPATIBILITY_FILE } from '../record/compatibility.ts'
import type { Check, Row, Scorecard } from '../record/scorecard.ts'

/** The scorecard of a try: one row, whose checks are the lines. */
export function compatibilityScorecard(tried: Compatibility, run: string): Scorecard {
  const row = compatibilityRow(tried)
  return {
    format: 1,
    run,
    drill: 'compatibility',
    title: 'What clients of several kinds get of a platform',
    platform: tried.platform ?? tried.where,
    ...(tried.software && { software: tried.software }),
    verdict: tried.verdict,
    secondOutage: { answer: 'unknown', sentence: 'Nothing was broken: only what clients get was tried.' },
    rows: [row],
  }
}

export function compatibilityRow({ lines, verdict }: Compatibility): Row {
  const checks = lines.map((line, index): Check => {
    const judged = line.verdict === 'not-run' ? 'inconclusive' : line.verdict
    const proof = [{ file: COMPATIBILITY_FILE, selector: `/lines/${index}/verdict`, value: line.verdict }]
    return {
      check: line.line,
      subject: null,
      what: line.asks,
      expected: `seen by ${plural(line.needed, 'client')}`,
      value: null,
      shown: shownOf(line),
      unit: '',
      verdict: judged,
      why: judged === 'pass' ? null : shownOf(line),
      proof,
    }
  })
  const bad = checks.filter(one => one.verdict !== 'pass')
  return {
    dimension: 'compatibility',
    title: 'Compatibility',
    failure: 'A client that a fleet or its teams use does not get what it needs.',
    expected: 'Each line is seen to hold by clients that share no code.',
    owner: 'platform',
    verdict,
    checks,
    proof: (bad.length > 0 ? bad : checks).flatMap(({ proof }) => proof),
    residualRisk:
      'Each line was tried once, with little data, and by the versions of the clients that are named.',
    next: verdict === 'fail' ? 'change what those clients rely on, or choose a platform that has it' : null,
  }
}

/** In a phrase: what was seen by whom, or by whom it was not. */
export function shownOf({ clients, verdict }: Compatibility['lines'][number]): string {
  const of = (wanted: string) => Object.entries(clients).filter(([, one]) => one.verdict === wanted)
  const named = (found: ReturnType<typeof of>) =>
    found.map(([name, { shown }]) => `${name}: ${shown}`).join('; ')
  if (verdict === 'fail') return named(of('fail'))
  const passed = of('pass')
  if (verdict === 'not-run') {
    const seen = passed.length === 0 ? '' : `${passed.map(([name]) => name).join(', ')} alone saw it; `
    return `${seen}${named(of('not-run'))}`
  }
  return `${passed.map(([name]) => name).join(', ')}: ${passed[0]?.[1].shown ?? ''}`
}

/** `22 of 24 lines hold, 1 does not, 1 was not run` */
export function summaryOf({ lines }: Pick<Compatibility, 'lines'>): string {
  const of = (verdict: string) => lines.filter(line => line.verdict === verdict).length
  const [held, failed, open] = [of('pass'), of('fail'), of('not-run')]
  return [
    `${count(held)} of ${plural(lines.length, 'line')} hold`,
    ...(failed > 0 ? [`${count(failed)} ${failed === 1 ? 'does' : 'do'} not`] : []),
    ...(open > 0 ? [`${count(open)} ${open === 1 ? 'was' : 'were'} not run`] : []),
  ].join(', ')
}
