import { known, type Measured, notKnown } from '../record/measured.ts'
import type { WriterLine } from '../record/processor-evidence.ts'
import {
  NOTHING_RESTORED,
  type ProcessorMeasurement,
  type ProcessorUnderFault,
  type WriterMeasurement,
} from '../record/processor-measurement.ts'
import type { DrillFile } from '../record/run-header.ts'
import type { Evidence } from './evidence.ts'
import { auditMovedProcessor } from './moved-processor-audit.ts'
import { auditProcessor, type ProcessorAudit } from './processor-audit.ts'
import { behindAfter, coveredMs, type Restore, restoresOf } from './processor-progress.ts'
import type { KeptProcessor } from './stored-records.ts'
import type { FaultLife, RunTimeline } from './timeline.ts'
import { auditWriter, type WriterAudit } from './writer-audit.ts'

const REPEATED_DEVICES = 20
/** A session of the group: what falls behind only after one is another pause. */
const HOLD_MS = 10_000

type Spec = NonNullable<DrillFile['processor']>

/** The processor against what is stored. A file that is not whole proves nothing, and nothing is guessed. */
export function measureProcessor(
  evidence: Evidence,
  spec: Spec,
  timeline: RunTimeline,
): ProcessorMeasurement {
  const { header, processor } = evidence
  const inB = processor?.inB
  const trouble = inB ? movedTrouble(evidence, processor, inB, spec) : troubleOf(processor, spec)
  // Where it went to region b, that is what it had in the end.
  const kept = inB?.evidence ?? processor?.evidence
  const audit =
    !processor || trouble !== null
      ? null
      : inB
        ? auditMovedProcessor(processor, inB, spec.every)
        : auditProcessor(processor.evidence, processor.stored.records, spec.every)
  const file = kept?.file ?? 'processor/device-twin.jsonl'
  const ofTwins = (of: (found: ProcessorAudit) => number, selector: string): Measured =>
    kept?.header?.untold ? notKnown('the drill’s own processor does not tell its twins') : count(of, selector)
  const count = (of: (found: ProcessorAudit) => number, selector: string): Measured => {
    if (!audit) return notKnown(trouble ?? 'it was not audited')
    const value = of(audit)
    return known(value, { file, selector, value })
  }
  const rebuilds = [...(processor?.evidence.rebuild ?? []), ...(inB?.evidence.rebuild ?? [])]
  const restores = kept ? restoresOf(rebuilds, header.startedAtWallMs) : []
  return {
    file,
    topic: spec.topic,
    guarantee: spec.guarantee,
    ...(spec.command && { command: spec.command }),
    standbys: spec.standbys,
    every: spec.every,
    stored: count(found => found.stored, 'records of the final read'),
    unprocessed: count(found => found.unprocessed, 'offsets'),
    due: count(found => found.due, 'commands that the stored records ask for'),
    given: count(found => found.given, 'sent, read_committed'),
    takenBack: count(found => found.takenBack, 'sent, read_uncommitted and not read_committed'),
    repeated: count(found => found.repeated, 'sent, read_committed, again'),
    devicesRepeated: count(found => found.again.size, 'devices with a command again'),
    missing: count(found => found.missing, 'due and not sent'),
    unasked: count(found => found.unasked, 'sent and not due'),
    unacknowledged: count(found => found.unacknowledged, 'sent and not acknowledged'),
    twins: ofTwins(found => found.twins, 'twins'),
    mismatched: ofTwins(found => found.mismatched, 'twins that are not those of the fold'),
    examples: {
      ...(audit?.examples ?? { repeated: [], missing: [], unasked: [], mismatched: [] }),
      ...(kept?.header?.untold && { mismatched: [] }),
    },
    repeatedDevices: worstOf(audit?.again ?? new Map()),
    ...(inB && {
      inRegionB: {
        issuedTwice: count(found => found.issuedTwice ?? 0, 'commands in the logs of both regions'),
        issuedTwiceDevices: worstOf(audit?.issuedAgain ?? new Map()),
        handedAgain: count(found => found.handedAgain ?? 0, 'given, that devices had been given before'),
      },
    }),
    ...(spec.writer && { writer: measureWriter(processor, spec.writer.fencing, trouble) }),
    faults: timeline.faults.map(fault =>
      underFault(evidence, spec, timeline, fault, kept?.trouble === null ? restores : null),
    ),
  }
}

/** The devices of which there is most. */
const worstOf = (times: ReadonlyMap<string, number>): ProcessorMeasurement['repeatedDevices'] =>
  [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, REPEATED_DEVICES)
    .map(([device, count]) => ({ device, times: count }))

/** @param trouble why nothing is known of the processor; null: everything is */
function measureWriter(
  kept: KeptProcessor | null,
  fencing: string,
  trouble: string | null,
): WriterMeasurement {
  const line = kept?.evidence.writer
  const why =
    trouble ?? (line?.fencing === fencing ? writerTrouble(line) : 'what the writers did was not kept')
  const audit =
    kept && line && why === null ? auditWriter(line, kept.evidence.writes, kept.stored.records) : null
  const count = (of: (found: WriterAudit) => number, selector: string): Measured =>
    audit
      ? known(of(audit), { file: kept?.evidence.file ?? '', selector, value: of(audit) })
      : notKnown(why ?? 'it was not audited')
  return {
    fencing,
    written: count(found => found.written, 'writes'),
    late: count(found => found.late, 'writes after a newer claim'),
    setBack: count(found => found.setBack, 'devices set back'),
    missing: count(found => found.missing, 'committed and not written'),
    uncommitted: count(found => found.uncommitted, 'stored and not committed'),
    refused: count(found => found.refused, 'refusals'),
    examples: audit?.examples ?? { late: [], missing: [] },
  }
}

