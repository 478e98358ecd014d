import type { ActionOutcome, FailOverOrder } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { mirroredName, type RegionsSpec } from '../core/regions.ts'
import { waitFor, within } from '../core/wait.ts'
import type { SecondRegion } from '../drivers/environment.ts'
import type { StartedFleet } from '../fleet/fleet.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import type { Readers } from './readers.ts'

export interface FailOverPlace {
  readonly spec: RegionsSpec
  readonly regions: SecondRegion
  readonly fleet: Pick<StartedFleet, 'moveTo' | 'ackedInSecond'>
  readonly readers: Pick<Readers, 'committed' | 'followIn'>
  readonly clock: Clock
  readonly record: (event: JournalEvent) => void
}

type StepEvent = Extract<JournalEvent, { kind: 'region.step' }>
export type RegionStep = 'mirror' | 'offsets' | 'devices' | 'consumers'
interface Done {
  readonly proof: string
  readonly group?: StepEvent['group']
}
type Starts = Readonly<Record<string, number>>

/** Once a run: a second one would have nowhere to go. */
export class FailOver {
  readonly #place: FailOverPlace
  #began = false

  constructor(place: FailOverPlace) {
    this.#place = place
  }

  /** Stops at the first step that cannot be completed, and names it. */
  async run({ id, withinMs }: FailOverOrder, signal: AbortSignal): Promise<ActionOutcome> {
    if (this.#began)
      throw new AftershockError('refused', 'devices and consumers are in region b already', {
        hint: 'a drill has one fail-over',
      })
    this.#began = true
    // As it was when somebody decided: a consumer that is replaced meanwhile begins another group.
    const known = this.#place.readers.committed()
    let starts: Starts = {}
    const steps: readonly (readonly [RegionStep, (stop: AbortSignal) => Promise<Done>])[] = [
      ['mirror', stop => this.#stopMirror(stop)],
      [
        'offsets',
        async () => {
          const { done, from } = await this.#lookAtOffsets(known)
          starts = from
          return done
        },
      ],
      ['devices', stop => this.#moveDevices(stop, withinMs)],
      ['consumers', stop => this.#moveConsumers(starts, stop, withinMs)],
    ]
    const took: Record<string, number> = {}
    for (const [step, work] of steps) {
      const { ok, tookMs, proof } = await this.#step(id, step, withinMs, signal, work)
      took[step] = tookMs
      if (!ok) return { ok: false, result: { failed: step, why: proof, tookMs: took } }
    }
    return { ok: true, result: { tookMs: took } }
  }

  async #step(
    id: string,
    step: RegionStep,
    withinMs: number,
    signal: AbortSignal,
    work: (stop: AbortSignal) => Promise<Done>,
  ): Promise<StepEvent> {
    const { clock, record } = this.#place
    const began = clock.now()
    const over = new AbortController()
    const stop = AbortSignal.any([signal, over.signal])
    const told = async (): Promise<Done & { readonly ok: boolean }> => {
      try {
        const asked = work(stop)
        return {
          ok: true,
          ...(await within(`the step ${step}`, asked, { clock, deadlineMs: withinMs, signal })),
        }
      } catch (error) {
        return { ok: false, proof: messageOf(error) }
      } finally {
        over.abort()
      }
    }
    const { ok, proof, group } = await told()
    const event: StepEvent = {
      kind: 'region.step',
      id,
      step,
      owner: 'machine',
      ok,
      tookMs: Math.round(clock.now() - began),
      proof,
      ...(group && { group }),
    }
    record(event)
    return event
  }

  async #stopMirror(signal: AbortSignal): Promise<Done> {
    const states = await this.#place.regions.stopMirror(signal)
    return {
      proof: Object.entries(states)
        .map(([name, state]) => `${name} is ${state}`)
        .join(', '),
    }
  }

  /** @throws AftershockError `refused` where an offset lies beyond the end: nobody would be given anything there. */
  async #lookAtOffsets(
    known: ReturnType<Readers['committed']>,
  ): Promise<{ readonly done: Done; readonly from: Starts }> {
    const { regions, spec } = this.#place
    if (!known)
      throw new AftershockError('unavailable', 'consumers had committed nothing in region a', {
        hint: 'let the drill run for longer before it fails over',
      })
    const { group, offsets } = known
    const { committed, ends } = await regions.placesOf(group)
    const named = (key: string) => {
      const slash = key.lastIndexOf('/')
      return `${mirroredName(spec.mirror.policy, key.slice(0, slash))}${key.slice(slash)}`
    }
    const copied = Object.fromEntries(Object.entries(offsets).map(([key, offset]) => [named(key), offset]))
    const translated = spec.offsets === 'copied' ? copied : committed
    const beyond = Object.entries(translated).filter(([key, offset]) => offset > (ends[key] ?? 0))
    const [first] = beyond
    const told = { group, committed: offsets, translated, ends }
    if (first)
      throw new AftershockError(
        'refused',
        `the group’s offset of ${first[0]} is ${first[1]} and region b ends at ${ends[first[0]] ?? 0}; ${beyond.length} such partitions`,
        { hint: 'set these offsets by hand before consumers begin there' },
      )
    const have = Object.keys(translated).length
    const of = Object.keys(offsets).length
    return {
      done: {
        proof: `${have} of ${of} partitions of ${group} have an offset in region b, none beyond its end`,
        group: told,
      },
      from: translated,
    }
  }

  async #moveDevices(signal: AbortSignal, withinMs: number): Promise<Done> {
    const { fleet, regions, clock } = this.#place
    await fleet.moveTo(regions)
    await waitFor('region b to acknowledge a record', () => fleet.ackedInSecond() > 0, {
      clock,
      deadlineMs: withinMs,
      everyMs: 20,
      signal,
    })
    return { proof: `region b acknowledged ${fleet.ackedInSecond()} records` }
  }

  async #moveConsumers(starts: Starts, signal: AbortSignal, withinMs: number): Promise<Done> {
    const { readers, regions, spec, clock } = this.#place
    const reader = await readers.followIn(regions, spec, starts)
    await waitFor('consumers to be given a record of region b', () => reader.records() > 0, {
      clock,
      deadlineMs: withinMs,
      everyMs: 20,
      signal,
    })
    return { proof: `consumers were given ${reader.records()} records of region b` }
  }
}
