import type { Evidence } from '../../../chaos/score/evidence.ts'
import { logOf } from './sends.ts'

type Rows<K extends 'fleet' | 'cluster' | 'links' | 'consumers' | 'nodes'> = readonly Omit<
  Evidence[K]['rows'][number],
  'line'
>[]

/** A series as if it had been read: lines count from 1. */
export function seriesOf<T extends { readonly t: number }>(
  name: string,
  periodMs: number,
  rows: readonly T[],
) {
  return {
    file: `samples/${name}.jsonl`,
    periodMs,
    rows: rows.map((row, index) => ({ ...row, line: index + 1 })),
    trouble: null as string | null,
  }
}

export const clusterSeries = (rows: Rows<'cluster'>): Evidence['cluster'] => seriesOf('cluster', 250, rows)
export const linkSeries = (rows: Rows<'links'>): Evidence['links'] => seriesOf('links', 1000, rows)

/** Every 250 ms, with what differs at which time. */
export function clusterRows(
  fromMs: number,
  toMs: number,
  at: (t: number) => Partial<Rows<'cluster'>[number]> = () => ({}),
): Rows<'cluster'> {
  return Array.from({ length: Math.floor((toMs - fromMs) / 250) + 1 }, (_, index) => {
    const t = fromMs + index * 250
    return { t, answered: [1, 2, 3], controller: 1, underReplicated: 0, offline: 0, ...at(t) }
  })
}

const counts = {
  due: 10,
  acked: 10,
  failed: 0,
  unknown: 0,
  dropped: 0,
  sends: 5,
  deviceConnects: 0,
  brokerConnects: 0,
  buffered: 0,
}
const latency = { n: 5, p50: 10, p95: 20, p99: 30, max: 40 }

export function fleetRows(
  fromMs: number,
  toMs: number,
  at: (t: number) => Partial<Rows<'fleet'>[number]> = () => ({}),
): Rows<'fleet'> {
  return Array.from({ length: Math.floor((toMs - fromMs) / 1000) + 1 }, (_, index) => {
    const t = fromMs + index * 1000
    return { t, intervalMs: 1000, ...counts, latency, byZone: {}, loopDelayMs: 12, ...at(t) }
  })
}

/** Evidence with everything empty but what a test fills in. */
export function evidenceOf(changes: Partial<Evidence> = {}): Evidence {
  return {
    runDir: '/nowhere',
    header: {
      platform: 'kafka',
      drill: { drill: 'x', slowAfterMs: 1000, fleet: { devices: 10 } },
      zones: ['az-a', 'az-b', 'az-c'],
      nodes: [1, 2, 3].map(id => ({ id, zone: `az-${'abc'[id - 1]}`, host: `kafka-${id}` })),
      ownsLab: true,
    } as unknown as Evidence['header'],
    journal: { events: [], broken: null, skipped: [], lines: 0, head: '' },
    sends: logOf([]),
    sendErrors: [],
    shards: [],
    fleet: seriesOf('fleet', 1000, fleetRows(0, 40_000)),
    tool: seriesOf('tool', 1000, []),
    machine: seriesOf('machine', 1000, []),
    cluster: clusterSeries(clusterRows(0, 40_000)),
    links: linkSeries([]),
    consumers: seriesOf('consumers', 1000, []),
    nodes: seriesOf('nodes', 1000, []),
    brokerMetrics: seriesOf('broker-metrics', 1000, []),
    localLog: seriesOf('local-log', 1000, []),
    objectStore: seriesOf('object-store', 1000, []),
    connector: seriesOf('connector', 1000, []),
    connectors: seriesOf('connectors', 1000, []),
    sinks: null,
    processorSamples: seriesOf('processor', 1000, []),
    processor: null,
    regionSamples: seriesOf('regions', 1000, []),
    regions: null,
    upgrade: null,
    clusterInB: seriesOf('cluster-b', 250, []),
    linksInB: seriesOf('links-b', 1000, []),
    sources: [],
    replayHistories: new Map(),
    nodeLogs: [],
    linkTotals: null,
    ...changes,
  }
}
