import type { ActionOutcome, RegionOrder } from '../actions/action.ts'
import { AftershockError } from '../core/errors.ts'
import { REGION_MOVES, type RegionName } from '../core/regions.ts'
import { waitFor } from '../core/wait.ts'
import {
  catchUp,
  drainRegion,
  goAhead,
  heldOnlyOnTheWay,
  holdDevices,
  lookAtOffsets,
  moveConsumers,
  moveDevices,
  moveProcessor,
  type RegionPlace,
  type RegionStep,
  type Starts,
  stopMirror,
  takeRegionSteps,
  type Whereabouts,
} from './region-steps.ts'
import { drainSinks, followSinks, leaveSinks, moveSinks } from './sink-steps.ts'
import { proveWave } from './wave-proof.ts'
import { compareAccess, compareSettings } from './region-settings.ts'

/** Devices and consumers of one run, and where they are. One move at a time. */
export class RegionMoves {
  readonly #place: RegionPlace
  readonly #whereabouts: Whereabouts = { at: 'a', endsOfB: null, doneInA: {}, isSplit: false }
  /** Whether the move that is under way has come as far as devices. */
  #hasMoved = false

  constructor(place: RegionPlace) {
    this.#place = place
  }

  async run(order: RegionOrder, signal: AbortSignal): Promise<ActionOutcome> {
    const to = REGION_MOVES[order.move]
    if (this.#whereabouts.at === to)
      throw new AftershockError('refused', `devices and consumers are in region ${to} already`, {
        hint: 'a drill goes there once, and comes back once',
      })
    const steps = this.#stepsOf(order)
    const before = this.#whereabouts.at
    this.#whereabouts.at = to
    const outcome = await heldOnlyOnTheWay(this.#place, () =>
      takeRegionSteps(this.#place, order, to, steps, signal),
    )
    const { failed } = outcome.result as { failed?: string }
    // Whoever did not come as far as devices is where he was.
    if (failed !== undefined && !this.#hasMoved) this.#whereabouts.at = before
    if (order.move === 'migrate') this.#whereabouts.isSplit = failed !== undefined && this.#hasMoved
    this.#hasMoved = false
    return outcome
  }

  #stepsOf(order: RegionOrder): readonly RegionStep[] {
    if (order.move === 'fail-over') return this.#failOver()
    if (order.move === 'migrate') return this.#migrate(order)
    return this.#goBack(order)
  }

  #failOver(): readonly RegionStep[] {
    // As it was when somebody decided: a consumer that is replaced meanwhile begins another group.
    const known = this.#place.readers.committed()
    let starts: Starts = {}
    return [
      stopMirror(this.#place, 'there'),
      {
        name: 'offsets',
        work: async () => {
          const { done, from, ends } = await lookAtOffsets(this.#place, 'b', known)
          starts = from
          this.#whereabouts.endsOfB = ends
          return done
        },
      },
      ...(this.#place.regions.knownAccess() ? [compareAccess(this.#place, 'before')] : []),
      this.#devices('b', { name: 'devices' }),
      this.#leaveBehind(moveConsumers(this.#place, 'b', () => starts)),
      ...moveProcessor(this.#place),
      ...moveSinks(this.#place),
    ]
  }

  /** Nobody reads in a region that cannot be reached; what was committed there is known. */
  #leaveBehind({ name, work }: RegionStep): RegionStep {
    return {
      name,
      work: async limits => {
        const done = await work(limits)
        this.#whereabouts.doneInA = this.#place.readers.committed('a')?.offsets ?? {}
        // Its brokers do not answer: that it ends takes seconds, in which nobody waits for it.
        this.#place.readers.leave('a').catch(() => {})
        return done
      },
    }
  }

  #migrate(order: RegionOrder): readonly RegionStep[] {
    const place = this.#place
    const { readers, spec, fleet } = place
    let starts: Starts = {}
    const [first = [], ...others] = wavesOf(
      fleet.gateways.map(({ name }) => name),
      order.waves ?? 1,
    )
    return [
      compareSettings(place),
      compareAccess(place, 'now'),
      catchUp(place, 'a'),
      ...(spec.wayBack ? [this.#prepareBack('way-back')] : []),
      ...goAhead(place, order),
      holdDevices(place),
      drainRegion(place, 'a', this.#whereabouts),
      ...drainSinks(place, this.#whereabouts),
      stopMirror(place, 'there'),
      {
        name: 'offsets',
        work: async () => {
          const left = await readers.leave('a')
          this.#whereabouts.doneInA = left?.offsets ?? {}
          const { done, from, ends } = await lookAtOffsets(place, 'b', left)
          starts = from
          this.#whereabouts.endsOfB = ends
          return done
        },
      },
      // Before anything is copied back: sinks in region a would write that, too.
      ...leaveSinks(place),
      ...(spec.wayBack ? [this.#startBack()] : []),
      this.#devices('b', { name: 'wave 1', gateways: first }),
      moveConsumers(place, 'b', () => starts),
      ...others.flatMap((gateways, index) => [
        ...this.#proof(
          { name: `wave ${index + 1}`, gateways: index === 0 ? first : (others[index - 1] ?? []) },
          order,
        ),
        this.#devices('b', { name: `wave ${index + 2}`, gateways }),
      ]),
      // Nobody is held for a worker that starts.
      ...followSinks(place),
    ]
  }

  /** Nobody follows a wave that is not well, nor one of which a person does not say so, where the drill asks for it. */
  #proof(wave: Parameters<typeof proveWave>[1], { id, between }: RegionOrder): RegionStep[] {
    if (!between) return []
    const { goAhead: what } = between
    return [
      proveWave(this.#place, wave, between),
      ...goAhead(this.#place, { id, ...(what !== undefined && { goAhead: what }) }, `${wave.name} go-ahead`),
    ]
  }

  #goBack(order: RegionOrder): readonly RegionStep[] {
    const place = this.#place
    const { readers, regions } = place
    let starts: Starts = {}
    const isAfterLoss = order.move === 'fail-back'
    return [
      ...(isAfterLoss
        ? [this.#prepareBack('region'), this.#readRemains(), this.#startBack()]
        : [
            {
              name: 'reverse',
              work: async () => {
                if (!regions.hasBack()) throw NO_WAY_BACK()
                const copied = await regions.copiedTo('back')
                return {
                  proof: `a mirror copies back, and knows its place in ${Object.keys(copied ?? {}).length} partitions`,
                }
              },
            },
          ]),
      catchUp(place, 'b'),
      ...goAhead(place, order),
      holdDevices(place),
      drainRegion(place, 'b', this.#whereabouts),
      stopMirror(place, 'back'),
      {
        name: 'offsets',
        work: async () => {
          const { doneInA: done, isSplit } = this.#whereabouts
          const looked = await lookAtOffsets(place, 'a', await readers.leave('b'), { done, isSplit })
          starts = looked.from
          return looked.done
        },
      },
      this.#devices('a', { name: 'devices' }),
      moveConsumers(place, 'a', () => starts),
    ]
  }

  #devices(to: RegionName, of: Parameters<typeof moveDevices>[2]): RegionStep {
    const { name, work } = moveDevices(this.#place, to, of)
    return {
      name,
      work: limits => {
        this.#hasMoved = true
        return work(limits)
      },
    }
  }

  /** A worker that belongs to region a's own cluster answers only when it has found that over the links between them. */
  #prepareBack(name: string): RegionStep {
    const { regions, spec } = this.#place
    return {
      name,
      async work({ signal }) {
        if (!spec.wayBack) throw NO_WAY_BACK()
        await regions.prepareBack(signal)
        return { proof: 'a worker that belongs to region a reached it over the links between the regions' }
      },
    }
  }

  /** What region a had when it was lost and region b never got is read there first: nobody is given it elsewhere. */
  #readRemains(): RegionStep {
    const { regions, readers, clock } = this.#place
    return {
      name: 'remains',
      work: async ({ signal, withinMs }) => {
        const { ends } = await regions.placesOf(readers.committed('a')?.group ?? '', 'a')
        const before = this.#whereabouts.doneInA
        const reader = await readers.followBack(before, 'tail-remains')
        await waitFor('consumers to have read what region a had', () => readers.lagIn('a') === 0, {
          clock,
          deadlineMs: withinMs,
          everyMs: 200,
          signal,
          lastSeen: () => `${readers.lagIn('a') ?? 'an unknown number of'} records are not read`,
        })
        const left = await readers.leave('a')
        this.#whereabouts.doneInA = { ...before, ...left?.offsets }
        return {
          proof: `consumers read ${reader.records()} records that were left, and came to the end of ${Object.keys(ends).length} partitions of region a`,
        }
      },
    }
  }

  #startBack(): RegionStep {
    const { regions } = this.#place
    return {
      name: 'reverse',
      work: async ({ signal }) => {
        const ends = this.#whereabouts.endsOfB
        if (!ends)
          throw new AftershockError('internal', 'nobody knows where region b ended when devices came')
        await regions.startBack(ends, signal)
        const records = Object.values(ends).reduce((sum, end) => sum + end, 0)
        return {
          proof: `the mirror back runs, and copies what stands behind the first ${records} offsets of region b`,
        }
      },
    }
  }
}

const NO_WAY_BACK = () =>
  new AftershockError('refused', 'there is no mirror from region b to region a', {
    hint: 'write `wayBack: true` below regions',
  })

/** In the order of their names, so that each wave has some of every zone where it can. */
function wavesOf(gateways: readonly string[], waves: number): string[][] {
  const groups = Array.from({ length: Math.min(waves, gateways.length) }, () => [] as string[])
  gateways.forEach((name, index) => groups[index % groups.length]?.push(name))
  return groups
}
