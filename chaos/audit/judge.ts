import { formatDuration } from '../core/units.ts'
import type { Verdict } from '../core/verdict.ts'
import { DEFAULT_WEIGHTS } from './anomalies.ts'
import { ANOMALIES, type Anomaly, type AuditResult, type Counts, type Weight } from '../record/audit-file.ts'
import type { Auditor } from './auditor.ts'
import type { Catalog, Topic } from './catalog.ts'
import type { EvidenceCollector } from './evidence-collector.ts'
import type { TooSoon } from './removals.ts'
import { addCounts, zeroCounts } from './tally.ts'

export interface Judgement {
  readonly verdict: Verdict
  readonly failures: AuditResult['failures']
  readonly reasons: readonly string[]
  readonly judged: Record<Anomaly, Weight>
}

/**
 * The verdict over what was found. A topic that forbids duplicates fails on each that its device did not mean: neither
 * published again on purpose, nor sent again because nobody had told it what became of the first attempt. What a drill
 * says of duplicates altogether is a gate of its own.
 */
export function judge(auditor: Auditor, catalog: Catalog, troubles: readonly string[]): Judgement {
  const failures: AuditResult['failures'] = []
  const reasons = [...troubles]
  const tooSoon = new Map(auditor.removals.tooSoon().map(removed => [removed.topic, inWords(removed)]))
  for (const anomaly of ANOMALIES)
    for (const [id, topic] of catalog.topics.entries()) {
      const counts = auditor.counts[id] as Counts
      const count = failing(anomaly, topic, auditor.findings.countOf(anomaly, id), counts)
      const what = anomaly === 'removed-in-window' ? tooSoon.get(topic.name) : undefined
      if (count > 0) failures.push({ anomaly, topic: topic.name, count, ...(what && { what }) })
    }
  for (const anomaly of ANOMALIES) {
    const total = auditor.findings.total(anomaly)
    if (DEFAULT_WEIGHTS[anomaly] === 'inconclusive' && total > 0)
      reasons.push(`${total} ${anomaly}: acknowledged records are beyond everything that was read`)
  }
  const verdict = failures.length > 0 ? 'fail' : reasons.length > 0 ? 'inconclusive' : 'pass'
  return { verdict, failures, reasons, judged: weights(catalog) }
}

function inWords({ records, windowMs, youngestMs, byCompaction }: TooSoon): string {
  const count = records === 1 ? '1 record was' : `${records.toLocaleString('en')} records were`
  const youngest = youngestMs === null ? '' : `; the youngest was ${formatDuration(youngestMs)} old`
  const by = byCompaction ? 'compaction' : 'retention'
  return `${count} removed by ${by} within the replay window of ${formatDuration(windowMs)}${youngest}`
}

function failing(anomaly: Anomaly, topic: Topic, found: number, counts: Counts): number {
  if (DEFAULT_WEIGHTS[anomaly] === 'fails') return found
  if (topic.duplicates !== 'forbidden') return 0
  if (anomaly !== 'duplicate' && anomaly !== 'device-duplicate') return 0
  const { resentAfterAck, resentAfterFail, unexplainedDuplicates } = counts
  return Math.min(found, resentAfterAck + resentAfterFail + unexplainedDuplicates)
}

function weights(catalog: Catalog): Record<Anomaly, Weight> {
  const strict = catalog.topics.some(topic => topic.duplicates === 'forbidden')
  return strict ? { ...DEFAULT_WEIGHTS, duplicate: 'fails', 'device-duplicate': 'fails' } : DEFAULT_WEIGHTS
}

/** Everything that is found, with the lines that prove the examples. */
export function resultOf(
  kind: AuditResult['source'],
  auditor: Auditor,
  catalog: Catalog,
  judgement: Judgement,
  evidence: EvidenceCollector,
): AuditResult {
  const total = zeroCounts()
  for (const counts of auditor.counts) addCounts(total, counts)
  const anomalies: AuditResult['anomalies'] = {}
  for (const anomaly of ANOMALIES) {
    const examples = auditor.findings.examples.get(anomaly)
    if (examples === undefined) continue
    anomalies[anomaly] = examples.map(finding => ({
      topic: catalog.topics[finding.topic]?.name ?? '',
      partition: finding.partition === null ? null : (catalog.partitions[finding.partition]?.name ?? null),
      what: finding.what,
      values: finding.handles.map(handle => catalog.values.valueOf(handle)),
      offsets: [...finding.offsets],
      events: evidence.eventsOf(finding),
    }))
  }
  return {
    format: 1,
    source: kind,
    verdict: judgement.verdict,
    failures: judgement.failures,
    reasons: [...judgement.reasons],
    anomalies,
    anomalyCounts: Object.fromEntries(
      ANOMALIES.map(anomaly => [anomaly, auditor.findings.total(anomaly)]),
    ) as Record<Anomaly, number>,
    judged: { ...judgement.judged },
    counts: { operations: auditor.operations, ...total },
    perTopic: Object.fromEntries(
      catalog.topics.map((topic, id) => [topic.name, auditor.counts[id] as Counts]),
    ),
  }
}
