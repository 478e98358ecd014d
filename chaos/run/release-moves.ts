import type { ActionOutcome, ReleaseOrder } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import { list } from '../core/numbers.ts'
import { type NodeId, zoneOf } from '../core/topology.ts'
import { METADATA_VERSION } from '../core/upgrade.ts'
import { waitFor } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import type { ReleaseReading, Releases } from '../drivers/releases.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import { type Done, type Step, type TakenStep, takeSteps } from './take-steps.ts'

type StepEvent = Extract<JournalEvent, { kind: 'release.step' }>

/** What releases are changed with. */
export interface ReleasePlace {
  readonly driver: Pick<Driver, 'cluster' | 'topology'>
  readonly releases: Releases
  readonly clock: Clock
  readonly record: (event: JournalEvent) => void
}

interface ReleaseDone extends Done {
  readonly seen?: StepEvent['seen']
  readonly parts?: StepEvent['parts']
}
type ReleaseStep = Step<ReleaseDone> & { readonly node?: NodeId }

const ANSWER = 'every broker has to answer for this'
/** Of a step's time, for the orderly end of a broker. */
const STOP_SHARE = 0.5
const LOOK_MS = 200

/** What the brokers of one run are given: a newer release, a newer level, and the older release again. One at a time. */
export class ReleaseMoves {
  readonly #place: ReleasePlace
  /** Of each feature, the highest level that the older release knows, by all its brokers. */
  #olderKnows: Readonly<Record<string, number>> | null = null
  /** The last answer of the controller: a step that it made fail has it in the journal as well. */
  #asked: StepEvent['asked'] | null = null
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(place: ReleasePlace) {
    this.#place = place
  }

  /** A drill's times are guesses: whoever comes too early waits for the one before, however that ends. */
  run(order: ReleaseOrder, signal: AbortSignal): Promise<ActionOutcome> {
    const before = this.#underWay
    const mine = before.then(() => this.#take(order, signal))
    this.#underWay = mine.catch(() => {})
    return mine
  }

  async #take({ id, move, withinMs }: ReleaseOrder, signal: AbortSignal): Promise<ActionOutcome> {
    const { releases, clock, record } = this.#place
    const to = move === 'downgrade' ? releases.older : releases.newer
    const steps =
      move === 'finalize'
        ? [this.#finalize()]
        : [
            move === 'downgrade' ? this.#takeLevelsDown() : this.#check(),
            ...(await this.#order()).map(node => this.#broker(node, to)),
          ]
    const nodes = new Map(steps.map(step => [step.name, step.node]))
    const taken = ({ done, ...step }: TakenStep<ReleaseDone>) => {
      const node = nodes.get(step.step)
      record({
        kind: 'release.step',
        id,
        to,
        ...step,
        ...(node !== undefined && { node }),
        ...(done?.parts && { parts: done.parts }),
        ...(done?.seen && { seen: done.seen }),
        ...(this.#asked && { asked: this.#asked }),
      })
      this.#asked = null
    }
    return takeSteps({ clock, taken }, steps, { withinMs, signal })
  }

  /** The active controller last: it is elected anew once, and not at every step. */
  async #order(): Promise<readonly NodeId[]> {
    const { cluster, topology } = this.#place.driver
    const { controller } = await cluster.describe()
    const nodes = topology.nodes.map(({ id }) => id)
    return [...nodes.filter(node => node !== controller), ...nodes.filter(node => node === controller)]
  }

  /** What the older release knows has to be asked while it runs. */
  #check(): ReleaseStep {
    return {
      name: 'checked',
      work: async () => {
        const { older } = this.#place.releases
        const readings = await this.#lookAtAll()
        const other = readings.find(([, { release }]) => release !== older)
        if (other)
          throw refused(
            `broker ${other[0]} runs ${other[1].release ?? 'no release'}, not ${older}`,
            'an upgrade begins where all brokers run one release',
          )
        const behind = readings.find(([, reading]) => !isWhole(reading))
        if (behind)
          throw refused(
            `${behind[1].inSync} of ${behind[1].replicas} replicas of broker ${behind[0]} are in sync`,
            'let the drill wait until every replica is, before it upgrades',
          )
        this.#olderKnows = leastOf(readings.map(([, { supports }]) => supports))
        const level = this.#olderKnows?.[METADATA_VERSION]
        const finalized = finalizedOf(readings)
        if (level === undefined || finalized === null)
          throw refused('no broker says which metadata.version it knows, or which is finalized', ANSWER)
        return {
          proof: `all ${readings.length} brokers run ${older} and are in sync; they know metadata.version up to ${level}, and ${finalized} is finalized`,
          seen: seenOf(readings),
        }
      },
    }
  }

  #broker(node: NodeId, to: string): ReleaseStep {
    return {
      name: `broker ${node}`,
      node,
      work: async ({ signal, withinMs }) => {
        const { releases, driver } = this.#place
        const before = await releases.look(node)
        const parts = await releases.change(node, to, {
          stopMs: withinMs * STOP_SHARE,
          serveMs: withinMs,
          signal,
        })
        const now = await releases.look(node)
        if (now.release !== to || now.supports === null || !isWhole(now))
          throw new AftershockError(
            'unavailable',
            `broker ${node} was to run ${to} in sync, and was seen with ${now.release ?? 'no release'}, ${now.inSync} of ${now.replicas} replicas in sync`,
          )
        const zone = zoneOf(driver.topology, node) ?? 'no zone'
        const was = before.process ? `, process ${before.process.pid} before` : ''
        return {
          proof: `broker ${node} (${zone}) has the jars of ${now.release} on its class path (process ${now.process?.pid ?? 'unknown'}${was}), says itself that it knows metadata.version up to ${now.supports[METADATA_VERSION] ?? 'none'} with ${now.finalized?.[METADATA_VERSION] ?? 'none'} finalized, and ${now.inSync} of ${now.replicas} replicas are in sync`,
          parts,
          seen: seenOf([[node, now]]),
        }
      },
    }
  }

