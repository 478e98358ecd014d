import type { DoctorReport } from './diagnose.ts'
import type { Finding } from './finding.ts'
import { FAMILIES, type Family } from './machine.ts'

const MARK = { ok: 'ok', absent: 'absent', lacking: 'LACKING' } as const
const FAMILY_NAME: Readonly<Record<Family, string>> = {
  debian: 'Debian, Ubuntu',
  fedora: 'Fedora',
  macos: 'macOS',
}

/** The report as text: a table, then how to mend each lack here (or, with `all`, on every system that we know). */
export function printReport(report: DoctorReport, options: { readonly all: boolean }): string {
  const rows = report.findings.map(({ state, check, found }) => [MARK[state], check, found] as const)
  const widths = [0, 1].map(column => Math.max(...rows.map(row => row[column as 0 | 1].length)))
  const lines = report.findings.map(({ state, check, found, note }) => {
    const cells = `${MARK[state].padEnd(widths[0] ?? 0)}  ${check.padEnd(widths[1] ?? 0)}  ${found}`
    return state === 'ok' && note !== null ? `${cells}, ${note}` : cells
  })
  const families = options.all || report.os.family === null ? FAMILIES : [report.os.family]
  for (const finding of report.findings)
    if (finding.state !== 'ok') lines.push('', ...mending(finding, families))
  lines.push('', conclusion(report))
  return `${lines.join('\n')}\n`
}

function mending(finding: Finding, families: readonly Family[]): string[] {
  const lines = [`${finding.check}: ${finding.note}`]
  for (const family of families) {
    const commands = finding.mend[family]
    if (commands.length === 0) continue
    if (families.length > 1) lines.push(`  ${FAMILY_NAME[family]}:`)
    for (const command of commands) lines.push(`${families.length > 1 ? '    ' : '  '}${command}`)
  }
  return lines
}

function conclusion({ findings }: DoctorReport): string {
  const lacks = findings.filter(finding => finding.state === 'lacking').map(finding => finding.check)
  if (lacks.length > 0) return `Not ready: ${lacks.join(', ')}.`
  return 'Ready.'
}
