import { usesSharedStorage } from '../platforms/index.ts'
import type { Evidence } from './evidence.ts'
import { AUTOMQ_WAL_PENDING } from '../platforms/automq/metrics.ts'
import type { Measurements, Phase } from '../record/measurements.ts'

/**
 * Could those who recover have seen what they need? Consumer lag alone is not enough: for each signal, the share
 * of the samples that were due in a phase and came, and the longest time without one. A node that is down serves
 * no metrics; that is a hole in what an operator sees, and it counts as one. What a platform does not have owes
 * nothing: where there is one copy of each record there is no replication to be seen.
 */
interface Signal {
  readonly signal: string
  readonly file: string
  readonly periodMs: number
  /** Sources that each owe a sample per period: nodes, or one. */
  readonly sources: readonly string[]
  /** By source: when it was heard. */
  readonly heard: ReadonlyMap<string, readonly number[]>
}

export type Observability = Measurements['observability']

export function measureObservability(evidence: Evidence, phases: readonly Phase[]): Observability {
  return signalsOf(evidence).map(signal => ({
    signal: signal.signal,
    file: signal.file,
    phases: phases.map(({ name, fromMs, toMs }) => ({ name, ...coverage(signal, fromMs, toMs) })),
  }))
}

function signalsOf(evidence: Evidence): Signal[] {
  const { header, brokerMetrics, nodes, cluster, consumers, links, fleet, connector, connectors } = evidence
  const nodeNames = header.nodes.map(node => String(node.id))
  const metric = (prefix: string) =>
    brokerMetrics.rows
      .filter(row => Object.keys(row.metrics).some(name => name.startsWith(prefix)))
      .map(row => [String(row.node), row.t] as const)
  const from = (
    signal: string,
    series: { file: string; periodMs: number },
    sources: readonly string[],
    pairs: readonly (readonly [string, number])[],
  ): Signal => ({
    signal,
    file: series.file,
    periodMs: series.periodMs,
    sources,
    heard: grouped(pairs),
  })
  const all = (rows: readonly { readonly t: number }[]) => rows.map(row => ['all', row.t] as const)
  const lag = consumers.rows.filter(row => row.consumer === 'tail' && row.lagRecords !== null)
  const cache = nodes.rows.flatMap(row =>
    typeof row.diskReadBytes === 'number' ? [[String(row.node), row.t] as const] : [],
  )
  const replication = 'Replication'
  const [copies, storage] = usesSharedStorage(header.platform)
    ? [notOwed(replication), from('Not uploaded yet', brokerMetrics, nodeNames, metric(AUTOMQ_WAL_PENDING))]
    : [
        from(replication, brokerMetrics, nodeNames, metric('broker_replica_max_lag_records')),
        from('Broker storage', brokerMetrics, nodeNames, metric('broker_log_size_bytes')),
      ]
  return [
    from('Application outcome', fleet, ['all'], all(fleet.rows)),
    from('Consumer lag', consumers, ['all'], all(lag)),
    copies,
    from('Controller', cluster, ['all'], all(cluster.rows.filter(row => row.controller !== null))),
    storage,
    from('Page cache', nodes, nodeNames, cache),
    from('Traffic between zones', links, ['all'], all(links.rows)),
    header.drill.connectors
      ? from(
          'Connector',
          connectors,
          header.drill.connectors.sinks.map(({ name }) => name),
          connectors.rows.flatMap(row => (row.state === null ? [] : [[row.connector, row.t] as const])),
        )
      : header.drill.connector
        ? from('Connector', connector, ['all'], all(connector.rows.filter(row => row.connector !== null)))
        : notOwed('Connector'),
  ]
}

function notOwed(signal: string): Signal {
  return { signal, file: '', periodMs: 1000, sources: [], heard: new Map() }
}

function grouped(pairs: readonly (readonly [string, number])[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [source, t] of pairs) {
    const times = groups.get(source)
    if (times) times.push(t)
    else groups.set(source, [t])
  }
  return groups
}

/**
 * null where no source owes anything, e.g. connectors in a drill without one. A phase that is shorter than the
 * period is seen if the latest sample at its end is younger than the period.
 */
function coverage(
  { sources, heard, periodMs }: Signal,
  beginsMs: number,
  toMs: number,
): { share: number | null; longestGapMs: number | null } {
  if (sources.length === 0) return { share: null, longestGapMs: null }
  const fromMs = Math.min(beginsMs, toMs - periodMs)
  const due = Math.max(1, Math.floor((toMs - fromMs) / periodMs))
  let came = 0
  let longestGapMs = 0
  for (const source of sources) {
    const times = (heard.get(source) ?? []).filter(t => t >= fromMs && t <= toMs)
    came += Math.min(due, times.length)
    let last = fromMs
    for (const t of [...times, toMs]) {
      longestGapMs = Math.max(longestGapMs, t - last)
      last = t
    }
  }
  return { share: Math.round((came / (due * sources.length)) * 1000) / 1000, longestGapMs }
}
