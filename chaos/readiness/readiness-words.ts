import { wrapped } from '../core/wrapped.ts'
import { count } from '../core/numbers.ts'
import type { ReadinessReport } from './judge-readiness.ts'
import type { ReadinessVerdict } from './readiness-gate.ts'

const MARKS: Readonly<Record<ReadinessVerdict, string>> = {
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  'not-run': '○',
}
const MOST_PROOFS = 4

/** For a terminal: each gate with what was seen, where it can be looked up, and what to do. */
export function readinessWords(report: ReadinessReport, width: number): string {
  const { gates, left, retention, platform, contract, workload } = report
  const passed = gates.filter(({ verdict }) => verdict === 'pass').length
  const indent = (text: string) => wrapped(text, width, '    ')
  const head = `${report.verdict.toUpperCase()}: ${passed} of ${gates.length} gates pass for ${platform}, contract ${contract}, workload ${workload}`
  const each = gates.flatMap(({ gate, asks, verdict, shown, proof, date, owner, next }) => [
    '',
    `${MARKS[verdict]} ${gate.padEnd(14)} ${verdict.padEnd(13)} ${date?.slice(0, 10) ?? ''}`.trimEnd(),
    indent(asks),
    indent(`seen: ${shown}`),
    ...proof
      .slice(0, MOST_PROOFS)
      .map(({ file, selector, value }) => `    proof: ${file} ${selector} = ${value}`),
    ...(owner === null ? [] : [indent(`answers for it: ${owner}`)]),
    ...(next === null ? [] : [indent(`do: ${next}`)]),
  ])
  const kept = [
    '',
    'What is kept, one copy, what that costs a month, and how much replays need:',
    ...retention.map(
      ({ dataClass, hours, onBrokers, inObjectStore, usdPerMonth, neededHours }) =>
        `  ${dataClass.padEnd(13)} ${`${count(hours)} h`.padStart(7)} brokers ${gigabytes(onBrokers)}, store ${gigabytes(inObjectStore)}  ${`$${count(usdPerMonth)}`.padStart(7)} ${neededHours === null ? 'no topic' : `needs ${count(neededHours)} h`}`,
    ),
  ]
  const excluded =
    left.length === 0
      ? []
      : ['', 'Runs that do not count:', ...left.map(({ run, why }) => wrapped(`${run}: ${why}`, width, '  '))]
  return `${[head, ...each, ...kept, ...excluded].join('\n')}\n`
}

const gigabytes = (bytes: number): string => `${count(bytes / 1e9)} GB`.padStart(9)