  #finalize(): ReleaseStep {
    return {
      name: 'finalized',
      work: async ({ signal, withinMs }) => {
        const readings = await this.#lookAtAll()
        const level = leastOf(readings.map(([, { supports }]) => supports))?.[METADATA_VERSION]
        const before = finalizedOf(readings)
        if (level === undefined || before === null)
          throw refused('not every broker says which metadata.version it knows', ANSWER)
        if (level === before)
          throw refused(
            `metadata.version ${before} is the newest that every broker knows`,
            'upgrade every broker before you finalize',
          )
        await this.#update(level, 'upgrade')
        await this.#untilFinalized(level, { signal, withinMs })
        return {
          proof: `metadata.version went from ${before} to ${level}, as every broker says`,
          seen: seenOf(await this.#lookAtAll()),
        }
      },
    }
  }

  /** Where the older release would not read what is finalized: down to what it knows, if Kafka does that. */
  #takeLevelsDown(): ReleaseStep {
    return {
      name: 'features',
      work: async ({ signal, withinMs }) => {
        const { older } = this.#place.releases
        const readings = await this.#lookAtAll()
        const finalized = finalizedOf(readings)
        const knows = this.#olderKnows?.[METADATA_VERSION]
        if (knows === undefined || finalized === null)
          throw refused(
            `what ${older} knows was never seen: no upgrade was begun from it`,
            'a drill comes back from where it went',
          )
        const done = {
          proof: `metadata.version ${finalized} is finalized, and ${older} knows it: up to ${knows}`,
          seen: seenOf(readings),
        }
        if (finalized <= knows) return done
        const about = `metadata.version ${finalized} is finalized, and ${older} knows it up to ${knows} only`
        await this.#update(knows, 'downgrade', `${about}: no broker can be given ${older} again`)
        await this.#untilFinalized(knows, { signal, withinMs })
        return {
          proof: `${about}; Kafka took it down to ${knows}, as every broker says`,
          seen: seenOf(await this.#lookAtAll()),
        }
      },
    }
  }

  /** @throws AftershockError `refused` with Kafka's own words */
  async #update(level: number, change: 'upgrade' | 'downgrade', why?: string): Promise<void> {
    const { ok, words } = await this.#place.releases.update(METADATA_VERSION, level, change)
    this.#asked = { feature: METADATA_VERSION, level, ok, words }
    if (ok) return
    const asked = `asked for metadata.version ${level}, Kafka answered: ${words}`
    throw refused(
      why === undefined ? asked : `${why}. ${asked}`,
      'before an upgrade is finalized, the way back is open',
    )
  }

  async #untilFinalized(
    level: number,
    { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs: number },
  ): Promise<void> {
    const { clock } = this.#place
    let seen = 'nothing'
    await waitFor(
      `every broker to say that metadata.version ${level} is finalized`,
      async () => {
        const levels = (await this.#lookAtAll()).map(([, { finalized }]) => finalized?.[METADATA_VERSION])
        seen = list(levels.map(one => String(one ?? 'none')))
        return levels.every(one => one === level)
      },
      { clock, deadlineMs: withinMs, everyMs: LOOK_MS, signal, lastSeen: () => seen },
    )
  }

  async #lookAtAll(): Promise<readonly (readonly [NodeId, ReleaseReading])[]> {
    const { driver, releases } = this.#place
    return Promise.all(driver.topology.nodes.map(async ({ id }) => [id, await releases.look(id)] as const))
  }
}

type Readings = readonly (readonly [NodeId, ReleaseReading])[]

const isWhole = ({ replicas, inSync }: ReleaseReading): boolean => replicas > 0 && inSync === replicas

/** What every broker knows; null where one does not answer. */
function leastOf(all: readonly ReleaseReading['supports'][]): Readonly<Record<string, number>> | null {
  const known = all.filter(one => one !== null)
  const [first] = known
  if (!first || known.length < all.length) return null
  return Object.fromEntries(
    Object.keys(first).map(name => [name, Math.min(...known.map(one => one[name] ?? 0))]),
  )
}

/** The newest that any broker has heard of: what one of them does not know yet is finalized all the same. */
function finalizedOf(readings: Readings): number | null {
  const levels = readings.flatMap(([, { finalized }]) => finalized?.[METADATA_VERSION] ?? [])
  return levels.length === 0 ? null : Math.max(...levels)
}

const seenOf = (readings: Readings): NonNullable<StepEvent['seen']> =>
  readings.map(([node, { process, release, supports, finalized, replicas, inSync }]) => ({
    node,
    release,
    pid: process?.pid ?? null,
    supports: supports?.[METADATA_VERSION] ?? null,
    finalized: finalized?.[METADATA_VERSION] ?? null,
    replicas,
    inSync,
  }))

const refused = (message: string, hint: string): AftershockError =>
  new AftershockError('refused', message, { hint })
