import type { Drill, FaultEntry } from '../../core/drill.ts'
import { AftershockError } from '../../core/errors.ts'
import { type PlatformName, usesObjectStore } from '../../platforms/index.ts'
import type { Capability } from '../driver.ts'

/** What a deployed environment has of the port of faults; the run brings its clients. */
export const AWS_CAPABILITIES: readonly Capability[] = ['processes', 'links', 'commands']

/** What is absent, and why: plans and refusals say it. */
export const ABSENT: Readonly<Partial<Record<Capability, string>>> = {
  disks: 'disks of brokers, which no document here wipes',
  objectStore: 'the object store by operation: S3 answers nobody with 503 because we want it',
  settings: 'settings of brokers, which its stacks own',
  access: 'rights of principals',
  connectors: 'Connect workers of the run’s own',
  processor: 'a stateful processor of the run’s own',
  regions: 'a second region',
}

/** Faults of links for which a network ACL is too coarse. */
const BY_LINK = /^(link-|region-cut$)/

/**
 * Refuses what cannot be done or proven there, before anything is touched.
 * @throws AftershockError `refused`, with every reason
 */
export function refuseUnfit(drill: Drill, platform: PlatformName): void {
  const reasons = [
    ...ownParts(drill),
    ...drill.timeline.flatMap(entry => (entry.role === 'fault' ? unfit(entry, platform) : [])),
    ...overlapping(drill),
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

const ownParts = (drill: Drill): string[] =>
  (['connector', 'connectors', 'processor', 'regions', 'security'] as const)
    .filter(part => drill[part] !== undefined && drill[part] !== null)
    .map(part => `${part}: the run starts nothing of that kind in an account`)

function unfit({ id, kind, spec }: FaultEntry, platform: PlatformName): string[] {
  if (BY_LINK.test(kind))
    return [`${id}: ${kind} touches single links, and a network ACL cuts a zone as a whole`]
  if (kind !== 'zone-cut') return []
  const { direction = 'both', traffic = 'all', mode = 'silent', objectStore = 'cut' } = spec
  return [
    ...(direction === 'both' ? [] : [`${id}: direction ${String(direction)}: an ACL cuts both ways`]),
    ...(traffic === 'all' ? [] : [`${id}: traffic ${String(traffic)}: an ACL cuts all of it`]),
    ...(mode === 'silent' ? [] : [`${id}: mode ${String(mode)}: an ACL drops, and refuses nothing`]),
    ...(objectStore === 'cut' && usesObjectStore(platform)
      ? [
          `${id}: objectStore cut: nothing here proves it yet; objectStore: keep leaves the zone its way to S3`,
        ]
      : []),
  ]
}

/** One zone at once is the limit, and healing one cut would heal another of the same zone. */
function overlapping({ timeline }: Drill): string[] {
  const cuts = timeline.flatMap(entry =>
    entry.role === 'fault' && entry.kind === 'zone-cut'
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
