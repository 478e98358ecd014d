import type { Random } from '../core/random.ts'
import { isOfEverything } from '../core/replay-scope.ts'
import { compareReplay } from './comparisons.ts'
import type { JournalLine } from '../record/journal-events.ts'
import type { Evidence } from './evidence.ts'
import { incompleteRecords } from './incomplete-records.ts'
import { phaseLatency } from './latency.ts'
import { type Measured, known, notKnown } from '../record/measured.ts'
import type { PhaseComparison, ReplayMeasurement, ReplayPhase } from '../record/measurements.ts'
import { readerReplacements, replacedMs, withToolsPart } from './reader-replacements.ts'
import { type ReplayResult, replayResult } from './replay-result.ts'
import { replaySources } from './replay-sources.ts'
import { statedFor, whatIsRead } from './stated-replay.ts'
import { type StoredReplay, storedFor } from './stored-replay.ts'
import { longestStall } from './replay-stall.ts'
import { tailLag } from './tail-lag.ts'
import { replayLimitOf } from './tool-load.ts'
import type { ActionLife, RunTimeline, Span } from './timeline.ts'

/** `random` decides what is drawn for confidence intervals: the same seed gives the same numbers. */
export function measureReplays(
  evidence: Evidence,
  timeline: RunTimeline,
  random: Random,
): ReplayMeasurement[] {
  const last = timeline.actions.findLast(({ kind }) => KINDS.some(one => one.kind === kind))
  return KINDS.flatMap(({ kind, process }) =>
    timeline.actions
      .filter(action => action.kind === kind)
      .map((action, index) => {
        const stated = statedOf(evidence, action)
        return {
          action,
          stated,
          process: stated?.reader ?? (index === 0 ? process : `${process}-${index + 1}`),
          isLast: action === last,
        }
      }),
  )
    .filter(
      ({ action, stated }) =>
        action.kind === 'replay' || stated?.reader !== undefined || readsEverything(evidence, action),
    )
    .toSorted((a, b) => a.action.startedAt - b.action.startedAt)
    .map(one => measureReplay(evidence, timeline, one, random.fork(one.action.id)))
}

/** Actions that read history, and the process of the first of each in its histories. */
const KINDS = [
  { kind: 'replay', process: 'recovery' },
  { kind: 'governed-replay', process: 'governed' },
] as const

/** Where brokers ask who reads, whom a replay reads as that nobody approved: `roleOf` of the run. */
const STANDING_READER = 'processor'

const isSecured = ({ header }: Evidence): boolean =>
  (header.drill as { security?: unknown }).security !== undefined

type Stated = Extract<JournalLine, { kind: 'replay.stated' }>

/** What it said before it began; runs of before that was kept have none, or do not name its reader. */
function statedOf({ journal }: Evidence, { id }: ActionLife): Stated | undefined {
  const found = journal.events.find(({ event }) => event.kind === 'replay.stated' && event.id === id)?.event
  return found?.kind === 'replay.stated' ? found : undefined
}

/**
 * Whether a replay that somebody approved was of all topics, from the oldest offset to the end: before each replay said
 * who reads it, no other was measured.
 */
function readsEverything({ journal, header }: Evidence, { id }: ActionLife): boolean {
  const request = journal.events.find(
    ({ event }) => event.kind === 'replay.requested' && event.id === id,
  )?.event
  if (request?.kind !== 'replay.requested') return false
  return isOfEverything(request.scope, Object.keys(header.drill.contract.topics))
}

interface ReadAction {
  readonly action: ActionLife
  readonly stated: Stated | undefined
  /** Who read, by its name in histories and samples. */
  readonly process: string
  /** In older runs, what is stored was compared with what the last one read. */
  readonly isLast: boolean
}

