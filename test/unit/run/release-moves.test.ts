import assert from 'node:assert/strict'
import type { ReleaseMove } from '../../../chaos/core/upgrade.ts'
import type { FeatureReply, Levels, ReleaseReading } from '../../../chaos/drivers/releases.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { ReleaseMoves, type ReleasePlace } from '../../../chaos/run/release-moves.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const [OLDER, NEWER] = ['4.3.1', '4.4.0'] as const
/** The newest level that each release knows. */
const KNOWS: Readonly<Record<string, number>> = { [OLDER]: 30, [NEWER]: 33 }
/** A release may not switch a feature on, and the kind of a quorum is no matter of an upgrade. */
const ALL_LEVELS = { 'metadata.version': 33, 'share.version': 2, 'streams.version': 0, 'kraft.version': 1 }
const REFUSAL = 'INVALID_UPDATE_VERSION: Refusing to perform the requested downgrade'

interface Planted {
  readonly controller?: number
  /** What a broker is seen with, whatever it was given. */
  readonly seen?: Partial<ReleaseReading>
  readonly seenOf?: number
  readonly change?: (node: number) => Promise<void>
  /** Whether Kafka takes a level down. */
  readonly isLossless?: boolean
  /** What it says where it does not. */
  readonly refusal?: string
  /** What the newer release gives to a cluster. */
  readonly levels?: Levels
  /** Whether brokers know other features: `share.version`, of which the newer release knows more. */
  readonly others?: boolean
}

/** Three brokers that do at once what they are told, and a controller that lets no level go down that would lose something. */
function placed(planted: Planted) {
  const { controller = 2, seen = {}, seenOf = 0, change, isLossless = false } = planted
  const { refusal = REFUSAL, levels = { 'metadata.version': 33 }, others = false } = planted
  const events: JournalEvent[] = []
  const done: string[] = []
  const runs = new Map([1, 2, 3].map(node => [node, OLDER as string]))
  let finalized: Levels = { 'metadata.version': 30, ...(others && { 'share.version': 1 }) }
  const place = {
    driver: {
      topology: { nodes: [1, 2, 3].map(id => ({ id, zone: `az-${'abc'[id - 1]}`, host: '' })) },
      cluster: { describe: async () => ({ controller }) },
    },
    releases: {
      older: OLDER,
      newer: NEWER,
      look: async (node: number): Promise<ReleaseReading> => ({
        process: { pid: 100 + node, startedAt: '' },
        release: runs.get(node) ?? null,
        supports: {
          'metadata.version': KNOWS[runs.get(node) ?? ''] ?? 0,
          ...(others && { 'share.version': runs.get(node) === NEWER ? 3 : 1, 'kraft.version': 1 }),
        },
        finalized,
        replicas: 12,
        inSync: 12,
        ...(seenOf === node && seen),
      }),
      change: async (node: number, release: string) => {
        await change?.(node)
        done.push(`broker ${node} to ${release}`)
        runs.set(node, release)
        return { stopMs: 900, serveMs: 4000, syncMs: 600 }
      },
      levels: async () => levels,
      update: async (wanted: Levels, way: string): Promise<FeatureReply> => {
        for (const [feature, level] of Object.entries(wanted)) done.push(`${feature} ${way} to ${level}`)
        if (way === 'downgrade' && !isLossless) return { ok: false, words: refusal }
        finalized = { ...finalized, ...wanted }
        return { ok: true, words: '' }
      },
      restore: async () => {},
    },
    clock: systemClock,
    record: (event: JournalEvent) => void events.push(event),
  } as unknown as ReleasePlace
  return { place, events, done }
}

/** One action after the other, in one run. */
const go = async (planted: Planted, ...moves: readonly ReleaseMove[]) => {
  const world = placed(planted)
  const all = new ReleaseMoves(world.place)
  const { signal } = new AbortController()
  const outcomes = await Promise.all(moves.map(move => all.run({ id: move, move, withinMs: 5000 }, signal)))
  const steps = world.events.flatMap(event =>
    event.kind === 'release.step' ? [`${event.step} ${event.ok ? 'done' : `failed: ${event.proof}`}`] : [],
  )
  return { ...world, outcomes, steps, last: outcomes.at(-1) }
}

