import type { ActionOutcome, RegionOrder } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import { mirroredName, type RegionName, type RegionsSpec } from '../core/regions.ts'
import { waitFor } from '../core/wait.ts'
import type { ConnectorCluster, SecondRegion, StatefulProcessor } from '../drivers/environment.ts'
import type { StartedFleet } from '../fleet/started-fleet.ts'
import type { FleetCluster } from '../fleet/station.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import type { Readers } from './readers.ts'
import { type Done, type Step, type TakenStep, takeSteps } from './take-steps.ts'

/** What moves between regions are made with. */
export interface RegionPlace {
  readonly spec: RegionsSpec
  readonly regions: SecondRegion
  /** As gateways reach it. */
  readonly regionA: FleetCluster
  readonly fleet: Pick<StartedFleet, 'gateways' | 'hold' | 'release' | 'moveTo' | 'sinceMove'>
  readonly readers: Pick<Readers, 'committed' | 'lagIn' | 'leave' | 'followIn' | 'followBack'>
  /** null: the run has none. */
  readonly processor: Pick<StatefulProcessor, 'leave' | 'follow'> | null
  /** null: the run has no sinks into a database. */
  readonly connectors: Pick<ConnectorCluster, 'going' | 'leave' | 'follow' | 'writes'> | null
  readonly clock: Clock
  readonly record: (event: JournalEvent) => void
  /** Tells a person what to do, and waits until they say that it is done. */
  readonly person: (
    id: string,
    what: string,
    limits: { withinMs: number; signal: AbortSignal },
  ) => Promise<boolean>
}

/** What one move leaves for the next. */
export interface Whereabouts {
  /** Where devices and consumers are. */
  at: RegionName
  /** Where region b ended when the mirror into it had stopped and no device had written there. */
  endsOfB: Readonly<Record<string, number>> | null
  /** What consumers had dealt with in region a when they left it. */
  doneInA: Readonly<Record<string, number>>
  /** Some devices went to region b and others did not: region a was written to while nobody read there. */
  isSplit: boolean
}

export type StepEvent = Extract<JournalEvent, { kind: 'region.step' }>
interface RegionDone extends Done {
  readonly group?: StepEvent['group']
}
export type RegionStep = Step<RegionDone>
export type Starts = Readonly<Record<string, number>>

const LOOK_MS = 20
const ASK_MS = 500

/** Each stands in the journal as it is taken. */
export function takeRegionSteps(
  { clock, record }: RegionPlace,
  { id, withinMs }: RegionOrder,
  to: RegionName,
  steps: readonly RegionStep[],
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const taken = ({ done, ...step }: TakenStep<RegionDone>) =>
    record({ kind: 'region.step', id, to, ...step, ...(done?.group && { group: done.group }) })
  return takeSteps({ clock, taken }, steps, { withinMs, signal })
}

/** The mirror stops, so that nothing old comes after what is new. */
export const stopMirror = (place: RegionPlace, way: 'there' | 'back'): RegionStep => ({
  name: 'mirror',
  async work({ signal }) {
    const states = await place.regions.stopMirror(signal, way)
    return {
      proof: Object.entries(states)
        .map(([name, state]) => `${name} is ${state}`)
        .join(', '),
    }
  },
})

/** Of one region or the other, until its own records are acknowledged. */
export const moveDevices = (
  place: RegionPlace,
  to: RegionName,
  { name, gateways }: { readonly name: string; readonly gateways?: readonly string[] },
): RegionStep => ({
  name,
  async work({ signal, withinMs }) {
    const { fleet, regions, regionA, clock } = place
    await fleet.moveTo(to === 'b' ? regions : regionA, to, gateways)
    const acked = () => fleet.sinceMove(gateways).acked
    await waitFor(`region ${to} to acknowledge a record`, () => acked() > 0, {
      clock,
      deadlineMs: withinMs,
      everyMs: LOOK_MS,
      signal,
    })
    return { proof: `region ${to} acknowledged ${acked()} records` }
  },
})

export const moveConsumers = (place: RegionPlace, to: RegionName, starts: () => Starts): RegionStep => ({
  name: 'consumers',
  async work({ signal, withinMs }) {
    const { readers, regions, spec, clock } = place
    const reader =
      to === 'b'
        ? await readers.followIn(regions, spec, starts())
        : await readers.followBack(starts(), 'tail-back')
    await waitFor(`consumers to be given a record of region ${to}`, () => reader.records() > 0, {
      clock,
      deadlineMs: withinMs,
      everyMs: LOOK_MS,
      signal,
    })
    return { proof: `consumers were given ${reader.records()} records of region ${to}` }
  },
})