function measureReplay(
  evidence: Evidence,
  timeline: RunTimeline,
  { action, stated, process, isLast }: ReadAction,
  random: Random,
): ReplayMeasurement {
  const parsed = replayResult.safeParse(action.result)
  const told = parsed.success ? parsed.data : replayResult.parse({})
  const result = withStored(
    told,
    storedFor(
      evidence.journal.events.map(({ event }) => event),
      action.id,
      isLast,
    ),
  )
  const proof = (value: number) => ({ file: 'journal.jsonl', selector: `line ${action.line}`, value })
  const reported = (value: number | null, name: string): Measured =>
    value === null
      ? notKnown(
          action.finishedAt === null ? 'the replay never finished' : `the replay did not report its ${name}`,
        )
      : known(value, proof(value))
  const spans = phaseSpans(timeline, action)
  const phases = (['before', 'during', 'after'] as const).map(name =>
    measurePhase(evidence, name, spans[name]),
  )
  const comparisons = compareReplay(evidence, phases, random)
  const rows = Object.entries(result.partitions).map(([name, row]) => ({ partition: name, ...row }))
  return {
    id: action.id,
    startedAt: action.startedAt,
    finishedAt: action.finishedAt,
    ok: action.ok,
    ...(stated?.reader !== undefined && { what: whatIsRead(evidence, stated), stated: statedFor(stated) }),
    ...(isSecured(evidence) && action.kind === 'replay' && { readAs: STANDING_READER }),
    partitions: rows,
    worstMargin: worstMargin(rows, proof),
    incompleteRecords: incompleteRecords(action, result, evidence.header, proof),
    checksums: {
      compared: rows.filter(row => row.sha256 !== null && row.storedSha256 !== null).length,
      equal: rows.filter(row => row.sha256 !== null && row.sha256 === row.storedSha256).length,
      partitions: rows.length,
    },
    seconds: replaySeconds(evidence, process, action, reported(result.seconds, 'duration')),
    longestStallSeconds: longestStall(evidence, process, { ...action, ok: cameToEnd(action, result) }),
    records: reported(result.records, 'records'),
    bytes: reported(result.bytes, 'bytes'),
    recordsPerSecond: reported(result.recordsPerSecond, 'rate'),
    bytesPerSecond: reported(result.bytesPerSecond, 'rate'),
    sources: replaySources(evidence, process, spans.during),
    limit: replayLimitOf(evidence.tool, process, spans.during),
    producerP99Ratio: p99Ratio(phases, comparisons),
    tailLagSeconds: phases[1]?.tailLagMaxSeconds ?? notKnown('the replay has no span'),
    phases,
    comparisons,
  }
}

/** A replay of which something was gone before it was read came to its end all the same. */
function cameToEnd({ ok }: ActionLife, { partitions, complete }: ReplayResult): boolean | null {
  const rows = Object.values(partitions)
  if (ok === true || complete === true || rows.length === 0) return ok
  const passed = ({ oldest, records, unread, markers, holes }: (typeof rows)[number]) =>
    (oldest ?? 0) +
    (records ?? 0) +
    (markers ?? 0) +
    (holes ?? 0) +
    (unread ?? []).reduce((sum, { from, to }) => sum + to - from, 0)
  return rows.every(row => row.unread !== null && row.end !== null && passed(row) >= row.end) ? true : ok
}

/** Less what this program took to replace its reader, at least. */
function replaySeconds(
  { journal }: Evidence,
  process: string,
  { startedAt, finishedAt }: ActionLife,
  reported: Measured,
): Measured {
  const { value, from } = reported
  if (value === null || finishedAt === null) return reported
  const all = readerReplacements(journal.events, process)
  const span = { fromMs: startedAt, toMs: finishedAt }
  const tools = all.filter(({ fromMs, toMs }) => toMs >= span.fromMs && fromMs <= span.toMs)
  if (tools.length === 0) return reported
  return withToolsPart(value, Math.max(0, value - replacedMs(tools, span) / 1000), tools, from)
}

