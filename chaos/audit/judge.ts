import { formatDuration } from '../core/units.ts'
import type { Verdict } from '../core/verdict.ts'
import { DEFAULT_WEIGHTS } from './anomalies.ts'
import type { AuditPart } from '../record/audit-part.ts'
import { ANOMALIES, type Anomaly, type AuditResult, type Weight } from '../record/audit-file.ts'
import type { Auditor } from './auditor.ts'
import type { Catalog } from './catalog.ts'
import type { EvidenceCollector } from './evidence-collector.ts'
import { addCounts, zeroCounts } from './tally.ts'
import type { Totals } from './totals.ts'

export interface Judgement {
  readonly verdict: Verdict
  readonly failures: AuditResult['failures']
  readonly reasons: readonly string[]
  readonly judged: Record<Anomaly, Weight>
  readonly unproven: NonNullable<AuditResult['unproven']>
}

type TopicTotals = Totals['topics'][number]
type Unsure = AuditPart['holes']['unsure']

const NOTHING_LACKS: Unsure = { senders: false, readers: false, stored: false }

/** What is proven only by the absence of a line that would explain it, and whose history that line would be in. */
const EXPLAINED_BY: Readonly<Partial<Record<Anomaly, readonly (keyof Unsure)[]>>> = {
  'lost-write': ['stored'],
  'removed-in-window': ['stored'],
  'device-gap': ['senders', 'stored'],
  G1a: ['senders'],
  duplicate: ['senders'],
  'device-duplicate': ['senders'],
  'failed-but-stored': ['senders'],
  unread: ['readers', 'stored'],
  'commit-ahead': ['readers', 'stored'],
}

/**
 * The verdict over what was found. A topic that forbids duplicates fails on each that its device did not mean: neither
 * published again on purpose, nor sent again because nobody had told it what became of the first attempt. What a drill
 * says of duplicates altogether is a gate of its own. What a history that lacks something might explain is no failure,
 * and not known.
 *
 * @param unsure whose histories lack something. @default nobody's
 */
export function judge({ topics }: Totals, troubles: readonly string[], unsure = NOTHING_LACKS): Judgement {
  const failures: AuditResult['failures'] = []
  const reasons = [...troubles]
  for (const anomaly of ANOMALIES)
    for (const topic of topics) {
      const all = failing(anomaly, topic, NOTHING_LACKS)
      const count = failing(anomaly, topic, unsure)
      if (count < all)
        reasons.push(`${all - count} ${anomaly} of ${topic.name} may be explained by what a history lacks`)
      const what = anomaly === 'removed-in-window' ? inWords(topic) : null
      if (count > 0) failures.push({ anomaly, topic: topic.name, count, ...(what !== null && { what }) })
    }
  for (const anomaly of ANOMALIES) {
    const total = totalOf(topics, anomaly)
    if (DEFAULT_WEIGHTS[anomaly] === 'inconclusive' && total > 0)
      reasons.push(`${total} ${anomaly}: acknowledged records are beyond everything that was read`)
  }
  const verdict = failures.length > 0 ? 'fail' : reasons.length > 0 ? 'inconclusive' : 'pass'
  return { verdict, failures, reasons, judged: weights(topics), unproven: unprovenIn(topics, unsure) }
}

const isUnsure = (anomaly: Anomaly, unsure: Unsure): boolean =>
  EXPLAINED_BY[anomaly]?.some(whose => unsure[whose]) ?? false

function unprovenIn(topics: Totals['topics'], unsure: Unsure): Judgement['unproven'] {
  const found = ANOMALIES.map(anomaly => [anomaly, totalOf(topics, anomaly)] as const)
  return Object.fromEntries(found.filter(([anomaly, total]) => total > 0 && isUnsure(anomaly, unsure)))
}

const totalOf = (topics: Totals['topics'], anomaly: Anomaly): number =>
  topics.reduce((sum, { found }) => sum + (found[anomaly] ?? 0), 0)

/** null: nothing of the topic was removed too soon. */
function inWords({ counts, tooSoon }: TopicTotals): string | null {
  if (tooSoon === null) return null
  const { windowMs, youngestMs } = tooSoon
  const { removedInWindow: records, expired, expiredByCompaction } = counts
  const count = records === 1 ? '1 record was' : `${records.toLocaleString('en')} records were`
  const youngest = youngestMs === null ? '' : `; the youngest was ${formatDuration(youngestMs)} old`
  // Retention takes the start of the log; a topic of both kinds is told by what took most.
  const by = 2 * expiredByCompaction > expired ? 'compaction' : 'retention'
  return `${count} removed by ${by} within the replay window of ${formatDuration(windowMs)}${youngest}`
}

function failing(anomaly: Anomaly, { duplicates, found, counts }: TopicTotals, unsure: Unsure): number {
  const count = found[anomaly] ?? 0
  if (DEFAULT_WEIGHTS[anomaly] === 'fails') return isUnsure(anomaly, unsure) ? 0 : count
  if (duplicates !== 'forbidden') return 0
  if (anomaly !== 'duplicate' && anomaly !== 'device-duplicate') return 0
  const { resentAfterAck, resentAfterFail, unexplainedDuplicates } = counts
  // As many acknowledgements as copies were told; an attempt of unknown outcome may be in what is missing.
  if (unsure.senders) return Math.min(count, resentAfterAck)
  return Math.min(count, resentAfterAck + resentAfterFail + unexplainedDuplicates)
}

function weights(topics: Totals['topics']): Record<Anomaly, Weight> {
  const strict = topics.some(topic => topic.duplicates === 'forbidden')
  return strict ? { ...DEFAULT_WEIGHTS, duplicate: 'fails', 'device-duplicate': 'fails' } : DEFAULT_WEIGHTS
}

/** The few of each anomaly that are shown, with the lines that prove them. */
export function examplesOf(
  { findings }: Auditor,
  catalog: Catalog,
  evidence: EvidenceCollector,
): AuditResult['anomalies'] {
  const anomalies: AuditResult['anomalies'] = {}
  for (const anomaly of ANOMALIES) {
    const examples = findings.examples.get(anomaly)
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
  return anomalies
}

export function resultOf(
  kind: AuditResult['source'],
  { operations, topics }: Totals,
  judgement: Judgement,
  anomalies: AuditResult['anomalies'],
): AuditResult {
  const total = zeroCounts()
  for (const { counts } of topics) addCounts(total, counts)
  return {
    format: 1,
    source: kind,
    verdict: judgement.verdict,
    failures: judgement.failures,
    reasons: [...judgement.reasons],
    anomalies,
    anomalyCounts: Object.fromEntries(
      ANOMALIES.map(anomaly => [anomaly, totalOf(topics, anomaly)]),
    ) as Record<Anomaly, number>,
    judged: { ...judgement.judged },
    ...(Object.keys(judgement.unproven).length > 0 && { unproven: { ...judgement.unproven } }),
    counts: { operations, ...total },
    perTopic: Object.fromEntries(topics.map(({ name, counts }) => [name, counts])),
  }
}