describe('a rolling upgrade', () => {
  it('looks at all brokers first, and gives the active controller the newer release last', async () => {
    const { steps, done, last } = await go({}, 'rolling-upgrade')
    assert.deepEqual(steps, ['checked done', 'broker 1 done', 'broker 3 done', 'broker 2 done'])
    assert.deepEqual(done, ['broker 1 to 4.4.0', 'broker 3 to 4.4.0', 'broker 2 to 4.4.0'])
    assert.equal(last?.ok, true)
  })

  it('writes down what was seen of each broker, and which part of a step took how long', async () => {
    const { events } = await go({}, 'rolling-upgrade')
    const [, first] = events
    assert.ok(first?.kind === 'release.step')
    assert.deepEqual(
      [first.node, first.to, first.parts],
      [1, NEWER, { stopMs: 900, serveMs: 4000, syncMs: 600 }],
    )
    assert.deepEqual(first.seen, [
      { node: 1, release: NEWER, pid: 101, supports: 33, finalized: 30, replicas: 12, inSync: 12 },
    ])
    assert.match(
      first.proof,
      /broker 1 \(az-a\) has the jars of 4\.4\.0 on its class path .* up to 33 with 30 finalized, and 12 of 12/,
    )
  })

  it('touches nobody where a broker runs something else, or is behind', async () => {
    const other = await go({ seenOf: 3, seen: { release: '4.2.0' } }, 'rolling-upgrade')
    assert.deepEqual(other.steps, ['checked failed: broker 3 runs 4.2.0, not 4.3.1'])
    assert.deepEqual(other.done, [])
    const behind = await go({ seenOf: 1, seen: { inSync: 11 } }, 'rolling-upgrade')
    assert.deepEqual(behind.steps, ['checked failed: 11 of 12 replicas of broker 1 are in sync'])
    const silent = await go({ seenOf: 1, seen: { supports: null } }, 'rolling-upgrade')
    assert.match(silent.steps[0] ?? '', /no broker says which metadata\.version/)
  })

  it('stops at the broker that does not come back, and the next one is not ended', async () => {
    const change = async (node: number) => {
      if (node === 3) throw new Error('waited 90 s for broker 3 to serve with 4.4.0')
    }
    const { steps, done, last } = await go({ change }, 'rolling-upgrade')
    assert.equal(steps.at(-1), 'broker 3 failed: waited 90 s for broker 3 to serve with 4.4.0')
    assert.deepEqual(done, ['broker 1 to 4.4.0'])
    assert.equal(last?.ok, false)
  })

  it('does not believe whoever gave it: a broker that is seen with another release has not got it', async () => {
    const planted = { seenOf: 3, seen: { release: OLDER } }
    const { steps } = await go(planted, 'rolling-upgrade')
    assert.match(
      steps.at(-1) ?? '',
      /broker 3 failed: broker 3 was to run 4\.4\.0 in sync, and was seen with 4\.3\.1/,
    )
  })
})