/** What is stored is only known after the run: the final read digests the range of each replay again. */
function withStored(result: ReplayResult, stored: StoredReplay): ReplayResult {
  const rows = Object.entries(result.partitions).map(([name, row]) => {
    const storedSha256 = row.storedSha256 ?? stored.sha256[name] ?? null
    return [
      name,
      { ...row, storedSha256, storedRecords: row.storedRecords ?? stored.records[name] ?? null },
    ] as const
  })
  return { ...result, partitions: Object.fromEntries(rows) }
}

type PartitionRow = ReplayMeasurement['partitions'][number]

function worstMargin(
  rows: readonly PartitionRow[],
  proof: (value: number) => Measured['from'][number],
): Measured {
  const without = rows.find(row => row.margin === null)
  const worst = rows.toSorted((a, b) => (a.margin ?? 0) - (b.margin ?? 0))[0]
  if (!worst) return notKnown('the replay reported no partition')
  if (without) return notKnown(`the oldest required offset of ${without.partition} is not known`)
  return known(worst.margin ?? 0, proof(worst.margin ?? 0))
}

/** Before is the steady part ahead of the first fault: what came between may still be recovering. */
function phaseSpans(timeline: RunTimeline, action: ActionLife): Record<ReplayPhase['phase'], Span | null> {
  const { startedAt, finishedAt } = action
  const next = timeline.faults
    .map(fault => fault.injectedAt)
    .find(t => t !== null && finishedAt !== null && t > finishedAt)
  const until = next ?? timeline.endsAt
  return {
    before: timeline.steady,
    during: finishedAt === null ? null : { fromMs: startedAt, toMs: finishedAt },
    after:
      finishedAt === null || until === null || until <= finishedAt
        ? null
        : { fromMs: finishedAt, toMs: until },
  }
}

function measurePhase(evidence: Evidence, phase: ReplayPhase['phase'], span: Span | null): ReplayPhase {
  if (!span) {
    const none = notKnown('this part of the run has no span')
    return {
      phase,
      span,
      producer: { batches: 0, p50Ms: null, p99Ms: null },
      tailLagMaxSeconds: none,
      tailLagMedianSeconds: none,
      ackedPerSecond: none,
    }
  }
  const fleet = evidence.fleet.rows.filter(row => row.t > span.fromMs && row.t <= span.toMs)
  const ms = fleet.reduce((sum, row) => sum + row.intervalMs, 0)
  const acked = fleet.reduce((sum, row) => sum + row.acked, 0)
  return {
    phase,
    span,
    producer: phaseLatency(evidence.sends, span),
    ...tailLag(evidence, span),
    ackedPerSecond:
      ms === 0
        ? notKnown('the fleet was not sampled in this part')
        : known(Math.round((acked * 1000) / ms), {
            file: evidence.fleet.file,
            selector: `lines ${fleet[0]?.line} to ${fleet.at(-1)?.line}`,
            value: acked,
          }),
  }
}

function p99Ratio(phases: readonly ReplayPhase[], comparisons: readonly PhaseComparison[]): Measured {
  const [before, during] = phases
  const base = before?.producer.p99Ms
  const now = during?.producer.p99Ms
  if (base === null || base === undefined)
    return notKnown('producer latency before the first fault is not known')
  if (now === null || now === undefined) return notKnown('producer latency during the replay is not known')
  if (before?.producer.p99IsAtLeast)
    return notKnown('some of what was due before the first fault never arrived')
  const found = comparisons.find(({ what, phase }) => what === 'producer-p99-ms' && phase === 'during')
  const ratio = known(
    Math.round((now / Math.max(1, base)) * 100) / 100,
    { file: 'measurements.json', selector: 'producer p99 before, ms', value: base },
    { file: 'measurements.json', selector: 'producer p99 during, ms', value: now },
  )
  if (during?.producer.p99IsAtLeast) {
    const why = 'some of what was due during the replay never arrived'
    return { ...ratio, value: null, why, atLeast: ratio.value ?? 0 }
  }
  return found ? { ...ratio, interval: found.estimate } : ratio
}