const writerTrouble = ({ claims }: WriterLine): string | null =>
  claims.length === 0 ? 'nobody claimed a partition' : null

/** @param restores null where nobody kept them */
function underFault(
  { processorSamples: series }: Evidence,
  { topic, guarantee, commitMs = guarantee === 'exactly_once_v2' ? 100 : 5000 }: Spec,
  { steady }: RunTimeline,
  { id, injectedAt, windowEndsAt }: FaultLife,
  restores: readonly Restore[] | null,
): ProcessorUnderFault {
  if (injectedAt === null || windowEndsAt === null) {
    const why = notKnown(`${id} was never injected`)
    const none = { takeoverMs: why, downloadMs: why, downloadedRecords: why, replayMs: why }
    return { fault: id, rebuildMs: why, worstPartition: null, behindMs: why, ...none }
  }
  const span = { fromMs: injectedAt, toMs: windowEndsAt }
  const holdMs = HOLD_MS + 2 * commitMs
  const { measured: rebuildMs, partition, total } = behindAfter(series, topic, steady, span, holdMs)
  return {
    fault: id,
    rebuildMs,
    worstPartition: partition,
    behindMs: total,
    ...restored(
      restores?.filter(one => one.fromMs >= span.fromMs && one.fromMs <= span.toMs) ?? null,
      injectedAt,
      rebuildMs,
    ),
  }
}

type Restored = Pick<ProcessorUnderFault, 'takeoverMs' | 'downloadMs' | 'downloadedRecords' | 'replayMs'>

function restored(restores: readonly Restore[] | null, injectedAt: number, rebuildMs: Measured): Restored {
  const all = (why: string): Restored => {
    const none = notKnown(why)
    return { takeoverMs: none, downloadMs: none, downloadedRecords: none, replayMs: none }
  }
  if (restores === null) return all('what the instances wrote down was not kept')
  const file = 'processor/device-twin.jsonl'
  const [first] = restores
  if (!first) return all(NOTHING_RESTORED)
  const proof = (value: number) => ({ file, selector: 'rebuild', value: Math.round(value) })
  const ended = restores.flatMap(({ toMs }) => toMs ?? [])
  const broken = restores.some(({ toMs }) => toMs === null)
  const takeover = first.fromMs - injectedAt
  const records = restores.reduce((sum, one) => sum + one.records, 0)
  const download = coveredMs(restores)
  const last = ended.filter(at => rebuildMs.value !== null && at <= injectedAt + rebuildMs.value)
  const replayed = last.length > 0 ? injectedAt + (rebuildMs.value ?? 0) - Math.max(...last) : null
  const unfinished = notKnown('a restoration was broken off')
  return {
    takeoverMs: known(Math.round(takeover), proof(takeover)),
    downloadMs: broken ? unfinished : known(Math.round(download), proof(download)),
    downloadedRecords: broken ? unfinished : known(records, proof(records)),
    replayMs:
      replayed === null
        ? notKnown(rebuildMs.why ?? 'nothing was restored before it had caught up')
        : known(Math.round(replayed), proof(replayed), ...rebuildMs.from),
  }
}

/** The same of one that went to region b. Of region a it need not be known how far it came: nobody ended it in order. */
function movedTrouble({ journal }: Evidence, a: KeptProcessor, b: KeptProcessor, spec: Spec): string | null {
  const { file, trouble } = a.evidence
  if (trouble !== null) return `${file}: ${trouble}`
  if (a.stored.trouble !== null) return `${a.stored.file}: ${a.stored.trouble}`
  if (!b.evidence.header?.mirrored) return `${b.evidence.file} does not say where region b ended before`
  if (a.evidence.given.length + b.evidence.given.length === 0)
    return 'nobody wrote down what devices were given'
  const read = journal.events.find(({ event }) => event.kind === 'regions.kept')?.event
  if (read?.kind !== 'regions.kept' || !read.complete) return `${b.stored.file}: region b was not read whole`
  return troubleOf(b, spec, true)
}

/** Why nothing is known of it; null: everything is. @param isMirrored that its log was read whole is known otherwise */
function troubleOf(kept: KeptProcessor | null, { topic }: Spec, isMirrored = false): string | null {
  if (!kept) return 'the histories were not read'
  const { evidence, stored } = kept
  const { file, trouble, offsets, header } = evidence
  if (trouble !== null) return `${file}: ${trouble}`
  if (!offsets || !header) return `${file} does not say how far it came`
  if (stored.trouble !== null) return `${stored.file}: ${stored.trouble}`
  const read = new Map<number, number>()
  for (const { partition } of stored.records) read.set(partition, (read.get(partition) ?? 0) + 1)
  const mine = offsets.partitions.filter(one => one[0] === topic)
  if (mine.length === 0) return `${file} has no offsets of ${topic}`
  const removed = mine.find(([, , low]) => low > 0)
  if (removed)
    return `records of ${topic}/${removed[1]} were deleted before ${removed[2]}: what they asked for is not known`
  // What a mirror wrote in transactions has marks among its offsets, and records are fewer.
  if (isMirrored) return null
  // A fold over less than what was processed would call what it asked for unasked.
  const short = mine.find(([, partition, , , next]) => (read.get(partition) ?? 0) < (next ?? 0))
  if (short) return `${stored.file} has fewer records of ${topic}/${short[1]} than were processed`
  return null
}