describe('the way back', () => {
  it('needs nothing of what is shared while that was not finalized', async () => {
    const { steps, done, last } = await go({}, 'rolling-upgrade', 'downgrade')
    assert.deepEqual(steps.slice(4), ['features done', 'broker 1 done', 'broker 3 done', 'broker 2 done'])
    assert.deepEqual(done.slice(3), ['broker 1 to 4.3.1', 'broker 3 to 4.3.1', 'broker 2 to 4.3.1'])
    assert.equal(last?.ok, true)
  })

  it('is refused with what Kafka answered once it was finalized, and no broker is touched', async () => {
    const { steps, done, last, events } = await go({}, 'rolling-upgrade', 'finalize', 'downgrade')
    assert.deepEqual(done.slice(3), ['metadata.version upgrade to 33', 'metadata.version downgrade to 30'])
    assert.equal(
      steps.at(-1),
      `features failed: metadata.version 33 is finalized, and 4.3.1 knows it up to 30 only: no broker can be given 4.3.1 again. asked for metadata.version 30, Kafka answered: ${REFUSAL}`,
    )
    assert.equal(last?.ok, false)
    const step = events.at(-1)
    assert.deepEqual(step?.kind === 'release.step' && step.asked, {
      feature: 'metadata.version',
      level: 30,
      ok: false,
      words: REFUSAL,
      levels: { 'metadata.version': 30 },
    })
  })

  it('asks for every feature that the older release does not know so high, and says which one hinders', async () => {
    const planted = {
      others: true,
      levels: ALL_LEVELS,
      refusal: 'Invalid update version 1 for feature share.version.',
    }
    const { steps, done, events } = await go(planted, 'rolling-upgrade', 'finalize', 'downgrade')
    assert.deepEqual(done.slice(-2), ['metadata.version downgrade to 30', 'share.version downgrade to 1'])
    assert.equal(
      steps.at(-1),
      'features failed: metadata.version 33 is finalized, and 4.3.1 knows it up to 30 only and share.version 2 is finalized, and 4.3.1 knows it up to 1 only: no broker can be given 4.3.1 again. asked for metadata.version 30 and share.version 1, Kafka answered: Invalid update version 1 for feature share.version. (share.version hinders)',
    )
    const step = events.at(-1)
    assert.equal(step?.kind === 'release.step' && step.asked?.feature, 'share.version')
  })

  it('goes on where Kafka takes the level down', async () => {
    const { steps, last } = await go({ isLossless: true }, 'rolling-upgrade', 'finalize', 'downgrade')
    assert.deepEqual(steps.slice(5), ['features done', 'broker 1 done', 'broker 3 done', 'broker 2 done'])
    assert.equal(last?.ok, true)
  })

  it('is not tried where nobody saw what the older release knows', async () => {
    const { steps, done } = await go({}, 'downgrade')
    assert.match(steps[0] ?? '', /features failed: what 4\.3\.1 knows was never seen/)
    assert.deepEqual(done, [])
  })
})

describe('finalizing', () => {
  it('takes the newest level that every broker knows, and waits until every one says so', async () => {
    const { steps, events } = await go({}, 'rolling-upgrade', 'finalize')
    assert.equal(steps.at(-1), 'finalized done')
    const step = events.at(-1)
    assert.ok(step?.kind === 'release.step')
    assert.equal(step.proof, 'metadata.version went from 30 to 33, as every broker says')
    assert.deepEqual(
      step.seen?.map(({ finalized }) => finalized),
      [33, 33, 33],
    )
  })

  it('takes other features to what belongs to the release, not to what brokers know, and waits for those too', async () => {
    const { steps, done, events } = await go(
      { others: true, levels: ALL_LEVELS },
      'rolling-upgrade',
      'finalize',
    )
    assert.equal(steps.at(-1), 'finalized done')
    assert.deepEqual(done.slice(3), ['metadata.version upgrade to 33', 'share.version upgrade to 2'])
    const step = events.at(-1)
    assert.equal(
      step?.kind === 'release.step' && step.proof,
      'metadata.version went from 30 to 33 and share.version went from 1 to 2, as every broker says',
    )
  })

  it('asks for no feature that a broker does not know', async () => {
    const { done } = await go({ levels: ALL_LEVELS }, 'rolling-upgrade', 'finalize')
    assert.deepEqual(done.slice(3), ['metadata.version upgrade to 33'])
  })

  it('has nothing to do where one broker knows no newer one', async () => {
    const planted = { seenOf: 1, seen: { supports: { 'metadata.version': 30 } } }
    const { steps } = await go(planted, 'finalize')
    assert.match(steps.at(-1) ?? '', /metadata\.version 30 is the newest that every broker knows/)
  })
})
