import { known, type Measured, notKnown } from '../record/measured.ts'
import type { SourceEvidence } from '../record/source-evidence.ts'
import type { SourceMeasurement } from '../record/source-measurement.ts'
import { auditSource, type SourceAudit, type SourceFinding } from './source-audit.ts'

/** Each source of the drill. `zeroWallMs` is the wall time of the run's zero. A file that is not whole proves nothing, and nothing is guessed. */
export function measureSources(
  asked: readonly { readonly name: string }[],
  kept: readonly SourceEvidence[],
  zeroWallMs: number,
): SourceMeasurement[] {
  return asked.flatMap(({ name }, index) => {
    const evidence = kept[index]
    return evidence ? [measureSource(name, evidence, zeroWallMs)] : []
  })
}

function measureSource(source: string, evidence: SourceEvidence, zeroWallMs: number): SourceMeasurement {
  const { file, header, rows, records } = evidence
  const trouble = troubleOf(evidence)
  const audit = auditSource(evidence)
  const count = (value: number, selector: string): Measured =>
    trouble === null ? known(value, { file, selector, value }) : notKnown(trouble)
  const found = (finding: SourceFinding, selector: string) => count(finding.count, selector)
  const delay = audit.longestDelay
  return {
    source,
    topic: header?.topic ?? '',
    exactlyOnce: header?.exactlyOnce ?? null,
    file,
    rows: count(rows.length, 'rows'),
    lateCommits: count(audit.lateCommits, 'rows that were committed after a later one'),
    records: count(records.length, 'records'),
    missing: found(audit.missing, 'rows without a record'),
    missingLate: count(audit.missingLate, 'of those, rows that were committed after a later one'),
    repeated: found(audit.repeated, 'records beyond the first of a row'),
    reordered: found(audit.reordered, 'records out of the order of their aggregate'),
    unexplained: found(audit.unexplained, 'records of no row'),
    longestDelayMs:
      trouble !== null
        ? notKnown(trouble)
        : delay === null
          ? notKnown(`${file} has no row with a record`)
          : known(Math.round(delay.ms), { file, selector: `row ${delay.id}`, value: Math.round(delay.ms) }),
    bySecond: trouble === null ? bySecond(audit.times, zeroWallMs) : [],
    examples: {
      missing: [...audit.missing.examples],
      repeated: [...audit.repeated.examples],
      reordered: [...audit.reordered.examples],
      unexplained: [...audit.unexplained.examples],
    },
  }
}

/** Nothing before the first commit, and every second from then to the last record. */
export function bySecond(times: SourceAudit['times'], zeroWallMs: number): SourceMeasurement['bySecond'] {
  const second = (wallMs: number) => Math.floor((wallMs - zeroWallMs) / 1000)
  const committed = new Map<number, number>()
  const came = new Map<number, number>()
  const add = (to: Map<number, number>, at: number) => to.set(at, (to.get(at) ?? 0) + 1)
  for (const [from, to] of times) {
    add(committed, second(from))
    if (to !== null) add(came, second(to))
  }
  const seconds = [...committed.keys(), ...came.keys()]
  if (seconds.length === 0) return []
  const first = seconds.reduce((a, b) => Math.min(a, b))
  const last = seconds.reduce((a, b) => Math.max(a, b))
  let waiting = 0
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const [rows, records] = [committed.get(first + index) ?? 0, came.get(first + index) ?? 0]
    waiting += rows - records
    return [(first + index + 1) * 1000, rows, records, waiting]
  })
}

/** An empty table proves nothing either. */
function troubleOf({ file, rows, trouble }: SourceEvidence): string | null {
  if (trouble !== null) return `${file}: ${trouble}`
  return rows.length === 0 ? `${file}: nothing was written to the outbox` : null
}
