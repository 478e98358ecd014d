import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { type PhaseLatency, phaseLatency } from './latency.ts'
import { type Measured, known, longerThan, notKnown } from '../record/measured.ts'
import type { Measurements, Peaks } from '../record/measurements.ts'
import type { RunTimeline, Span } from './timeline.ts'

type FleetRow = Evidence['fleet']['rows'][number]

/** Above this the load generator itself was late, and its own delay is part of what it measured. */
export const BOTTLENECK_LOOP_DELAY_MS = 200

/** A peak may hide in a hole of more than three periods. */
const HOLE_PERIODS = 3

const NO_STORM = 'no device lost its session, so none sought one'

export function measurePeaks(evidence: Evidence, span: Span | null): Peaks {
  const rate = (key: 'deviceConnects' | 'brokerConnects' | 'sends') =>
    peak(evidence, span, row => (row[key] * 1000) / row.intervalMs)
  const attempts = rate('deviceConnects')
  return {
    // A fleet whose sessions were never touched has withstood no storm, of however few attempts.
    deviceConnectsPerSecond: attempts.value === 0 ? { ...notKnown(NO_STORM), from: attempts.from } : attempts,
    brokerConnectsPerSecond: rate('brokerConnects'),
    sendsPerSecond: rate('sends'),
    loopDelayMs: peak(evidence, span, row => row.loopDelayMs),
  }
}

function peak(evidence: Evidence, span: Span | null, value: (row: FleetRow) => number): Measured {
  if (!span) return notKnown('the journal does not say when')
  const series = evidence.fleet
  const rows = series.rows.filter(row => row.t > span.fromMs && row.t - row.intervalMs < span.toMs)
  const worst = rows.toSorted((a, b) => value(b) - value(a))[0]
  if (!worst) return notKnown(`the fleet was not sampled: ${series.trouble ?? 'no sample in this span'}`)
  const found = Math.round(value(worst))
  const from = sampleProof(series.file, worst, found)
  // The span's own ends count: a sampler that ended early saw no peak that came later.
  const edges = [{ t: span.fromMs }, ...rows, { t: Math.max(span.toMs, rows.at(-1)?.t ?? 0) }]
  const hole = firstHole(edges, HOLE_PERIODS * series.periodMs)
  if (!hole) return known(found, from)
  return {
    value: null,
    why: `no fleet sample between ${hole.fromMs} and ${hole.toMs} ms`,
    atLeast: found,
    from: [from],
  }
}

/**
 * A window without the sample in which the next fault begins: what that one does is its own. As it is where samples end
 * long before it does.
 */
export function ownPart({ rows, periodMs }: Evidence['fleet'], span: Span): Span {
  const last = rows.findLast(row => row.t <= span.toMs)
  if (!last || last.t <= span.fromMs || span.toMs - last.t > HOLE_PERIODS * periodMs) return span
  return { fromMs: span.fromMs, toMs: Math.max(span.fromMs, last.t - periodMs / 2) }
}

export function firstHole(rows: readonly { readonly t: number }[], longerThanMs: number): Span | null {
  let previous: number | null = null
  for (const { t } of rows) {
    if (previous !== null && t - previous > longerThanMs) return { fromMs: previous, toMs: t }
    previous = t
  }
  return null
}

