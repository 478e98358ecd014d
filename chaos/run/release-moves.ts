import type { ActionOutcome, ReleaseOrder } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import { list } from '../core/numbers.ts'
import { type NodeId, zoneOf } from '../core/topology.ts'
import { KRAFT_VERSION, METADATA_VERSION } from '../core/upgrade.ts'
import { waitFor } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Levels, ReleaseReading, Releases } from '../drivers/releases.ts'
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
  #olderKnows: Levels | null = null
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
        const finalized = finalizedOf(readings)?.[METADATA_VERSION]
        if (level === undefined || finalized === undefined)
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

  /**
   * As `kafka-features upgrade --release-version` does: every feature to what the newer release gives to a cluster, but for
   * the kind of its quorum.
   */
  #finalize(): ReleaseStep {
    return {
      name: 'finalized',
      work: async ({ signal, withinMs }) => {
        const [readings, ofRelease] = await Promise.all([this.#lookAtAll(), this.#place.releases.levels()])
        const knows = leastOf(readings.map(([, { supports }]) => supports))
        const before = finalizedOf(readings)
        if (knows?.[METADATA_VERSION] === undefined || before === null)
          throw refused('not every broker says which metadata.version it knows', ANSWER)
        const wanted = Object.fromEntries(
          Object.entries(ofRelease).flatMap(([feature, level]) => {
            const known = Math.min(level, knows[feature] ?? 0)
            return feature !== KRAFT_VERSION && known > (before[feature] ?? 0)
              ? [[feature, known] as const]
              : []
          }),
        )
        if (wanted[METADATA_VERSION] === undefined)
          throw refused(
            `metadata.version ${before[METADATA_VERSION] ?? 'none'} is the newest that every broker knows`,
            'upgrade every broker before you finalize',
          )
        await this.#update(wanted, 'upgrade')
        await this.#untilFinalized(wanted, { signal, withinMs })
        const went = Object.entries(wanted).map(
          ([name, to]) => `${name} went from ${before[name] ?? 0} to ${to}`,
        )
        return {
          proof: `${list(went)}, as every broker says`,
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
        const knows = this.#olderKnows
        if (knows === null || finalized === null)
          throw refused(
            `what ${older} knows was never seen: no upgrade was begun from it`,
            'a drill comes back from where it went',
          )
        const above = Object.entries(finalized).filter(([name, level]) => level > (knows[name] ?? 0))
        if (above.length === 0)
          return {
            proof: `metadata.version ${finalized[METADATA_VERSION] ?? 'none'} is finalized, and ${older} knows it: up to ${knows[METADATA_VERSION] ?? 'none'}; so it does every other feature’s level`,
            seen: seenOf(readings),
          }
        const levels = Object.fromEntries(above.map(([name]) => [name, knows[name] ?? 0]))
        const about = list(
          above.map(
            ([name, level]) =>
              `${name} ${level} is finalized, and ${older} knows it up to ${knows[name] ?? 0} only`,
          ),
        )
        await this.#update(levels, 'downgrade', `${about}: no broker can be given ${older} again`)
        await this.#untilFinalized(levels, { signal, withinMs })
        return {
          proof: `${about}; Kafka took it down to ${wordsOf(levels)}, as every broker says`,
          seen: seenOf(await this.#lookAtAll()),
        }
      },
    }
  }

  /** All of them or none. @throws AftershockError `refused` with Kafka's own words, and the feature that hinders */
  async #update(levels: Levels, change: 'upgrade' | 'downgrade', why?: string): Promise<void> {
    const { ok, words } = await this.#place.releases.update(levels, change)
    const names = Object.keys(levels)
    const named = ok ? undefined : names.find(name => words.includes(name))
    const feature = named ?? (METADATA_VERSION in levels ? METADATA_VERSION : (names[0] ?? ''))
    this.#asked = { feature, level: levels[feature] ?? 0, ok, words, levels }
    if (ok) return
    const hinders = names.length > 1 && named !== undefined ? ` (${named} hinders)` : ''
    const asked = `asked for ${wordsOf(levels)}, Kafka answered: ${words}${hinders}`
    throw refused(
      why === undefined ? asked : `${why}. ${asked}`,
      'before an upgrade is finalized, the way back is open',
    )
  }

  async #untilFinalized(
    levels: Levels,
    { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs: number },
  ): Promise<void> {
    const { clock } = this.#place
    const wanted = Object.entries(levels)
    let seen = 'nothing'
    await waitFor(
      `every broker to say that ${wordsOf(levels)} is finalized`,
      async () => {
        const all = (await this.#lookAtAll()).map(([, { finalized }]) => finalized)
        seen = list(
          all.map(of => wordsOf(Object.fromEntries(wanted.map(([name]) => [name, of?.[name] ?? 0])))),
        )
        return all.every(of => wanted.every(([name, level]) => of !== null && (of[name] ?? 0) === level))
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
function leastOf(all: readonly ReleaseReading['supports'][]): Levels | null {
  const known = all.filter(one => one !== null)
  const [first] = known
  if (!first || known.length < all.length) return null
  return Object.fromEntries(
    Object.keys(first).map(name => [name, Math.min(...known.map(one => one[name] ?? 0))]),
  )
}

/** The newest that any broker has heard of: what one of them does not know yet is finalized all the same. */
function finalizedOf(readings: Readings): Levels | null {
  const levels: Record<string, number> = {}
  for (const [, { finalized }] of readings)
    for (const [name, level] of Object.entries(finalized ?? {}))
      levels[name] = Math.max(levels[name] ?? 0, level)
  return METADATA_VERSION in levels ? levels : null
}

const wordsOf = (levels: Levels): string =>
  list(Object.entries(levels).map(([name, level]) => `${name} ${level}`))

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
