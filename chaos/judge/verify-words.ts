import type { CheckReport, Problem } from './verify-findings.ts'
import type { VerifyReport } from './verify.ts'

const MARKS: Readonly<Record<CheckReport['result'], string>> = {
  ok: 'ok    ',
  failed: 'FAILED',
  'not-checked': '--    ',
}

/** The report for people: the answer first, then every check, then what is wrong. */
export function verifyWords(report: VerifyReport): string {
  const { problems, problemCount, incomplete, notes } = report
  const more = problemCount - problems.length
  return [
    headline(report),
    '',
    ...report.checks.map(({ check, result, detail }) => `  ${MARKS[result]}  ${check.padEnd(9)}  ${detail}`),
    ...section(`${problemCount} problem${problemCount === 1 ? '' : 's'}`, problems.map(problemWords)),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...section('Holes, of a run that did not complete', incomplete),
    ...section('Notes', notes),
    '',
  ].join('\n')
}

function headline({ ok, sealed, dir, verdict, state, signature, checks }: VerifyReport): string {
  const name = sealed ? `${sealed.run} (${sealed.drill} on ${sealed.platform})` : dir
  if (!ok) return `${name}: the evidence does NOT verify.`
  const derived = checks.some(({ check, result }) => check === 'verdict' && result === 'ok')
  const judged = (derived ? verdict.derived : null) ?? verdict.sealed ?? 'no verdict'
  const how = !derived
    ? 'as sealed; it was not derived again'
    : judged === verdict.sealed
      ? 'derived again from the raw evidence'
      : `by this version, from the raw evidence (sealed as ${verdict.sealed ?? 'none'} by version ${sealed?.sealedByVersion})`
  const end = state === 'completed' ? '' : ` The run is ${state}.`
  const by =
    signature?.status === 'verified'
      ? ' Signed by the key that was given.'
      : signature?.status === 'unsigned'
        ? ' Sealed, unsigned.'
        : ' The signer was not checked.'
  return `${name}: the evidence verifies. Verdict: ${judged}, ${how}.${end}${by}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `  ${line}`)]
}

function problemWords({ check, file, line, what }: Problem): string {
  const place = file === null ? check : line === null ? file : `${file}:${line}`
  return `${place}  ${what}`
}
