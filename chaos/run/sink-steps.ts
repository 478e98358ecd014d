import { AftershockError } from '../core/errors.ts'
import { list, plural } from '../core/numbers.ts'
import { waitFor } from '../core/wait.ts'
import type { GoingSink, LeftSink } from '../drivers/environment.ts'
import { type RegionPlace, type RegionStep, type Whereabouts, withoutCheckpoint } from './region-steps.ts'

const ASK_MS = 500
const SHOWN = 3

/**
 * Sinks go to region b, where the drill says so: workers in region a are ended, places that the mirror translated for each
 * sink's group are looked at, and a worker begins in region b.
 */
export const moveSinks = (place: RegionPlace): RegionStep[] => [...leaveSinks(place), ...followSinks(place)]

/** Nobody produces in region a: until each sink has committed all of it, and checkpoints have that. */
export function drainSinks(place: RegionPlace, whereabouts: Whereabouts): RegionStep[] {
  const { connectors, regions, spec, clock } = place
  if (!connectors?.going || spec.failOver.connectors === 'stays') return []
  const sinks = connectors.going()
  const isTranslated = spec.failOver.connectors === 'translated'
  return [
    {
      name: 'sinks drained',
      async work({ signal, withinMs }) {
        let behind: string[] = []
        const wait = { clock, deadlineMs: withinMs, everyMs: ASK_MS, signal }
        const lastSeen = () => behind.slice(0, SHOWN).join('; ')
        await waitFor(
          'sinks to have committed region a to its end',
          async () => {
            const each = await Promise.all(sinks.map(sink => notCommitted(place, sink)))
            behind = each.flat()
            return behind.length === 0
          },
          { ...wait, lastSeen },
        )
        if (isTranslated)
          await waitFor(
            'checkpoints to have what sinks committed',
            async () => {
              behind = []
              for (const { group, topics } of sinks) {
                const committed = ownOf(topics, (await regions.placesOf(group, 'a')).committed)
                behind.push(...(await withoutCheckpoint(place, 'there', { group, committed, whereabouts })))
              }
              return behind.length === 0
            },
            { ...wait, lastSeen },
          )
        const names = list(sinks.map(({ connector }) => connector))
        return {
          proof: `${names} committed all that region a has${isTranslated ? ', and checkpoints have it' : ''}`,
        }
      },
    },
  ]
}

async function notCommitted({ regions }: RegionPlace, { connector, group, topics }: GoingSink) {
  const { committed, ends } = await regions.placesOf(group, 'a')
  return Object.entries(ownOf(topics, ends)).flatMap(([key, end]) =>
    (committed[key] ?? 0) >= end ? [] : [`${connector} is at ${committed[key] ?? 0} of ${end} of ${key}`],
  )
}

const ownOf = (topics: readonly string[], by: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(by).filter(([key]) => topics.includes(key.slice(0, key.lastIndexOf('/')))),
  )

export function leaveSinks({ connectors, regions, spec }: RegionPlace): RegionStep[] {
  if (!connectors || spec.failOver.connectors === 'stays') return []
  return [
    {
      name: 'sinks',
      async work() {
        if (!connectors.leave) throw CANNOT_GO()
        const left = await connectors.leave()
        const found = []
        for (const sink of left) found.push(placesOf(sink, await regions.placesOf(sink.group, 'b')))
        return { proof: `workers in region a are ended; ${list(found)}` }
      },
    },
  ]
}

/** That tasks say RUNNING is no proof: rows are. */
export function followSinks({ connectors, spec, clock }: RegionPlace): RegionStep[] {
  if (!connectors || spec.failOver.connectors === 'stays') return []
  return [
    {
      name: 'connectors',
      async work({ signal, withinMs }) {
        if (!connectors.follow || !connectors.writes) throw CANNOT_GO()
        const before = await connectors.writes()
        const { workers, tasks, places } = await connectors.follow(signal)
        let written = 0
        await waitFor(
          'sinks in region b to write a row',
          async () => {
            const now = await connectors.writes?.()
            written = typeof now === 'number' && before !== null ? now - before : 0
            return written > 0
          },
          { clock, deadlineMs: withinMs, everyMs: ASK_MS, signal },
        )
        return {
          proof: `${plural(tasks, 'task')} ${tasks === 1 ? 'runs' : 'run'} on ${plural(workers, 'worker')} of region b, and the database was written ${written} rows${[...places].map(([name, row]) => `; ${name} goes on at row ${row}`).join('')}`,
        }
      },
    },
  ]
}

/** @throws AftershockError `refused` where a sink would begin beyond the end, and be given nothing */
function placesOf(
  { connector, group, topics, committed: inA }: LeftSink,
  { committed, ends }: Awaited<ReturnType<RegionPlace['regions']['placesOf']>>,
): string {
  const own = Object.entries(ownOf(topics, committed))
  const beyond = own.filter(([key, offset]) => offset > (ends[key] ?? 0))
  const [first] = beyond
  if (first)
    throw new AftershockError(
      'refused',
      `${group} has ${first[0]} at ${first[1]} and region b ends at ${ends[first[0]] ?? 0}; ${beyond.length} such partitions`,
      { hint: 'set these offsets by hand before the sink begins there' },
    )
  return `${own.length} of ${Object.keys(inA).length} partitions of ${connector} have an offset in region b, none beyond its end`
}

const CANNOT_GO = () => new AftershockError('internal', 'the sinks cannot go to region b')
