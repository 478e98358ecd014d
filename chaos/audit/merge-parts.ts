import { AftershockError } from '../core/errors.ts'
import { type Anomaly, ANOMALIES, type AuditResult } from '../record/audit-file.ts'
import type { AuditPart } from '../record/audit-part.ts'
import { EXAMPLES } from './findings.ts'
import { judge, resultOf } from './judge.ts'
import type { RetentionResult } from './retention.ts'
import { addCounts, zeroCounts } from './tally.ts'
import type { Totals } from './totals.ts'

/**
 * The audit of a run, from those of all its parts: the same as one of the whole. Of an anomaly that was found more than
 * five times, which five are shown may differ.
 * @throws AftershockError `input` when one is missing, there twice, or of another run
 */
export function mergeParts(parts: readonly AuditPart[]): AuditResult {
  const ordered = parts.toSorted((a, b) => a.part.index - b.part.index)
  refuseStrangers(ordered)
  const totals: Totals = {
    // Every part reads every line.
    operations: (ordered[0] as AuditPart).operations,
    topics: mergeTopics(ordered),
  }
  // Every part reads every history.
  const { unsure } = (ordered[0] as AuditPart).holes
  const judgement = judge(totals, troublesOf(ordered, totals), unsure)
  return { ...resultOf('run', totals, judgement, mergeExamples(ordered)), retention: mergeRetention(ordered) }
}

function refuseStrangers(parts: readonly AuditPart[]): void {
  const [first] = parts
  if (!first) throw wrong('there is no part to be merged')
  const { count } = first.part
  for (const { part } of parts)
    if (part.count !== count) throw wrong(`one is of ${count} parts and one of ${part.count}`)
  for (let index = 0; index < count; index++) {
    const there = parts.filter(({ part }) => part.index === index).length
    if (there !== 1) throw wrong(`part ${index + 1}/${count} is ${there === 0 ? 'missing' : 'there twice'}`)
  }
  const evidence = JSON.stringify(first.evidence)
  for (const { part, ...other } of parts) {
    if (JSON.stringify(other.evidence) !== evidence)
      throw wrong(`part ${part.index + 1}/${count} was read from other files than part 1/${count}`)
    if (other.operations !== first.operations)
      throw wrong(
        `part ${part.index + 1}/${count} saw ${other.operations} operations, and part 1 ${first.operations}`,
      )
  }
}

function wrong(what: string): AftershockError {
  return new AftershockError('input', `the parts of an audit do not fit: ${what}`, {
    hint: 'audit every part of the same folder again: aftershock audit RUN --part 1/3, 2/3 and 3/3',
  })
}

type TopicTotals = Totals['topics'][number]

function mergeTopics(parts: readonly AuditPart[]): Totals['topics'] {
  const merged = new Map<string, TopicTotals>()
  for (const topic of parts.flatMap(({ topics }) => topics)) {
    const before = merged.get(topic.name)
    merged.set(topic.name, before ? addTopics(before, topic) : topic)
  }
  return [...merged.values()]
}

function addTopics(a: TopicTotals, b: TopicTotals): TopicTotals {
  const counts = zeroCounts()
  addCounts(counts, a.counts)
  addCounts(counts, b.counts)
  const found: Partial<Record<Anomaly, number>> = { ...a.found }
  for (const [anomaly, count] of Object.entries(b.found) as [Anomaly, number][])
    found[anomaly] = (found[anomaly] ?? 0) + count
  const soon = [a, b].flatMap(({ tooSoon }) => (tooSoon === null ? [] : [tooSoon]))
  const ages = soon.flatMap(({ youngestMs }) => (youngestMs === null ? [] : [youngestMs]))
  const [first] = soon
  return {
    ...a,
    counts,
    found,
    tooSoon: first
      ? { windowMs: first.windowMs, youngestMs: ages.length === 0 ? null : Math.min(...ages) }
      : null,
  }
}

function mergeExamples(parts: readonly AuditPart[]): AuditResult['anomalies'] {
  const merged: AuditResult['anomalies'] = {}
  for (const anomaly of ANOMALIES) {
    const all = parts.flatMap(({ anomalies }) => anomalies[anomaly] ?? [])
    if (all.length > 0) merged[anomaly] = all.slice(0, EXAMPLES)
  }
  return merged
}

function mergeRetention(parts: readonly AuditPart[]): RetentionResult {
  const inOrder = <T>(all: readonly (readonly [number, T])[]) =>
    all.toSorted(([a], [b]) => a - b).map(([, one]) => one)
  return {
    judged: parts.reduce((sum, { retention }) => sum + retention.judged, 0),
    notJudged: [...new Set(inOrder(parts.flatMap(({ retention }) => retention.notJudged)))],
    overdue: inOrder(parts.flatMap(({ retention }) => retention.overdue)),
  }
}

/** What is not known, in sentences. */
function troublesOf(parts: readonly AuditPart[], totals: Totals): string[] {
  const [{ holes: first }] = parts as readonly [AuditPart]
  const mixed = parts.reduce((sum, { holes }) => sum + holes.mixed, 0)
  return [
    ...finalReadTroubles(parts, totals),
    ...first.gateways,
    ...first.readers,
    ...first.shards,
    ...(mixed === 0
      ? []
      : [
          `${mixed} records of requests that were acknowledged in part are missing, and a history of format 1 ` +
            'does not say which part it was',
        ]),
    ...removedAtUnknownAge(totals),
    ...misplaced(parts),
  ]
}

function finalReadTroubles(parts: readonly AuditPart[], { topics }: Totals): string[] {
  const [{ holes }] = parts as readonly [AuditPart]
  if (!holes.hasFinalRead) return ['the final read is missing: what is stored is not known']
  const reasons = parts
    .flatMap(({ holes: { ofPartitions } }) => ofPartitions)
    .toSorted(([a], [b]) => a - b)
    .map(([, what]) => what)
  if (!holes.namesPartitions) reasons.push('the final read names no partition')
  else if (topics.every(({ counts }) => counts.stored === 0)) reasons.push('the final read found nothing')
  if (topics.every(({ counts }) => counts.sends === 0)) reasons.push('nothing was sent')
  else if (topics.every(({ counts }) => counts.acked === 0))
    reasons.push('nothing was acknowledged, so nothing could have been lost')
  return reasons
}

/** What was removed, and nobody can say whether that was too soon. */
function removedAtUnknownAge({ topics }: Totals): string[] {
  return topics.flatMap(({ name, isKept, counts }) => {
    const { removedAtUnknownAge: count } = counts
    if (count === 0) return []
    return isKept
      ? [
          `${count} records of ${name} were removed, and when they were sent is unknown: perhaps within its replay window`,
        ]
      : [`${count} acknowledged records of ${name} were removed, and no contract says how long they are owed`]
  })
}

/** Then neither part has seen all of it. */
function misplaced(parts: readonly AuditPart[]): string[] {
  const all = parts.flatMap(({ holes }) => holes.misplaced)
  if (all.length === 0) return []
  return [
    `records of ${all.length} devices stand in partitions of another part than theirs (${all.slice(0, 3).join(', ')}): ` +
      'what became of them is judged by an audit in one piece alone',
  ]
}
