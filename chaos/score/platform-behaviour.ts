import { isPlatform, isShared } from '../core/platform.ts'
import { failovers, failoverTimeline, type NodeLog } from '../platforms/automq-log.ts'
import type { Evidence } from './evidence.ts'
import type { PlatformBehaviour } from './measurements.ts'

/** What brokers did by themselves: ends that nothing of the run caused, and failovers that only logs tell of. */
export function platformBehaviour({ header, journal, nodeLogs }: Evidence): PlatformBehaviour {
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
  const tells = isPlatform(header.platform) && isShared(header.platform)
  const told = tells ? failovers(failoverTimeline(nodeLogs.map(asKept), header.startedAtWallMs)) : []
  return { restarts, failovers: told.map(failover => ({ ...failover })) }
}

/** At the end of a run every broker is ended: its last line says nothing about the platform. */
function asKept({ node, text }: Evidence['nodeLogs'][number]): NodeLog {
  return { node, text, alive: true }
}