/**
 * The processor goes to region b, where the drill says so: nobody answers commands in region a any more, devices tell
 * region b what they were told last, and instances begin there once that is known.
 */
export function moveProcessor({ processor, spec }: RegionPlace): Step[] {
  if (!processor || spec.failOver.processor === 'stays') return []
  return [
    {
      name: 'commands',
      async work() {
        if (!processor.leave) throw CANNOT_GO()
        const { devices } = await processor.leave()
        return {
          proof: `the instances in region a are ended, and ${devices} devices told region b which command they had last`,
        }
      },
    },
    {
      name: 'processor',
      async work({ signal }) {
        if (!processor.follow) throw CANNOT_GO()
        const { partitions, restored, replayed } = await processor.follow(signal)
        return {
          proof: `instances in region b process ${partitions} partitions: ${restored} records of their state were restored, ${replayed} commands and acknowledgements read again`,
        }
      },
    },
  ]
}

const CANNOT_GO = () => new AftershockError('internal', 'the processor cannot go to region b')

/** A person does something first, where the drill says so. */
export const goAhead = (
  place: RegionPlace,
  { id, goAhead: what }: Pick<RegionOrder, 'id' | 'goAhead'>,
  name = 'go-ahead',
): RegionStep[] =>
  what === undefined
    ? []
    : [
        {
          name,
          owner: 'operator',
          async work({ signal, withinMs }) {
            if (!(await place.person(id, what, { withinMs, signal })))
              throw new AftershockError('unavailable', `nobody said that it is done: ${what}`)
            return { proof: `a person said that it is done: ${what}` }
          },
        },
      ]

/** Devices keep what they make, and nothing is under way. */
export const holdDevices = (place: RegionPlace): RegionStep => ({
  name: 'hold',
  async work({ withinMs }) {
    const left = await place.fleet.hold(withinMs / 2)
    if (left > 0)
      throw new AftershockError('unavailable', `${left} records are under way and nobody answers for them`)
    return { proof: 'devices keep what they make, and no record is under way' }
  },
})

/** Whoever stops half-way leaves devices where they are, and at work. */
export async function heldOnlyOnTheWay(
  { fleet }: RegionPlace,
  take: () => Promise<ActionOutcome>,
): Promise<ActionOutcome> {
  try {
    return await take()
  } finally {
    fleet.release()
  }
}

/**
 * @throws AftershockError `refused` where an offset lies beyond the end: nobody would be given anything there.
 */
export async function lookAtOffsets(
  { regions, spec }: RegionPlace,
  to: RegionName,
  known: ReturnType<Readers['committed']>,
  here?: { readonly done: Starts; readonly isSplit?: boolean },
): Promise<{ readonly done: RegionDone; readonly from: Starts; readonly ends: Starts }> {
  const from = to === 'b' ? 'a' : 'b'
  if (!known)
    throw new AftershockError('unavailable', `consumers had committed nothing in region ${from}`, {
      hint: 'let the drill run for longer before it fails over',
    })
  const { group, offsets } = known
  const { committed, ends } = await regions.placesOf(group, to)
  const named = (key: string) => {
    const slash = key.lastIndexOf('/')
    return `${mirroredName(spec.mirror.policy, key.slice(0, slash))}${key.slice(slash)}`
  }
  const copied = Object.fromEntries(Object.entries(offsets).map(([key, offset]) => [named(key), offset]))
  const translated = spec.offsets === 'copied' ? copied : committed
  // Where nothing came back, consumers go on where they were. So they do where some devices never left: records of
  // those stand between copies of others, and no translated offset says which of the two was read.
  const starts = here?.isSplit ? { ...translated, ...here.done } : { ...here?.done, ...translated }
  const beyond = Object.entries(starts).filter(([key, offset]) => offset > (ends[key] ?? 0))
  const [first] = beyond
  if (first)
    throw new AftershockError(
      'refused',
      `the group’s offset of ${first[0]} is ${first[1]} and region ${to} ends at ${ends[first[0]] ?? 0}; ${beyond.length} such partitions`,
      { hint: 'set these offsets by hand before consumers begin there' },
    )
  const have = Object.keys(translated).length
  const of = Object.keys(offsets).length
  return {
    done: {
      proof: `${have} of ${of} partitions of ${group} have an offset in region ${to}, none beyond its end${here?.isSplit ? '; consumers begin where they left it, because some devices stayed there' : ''}`,
      group: { group, committed: offsets, translated, ends, ...(here && { starts, done: here.done }) },
    },
    from: starts,
    ends,
  }
}

