import { count, list, plural } from '../core/numbers.ts'
import { wrapped } from '../core/wrapped.ts'
import type { ContractFinding } from './contract-finding.ts'
import type { ContractReport } from './check-contract.ts'

const MOST_UNCOVERED = 8
const NOT_HELD = 'Not held against a cluster: give --bootstrap host:port to see what its topics really keep.'

/** For a terminal: what fails first, then what is open, then how many hold. */
export function contractWords(report: ContractReport, width: number): string {
  const { findings, cluster, uncovered } = report
  const failed = findings.filter(({ verdict }) => verdict === 'fail')
  const open = findings.filter(({ verdict }) => verdict === 'inconclusive')
  const held = findings.length - failed.length - open.length
  const lines = [
    `${report.verdict.toUpperCase()}: contract ${report.contract}, ${
      cluster ? `against ${plural(cluster.brokers, 'broker')}` : 'by itself'
    }: ${count(held)} of ${plural(findings.length, 'check')} hold`,
    ...[...failed, ...open].flatMap(finding => ['', ...findingLines(finding, width)]),
    '',
  ]
  if (uncovered.length > 0) lines.push(wrapped(uncoveredWords(uncovered), width, ''), '')
  if (!cluster) lines.push(wrapped(NOT_HELD, width, ''), '')
  return lines.join('\n')
}

function findingLines(
  { topic, check, verdict, expected, actual, next }: ContractFinding,
  width: number,
): string[] {
  const indent = (text: string) => wrapped(text, width, '    ')
  return [
    `${verdict === 'fail' ? '✗' : '?'} ${topic}: ${check}`,
    indent(`promised: ${expected}`),
    indent(`seen: ${actual}`),
    ...(next === null ? [] : [indent(`do: ${next}`)]),
  ]
}

function uncoveredWords(topics: readonly string[]): string {
  const shown = topics.slice(0, MOST_UNCOVERED)
  const more = topics.length - shown.length
  const names = more > 0 ? `${shown.join(', ')} and ${count(more)} more` : list(shown)
  return `Without a contract, so they have no owner: ${names}`
}
