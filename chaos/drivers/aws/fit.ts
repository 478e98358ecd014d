import type { Drill, FaultEntry } from '../../core/drill.ts'
import { AftershockError } from '../../core/errors.ts'
import { type PlatformName, usesObjectStore } from '../../platforms/index.ts'
import type { Capability } from '../driver.ts'
import type { WayName } from './reach/reach.ts'

/** What a deployed environment has of the port of faults; the run brings its clients. */
export const AWS_CAPABILITIES: readonly Capability[] = ['processes', 'disks', 'links', 'commands']

export const capabilitiesOf = (usesStore: boolean): readonly Capability[] =>
  usesStore ? [...AWS_CAPABILITIES, 'objectStore'] : AWS_CAPABILITIES

/** What is absent, and why: plans and refusals say it. */
export const ABSENT: Readonly<Partial<Record<Capability, string>>> = {
  settings: 'settings of brokers, which its stacks own',
  access: 'rights of principals',
  connectors: 'Connect workers of the run’s own',
  processor: 'a stateful processor of the run’s own',
  regions: 'a second region',
}
/** Of the object store, which is S3 itself: it can be cut off, and nothing else. */
export const ABSENT_OF_STORE =
  'errors of the object store by operation, and answers of it that come late: S3 answers nobody so because we want it'
export const absent = (): readonly string[] => [...Object.values(ABSENT), ABSENT_OF_STORE]

/**
 * Refuses what cannot be done or proven there, before anything is touched.
 * @throws AftershockError `refused`, with every reason
 */
export function refuseUnfit(drill: Drill, platform: PlatformName, way: WayName = 'network'): void {
  const reasons = [
    ...ownParts(drill),
    ...drill.timeline.flatMap(entry => (entry.role === 'fault' ? unfit(entry, platform) : [])),
    ...overlapping(drill),
    ...(way === 'sessions' ? beyondSessions(drill) : []),
  ]
  if (reasons.length === 0) return
  throw new AftershockError(
    'refused',
    `the aws driver cannot run ${drill.drill}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`,
    {
      hint: 'docs/drills-on-aws.md says what a drill can do there; everything else runs with --driver local',
    },
  )
}

/** Its proof is how fast a transfer is, which a session decides before any link does. */
const beyondSessions = ({ timeline }: Drill): string[] =>
  timeline.flatMap(({ id, kind }) =>
    kind === 'link-bandwidth'
      ? [
          `${id}: ${kind}: a session of Systems Manager carries less than a narrow link, so that it could not be proven; run it on a machine of the network`,
        ]
      : [],
  )

const ownParts = (drill: Drill): string[] =>
  (['connector', 'connectors', 'processor', 'regions', 'security'] as const)
    .filter(part => drill[part] !== undefined && drill[part] !== null)
    .map(part => `${part}: the run starts nothing of that kind in an account`)

function unfit({ id, kind, spec }: FaultEntry, platform: PlatformName): string[] {
  if (kind.startsWith('s3-')) return unfitForStore(id, kind, spec)
  if (kind !== 'zone-cut') return []
  const { objectStore = 'cut' } = spec
  return objectStore === 'cut' && usesObjectStore(platform)
    ? [
        `${id}: objectStore cut: two faults do that there: zone-cut with objectStore: keep, and s3-outage of the zone`,
      ]
    : []
}

function unfitForStore(
  id: string,
  kind: string,
  { zones = 'all', mode = 'silent' }: FaultEntry['spec'],
): string[] {
  if (kind !== 's3-outage') return [`${id}: ${kind}: ${ABSENT_OF_STORE}`]
  const isOne = typeof zones === 'string' ? zones !== 'all' : Array.isArray(zones) && zones.length === 1
  return [
    ...(isOne ? [] : [`${id}: it takes the store from more than one zone, and one zone is the limit`]),
    ...(mode === 'silent'
      ? []
      : [`${id}: mode ${String(mode)}: without a route bytes vanish, and nothing refuses`]),
  ]
}

/** Whether the zone as a whole goes under another network ACL; what does less is done on its machines. */
function isByAcl({ kind, spec }: FaultEntry): boolean {
  const { direction = 'both', traffic = 'all', mode = 'silent' } = spec
  return kind === 'zone-cut' && direction === 'both' && traffic === 'all' && mode === 'silent'
}

/** One zone at once is the limit, and healing one cut would heal another of the same zone. */
function overlapping({ timeline }: Drill): string[] {
  const cuts = timeline.flatMap(entry =>
    entry.role === 'fault' && isByAcl(entry)
      ? [{ id: entry.id, from: entry.atMs, to: entry.atMs + (entry.forMs ?? Number.POSITIVE_INFINITY) }]
      : [],
  )
  return cuts.flatMap((cut, index) =>
    cuts
      .slice(index + 1)
      .filter(other => cut.from < other.to && other.from < cut.to)
      .map(other => `${cut.id} and ${other.id}: zones are cut one after another there`),
  )
}

/** Whether a zone that is cut off keeps its way to S3. */
export function keepsStore({ timeline }: Drill): boolean {
  return timeline.some(({ kind, spec }) => kind === 'zone-cut' && spec['objectStore'] === 'keep')
}

/** Above what any fault of the drill lasts, its proof and its healing: what a machine waits before it heals itself. */
export function leaseOf({ timeline, settleMs }: Drill): number {
  const ends = timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  const whole = Math.max(0, ...ends) + settleMs
  const longest = timeline.map(entry => (entry.role === 'fault' ? (entry.forMs ?? whole) : 0))
  return Math.max(0, ...longest) + AROUND_MS
}

/** For injecting, proving and healing through Systems Manager, with time to spare. */
const AROUND_MS = 240_000
