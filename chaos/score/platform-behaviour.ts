import { usesSharedStorage } from '../platforms/index.ts'
import { failovers, failoverTimeline, type NodeLog } from '../platforms/automq/log.ts'
import {
  AUTOMQ_DOWNLOADED,
  AUTOMQ_ROUTED,
  AUTOMQ_UPLOADED,
  AUTOMQ_WAL_PENDING,
} from '../platforms/automq/metrics.ts'
import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { known, type Measured, notKnown } from '../record/measured.ts'
import type { PlatformBehaviour } from '../record/platform-behaviour.ts'

/**
 * What brokers did by themselves: ends that nothing of the run caused, and failovers that only logs tell of; what the
 * drill had to wait for; and how a shared platform used its store, by its own metrics.
 */
export function platformBehaviour(evidence: Evidence): PlatformBehaviour {
  const { header, journal, nodeLogs } = evidence
  const restarts = journal.events.flatMap(({ event, line }) =>
    event.kind === 'node.restarted' || event.kind === 'node.given-up'
      ? [
          {
            node: event.node,
            t: event.t,
            afterMs: event.kind === 'node.restarted' ? event.afterMs : null,
            attempt: event.kind === 'node.restarted' ? event.attempt : null,
            lastWords: [...event.lastWords],
            line,
          },
        ]
      : [],
  )
  const tells = usesSharedStorage(header.platform)
  const told = tells ? failovers(failoverTimeline(nodeLogs.map(asKept), header.startedAtWallMs)) : []
  return {
    restarts,
    failovers: told.map(failover => ({ ...failover })),
    waits: waits(journal.events),
    ...(tells && { storage: storage(evidence) }),
  }
}

/** At the end of a run every broker is ended: its last line says nothing about the platform. */
function asKept({ node, text }: Evidence['nodeLogs'][number]): NodeLog {
  return { node, text, alive: true }
}

/** A wait is over when the journal says the next thing of what waited. */
function waits(events: Evidence['journal']['events']): NonNullable<PlatformBehaviour['waits']> {
  return events.flatMap(({ event, line }, index) => {
    if (event.kind !== 'fault.waiting' && event.kind !== 'timeline.waiting') return []
    const id = event.kind === 'fault.waiting' ? event.id : null
    const over = events
      .slice(index + 1)
      .find(({ event: next }) =>
        id === null ? next.kind === 'steady-state' : 'id' in next && next.id === id,
      )
    return [{ id, t: event.t, forMs: over ? over.event.t - event.t : null, why: event.why, line }]
  })
}

type MetricsRow = Evidence['brokerMetrics']['rows'][number]

function storage({ header, journal, brokerMetrics }: Evidence): NonNullable<PlatformBehaviour['storage']> {
  const when = (kind: 'timeline.started' | 'fleet.stopped') =>
    journal.events.find(({ event }) => event.kind === kind)?.event.t
  const fromMs = when('timeline.started') ?? 0
  const toMs = when('fleet.stopped') ?? Number.POSITIVE_INFINITY
  const { file, rows, trouble } = brokerMetrics
  return header.nodes.map(({ id: node }) => {
    const mine = rows.filter(row => row.node === node && row.t <= toMs)
    // A counter's own beginning: the last that was heard before the timeline.
    const before = mine.findLastIndex(row => row.t <= fromMs)
    const counted = (name: string) => counterGrowth(mine.slice(Math.max(0, before)), name, file, trouble)
    return {
      node,
      mostPendingBytes: largest(
        mine.filter(row => row.t >= fromMs),
        AUTOMQ_WAL_PENDING,
        file,
        trouble,
      ),
      uploadedBytes: counted(AUTOMQ_UPLOADED),
      downloadedBytes: counted(AUTOMQ_DOWNLOADED),
      routedBytes: counted(AUTOMQ_ROUTED),
    }
  })
}

function largest(rows: readonly MetricsRow[], name: string, file: string, trouble: string | null): Measured {
  const heard = heardOf(rows, name)
  const most = heard.toSorted((a, b) => b.value - a.value)[0]
  return most ? known(most.value, sampleProof(file, most.row, most.value)) : notKnown(trouble ?? silent(name))
}

/** A counter that goes back belongs to a new process, which began at zero. */
function counterGrowth(
  rows: readonly MetricsRow[],
  name: string,
  file: string,
  trouble: string | null,
): Measured {
  const heard = heardOf(rows, name)
  const [first, last] = [heard[0], heard.at(-1)]
  if (!first || !last || heard.length < 2) return notKnown(trouble ?? silent(name))
  let grown = 0
  let previous = first.value
  for (const { value } of heard.slice(1)) {
    grown += value >= previous ? value - previous : value
    previous = value
  }
  return known(grown, sampleProof(file, first.row, first.value), sampleProof(file, last.row, last.value))
}

function heardOf(rows: readonly MetricsRow[], name: string) {
  return rows.flatMap(row => {
    const value = row.metrics[name]
    return value === undefined ? [] : [{ row, value }]
  })
}

const silent = (name: string): string => `the broker did not serve ${name}`