export function measureFleet(evidence: Evidence, timeline: RunTimeline): Measurements['fleet'] {
  const { header, fleet, shards, sends } = evidence
  const whole =
    timeline.endsAt === null ? null : { fromMs: timeline.steady?.fromMs ?? 0, toMs: timeline.endsAt }
  const total = (key: 'due' | 'acked' | 'failed' | 'unknown'): Measured =>
    fleet.rows.length === 0
      ? notKnown(fleet.trouble ?? 'the fleet was not sampled')
      : known(
          fleet.rows.reduce((sum, row) => sum + row[key], 0),
          {
            file: fleet.file,
            selector: `sum of ${key}`,
            value: fleet.rows.length,
          },
        )
  const gateways = shards.filter(shard => shard.role === 'gateway')
  const loopDelayMs = peak(evidence, whole, row => row.loopDelayMs)
  const acked = fleet.rows.filter(row => whole && row.t > whole.fromMs && row.t <= whole.toMs)
  const ackedMs = acked.reduce((sum, row) => sum + row.intervalMs, 0)
  const steady = timeline.steady ? phaseLatency(sends, timeline.steady) : null
  const load = whole ? phaseLatency(sends, whole) : null
  const steadyLatency = (value: number | null | undefined): Measured =>
    value === null || value === undefined
      ? notKnown('no send was acknowledged in the steady part')
      : known(value, {
          file: 'history',
          selector: 'sends due in the steady part',
          value: steady?.batches ?? 0,
        })
  return {
    devices: header.drill.fleet.devices,
    gateways: gateways.length,
    due: total('due'),
    acked: total('acked'),
    failed: total('failed'),
    unknown: total('unknown'),
    dropped: fromHistories(gateways, 'drop lines', shard => shard.droppedRecords),
    refused: fromHistories(gateways, 'parts of one record that were refused', shard => shard.refusedRecords),
    ackedPerSecond:
      ackedMs === 0
        ? notKnown('the fleet was not sampled')
        : known(Math.round((acked.reduce((sum, row) => sum + row.acked, 0) * 1000) / ackedMs), {
            file: fleet.file,
            selector: `lines ${acked[0]?.line} to ${acked.at(-1)?.line}`,
            value: acked.length,
          }),
    steadyP50Ms: steadyLatency(steady?.p50Ms),
    steadyP99Ms: steadyLatency(steady?.p99Ms),
    producerP99Ms: producerP99(load, 'sends due from the steady state to the end'),
    peaks: measurePeaks(evidence, whole),
    loopDelayMs,
    toolIsBottleneck: loopDelayMs.value === null ? null : loopDelayMs.value > BOTTLENECK_LOOP_DELAY_MS,
    nodes: header.nodes.map(({ id, zone }) => ({ node: id, zone, ...measureNode(evidence, id) })),
  }
}

function fromHistories(
  gateways: Evidence['shards'],
  selector: string,
  countOf: (shard: Evidence['shards'][number]) => number,
): Measured {
  if (gateways.length === 0) return notKnown('there is no history of any gateway')
  return known(
    gateways.reduce((sum, shard) => sum + countOf(shard), 0),
    ...gateways.map(shard => ({ file: shard.file, selector, value: countOf(shard) })),
  )
}

/** A lower bound where the slowest one in a hundred still waited when the histories ended. */
export function producerP99(found: PhaseLatency | null, selector: string): Measured {
  if (found === null || found.p99Ms === null) return notKnown('nothing was sent in this part')
  const from = { file: 'history', selector, value: found.batches + found.undelivered }
  if (!found.p99IsAtLeast) return known(found.p99Ms, from)
  const why = `${found.undelivered} partitions of requests were never acknowledged`
  return longerThan(found.p99Ms, why, from)
}

/** CPU seconds add up over restarts: a counter that goes back belongs to a new process. */
function measureNode(
  evidence: Evidence,
  node: number,
): { cpuSeconds: Measured; peakResidentBytes: Measured } {
  const { file, rows, trouble } = evidence.nodes
  const mine = rows.filter(row => row.node === node)
  const cpu = mine.filter(row => row.cpuSeconds !== null)
  const first = cpu[0]
  const last = cpu.at(-1)
  const why = trouble ?? `broker ${node} was not sampled`
  let used = 0
  let previous = first?.cpuSeconds ?? 0
  for (const { cpuSeconds } of cpu) {
    const now = cpuSeconds ?? previous
    used += now >= previous ? now - previous : now
    previous = now
  }
  const largest = mine.toSorted((a, b) => (b.residentBytes ?? -1) - (a.residentBytes ?? -1))[0]
  return {
    cpuSeconds:
      first && last
        ? known(
            Math.round(used * 10) / 10,
            sampleProof(file, first, first.cpuSeconds ?? 0),
            sampleProof(file, last, last.cpuSeconds ?? 0),
          )
        : notKnown(why),
    peakResidentBytes:
      typeof largest?.residentBytes === 'number'
        ? known(largest.residentBytes, sampleProof(file, largest, largest.residentBytes))
        : notKnown(why),
  }
}