/** Nothing is written any more where devices were: until consumers, the mirror and its checkpoints have all of it. */
export const drainRegion = (place: RegionPlace, from: RegionName, whereabouts: Whereabouts): RegionStep => ({
  name: 'drained',
  async work({ signal, withinMs }) {
    const { regions, readers, spec, clock } = place
    const way = from === 'a' ? 'there' : 'back'
    const wait = { clock, deadlineMs: withinMs, everyMs: ASK_MS, signal }
    let seen = ''
    const group = readers.committed(from)?.group ?? ''
    const { ends } = await regions.placesOf(group, from)
    await copiedUpTo(place, way, ends, wait)
    await waitFor(`consumers to have read region ${from} to its end`, () => hasRead(place, from, ends), {
      ...wait,
      lastSeen: () => `${readers.lagIn(from) ?? 'an unknown number of'} records are not read`,
    })
    const committed = readers.committed(from)?.offsets ?? {}
    const { emitCheckpoints, syncGroupOffsets } = spec.mirror
    if (emitCheckpoints && syncGroupOffsets)
      await waitFor(
        'checkpoints to have what consumers committed',
        async () => {
          const late = await withoutCheckpoint(place, way, { group, committed, whereabouts })
          seen = late.join(', ')
          return late.length === 0
        },
        { ...wait, lastSeen: () => `not yet: ${seen}` },
      )
    const partitions = Object.keys(ends).length
    return {
      proof: `the mirror and consumers came to the end of ${partitions} partitions of region ${from}${emitCheckpoints ? ', and checkpoints to what was committed' : ''}`,
    }
  },
})

/** Before anybody is held: until the mirror has all that there was when this began. */
export const catchUp = (place: RegionPlace, from: RegionName): RegionStep => ({
  name: 'data',
  async work({ signal, withinMs }) {
    const { regions, readers, clock } = place
    const { ends } = await regions.placesOf(readers.committed(from)?.group ?? '', from)
    const wait = { clock, deadlineMs: withinMs, everyMs: ASK_MS, signal }
    await copiedUpTo(place, from === 'a' ? 'there' : 'back', ends, wait)
    return { proof: `the mirror had copied ${Object.keys(ends).length} partitions as they were then` }
  },
})

/** The offset which a mirror copies next is told by its worker. */
async function copiedUpTo(
  { regions }: RegionPlace,
  way: 'there' | 'back',
  ends: Starts,
  wait: Parameters<typeof waitFor>[2],
): Promise<void> {
  let seen = 'nothing'
  await waitFor(
    `the mirror to copy up to the end of region ${way === 'there' ? 'a' : 'b'}`,
    async () => {
      const copied = await regions.copiedTo(way)
      if (!copied) return false
      const behind = Object.entries(ends).filter(([key, end]) => end > 0 && (copied[key] ?? 0) < end)
      seen = behind.map(([key, end]) => `${key} at ${copied[key] ?? 0} of ${end}`).join(', ')
      return behind.length === 0
    },
    { ...wait, lastSeen: () => seen },
  )
}

/** What follows the last record may be a mark that ends a transaction, which nobody is given. */
function hasRead({ readers }: RegionPlace, region: RegionName, ends: Starts): boolean {
  const committed = readers.committed(region)?.offsets ?? {}
  return (
    readers.lagIn(region) === 0 &&
    Object.entries(committed).every(([key, offset]) => offset >= (ends[key] ?? 0) - 1)
  )
}

/** Partitions of which the group has committed more than was translated, or has none of it in the other region. */
export async function withoutCheckpoint(
  { regions }: RegionPlace,
  way: 'there' | 'back',
  {
    group,
    committed,
    whereabouts,
  }: { readonly group: string; readonly committed: Starts; readonly whereabouts: Whereabouts },
): Promise<string[]> {
  const newest = new Map<string, { readonly upstream: number; readonly downstream: number }>()
  for (const one of await regions.checkpoints(way))
    if (one.group === group) newest.set(`${one.topic}/${one.partition}`, one)
  const there = await regions.placesOf(group, way === 'there' ? 'b' : 'a')
  return Object.entries(committed).flatMap(([key, offset]) => {
    // Nothing came back of what stood there before devices came.
    if (way === 'back' && offset <= (whereabouts.endsOfB?.[key] ?? 0)) return []
    const checkpoint = newest.get(key)
    if (!checkpoint) return [`${key} has none`]
    if (checkpoint.upstream < offset) return [`${key} is at ${checkpoint.upstream} of ${offset}`]
    return (there.committed[key] ?? -1) < checkpoint.downstream ? [`${key} is not set yet`] : []
  })
}
