import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { z } from 'zod'
import type { FaultEntry } from '../../../chaos/core/drill.ts'
import { messageOf } from '../../../chaos/core/errors.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Driver } from '../../../chaos/drivers/driver.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { defineFault } from '../../../chaos/faults/fault.ts'
import { liveThroughFault } from '../../../chaos/run/fault-life.ts'
import { JournalState } from '../../../chaos/run/journal-state.ts'
import { VirtualClock } from './virtual-clock.ts'

const entry = { role: 'fault', kind: 'away', id: 'away-1', atMs: 0, forMs: 5000, spec: {} } as FaultEntry
const never = new Promise<never>(() => {})

/** What a driver does when it is asked; the world is `away` or `here`. */
interface Hands {
  choose?(): Promise<void>
  inject?(world: World): Promise<void>
  probe?(world: World): Promise<void>
  heal?(world: World): Promise<void>
}
interface World {
  state: 'here' | 'away'
  healed: number
  readonly clock: VirtualClock
}

function faultOf(hands: Hands, world: World) {
  return defineFault({
    kind: 'away',
    summary: 'A broker goes away.',
    deed: 'something was done',
    dimension: 'broker-loss',
    needs: [],
    spec: z.strictObject({}),
    async choose() {
      await hands.choose?.()
      return { summary: 'broker 1', zones: [], nodes: [1], links: [] }
    },
    async inject() {
      if (hands.inject) return hands.inject(world)
      world.state = 'away'
    },
    async probe() {
      await hands.probe?.(world)
      return world.state
    },
    baseline: looks => looks[0] as World['state'],
    isEffective: now => now === 'away',
    async heal() {
      world.healed++
      if (hands.heal) return hands.heal(world)
      world.state = 'here'
    },
    isHealed: now => now === 'here',
    describe: now => [{ what: 'broker 1', value: now }],
  })
}

async function live(hands: Hands) {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-silent-'))
  const clock = new VirtualClock()
  const world: World = { state: 'here', healed: 0, clock }
  const lines: JournalLine[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    const context = {
      driver: {} as Driver,
      journal,
      clock,
      random: seededRandom('a seed'),
      signal: new AbortController().signal,
    }
    let refused = ''
    const outcome = await clock
      .run(liveThroughFault(faultOf(hands, world), entry, context, Promise.resolve()))
      .catch((error: unknown) => {
        refused = messageOf(error)
      })
    const reasonOf = (kind: JournalLine['kind']) =>
      lines.flatMap(line => (line.kind === kind && 'reason' in line ? [line.reason] : []))
    return { outcome, refused, world, clock, lines, kinds: lines.map(line => line.kind), reasonOf }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a driver that never answers', () => {
  it('is a fault that was never injected when no target comes', async () => {
    const { refused, lines } = await live({ choose: () => never })
    assert.match(refused, /waited 60 s for a target of away-1 to be chosen/)
    assert.deepEqual(lines, [])
  })

  it('is a fault that was never injected when the probe is silent before it', async () => {
    const { refused, lines } = await live({ probe: () => never })
    assert.match(refused, /waited 60 s for the probe of away-1 to answer/)
    assert.deepEqual(lines, [])
  })

  it('leaves a fault that may hold when the injection is silent: it is healed, and stays unhealed', async () => {
    const { outcome, world, kinds, reasonOf, lines } = await live({ inject: () => never })
    assert.deepEqual(kinds, ['fault.intended', 'fault.unproven', 'fault.healed', 'fault.heal-unproven'])
    assert.match(String(reasonOf('fault.unproven')), /waited 150 s for the injection of away-1 to end/)
    assert.match(String(reasonOf('fault.heal-unproven')), /its injection has not ended/)
    assert.deepEqual(outcome, { proven: false, healed: false, isUnanswered: true })
    assert.equal(world.healed, 1)
    assert.deepEqual(
      JournalState.after(lines)
        .openFaults()
        .map(({ id }) => id),
      ['away-1'],
    )
  })

  it('is healed once more when a late injection takes effect after the first healing', async () => {
    const { outcome, world, kinds } = await live({
      async inject(at) {
        await at.clock.sleep(170_000)
        at.state = 'away'
      },
    })
    assert.deepEqual(outcome, { proven: false, healed: true, isUnanswered: false })
    assert.equal(world.state, 'here')
    assert.equal(world.healed, 2)
    assert.deepEqual(kinds, ['fault.intended', 'fault.unproven', 'fault.healed', 'fault.heal-proven'])
  })

  it('gives no evidence when the probe is silent during the fault', async () => {
    const { outcome, reasonOf, kinds } = await live({
      probe: async world => (world.state === 'away' ? never : undefined),
    })
    assert.match(String(reasonOf('fault.unproven')), /waited 60 s for the probe of away-1 to answer/)
    assert.ok(!kinds.includes('fault.proven'))
    assert.deepEqual(outcome, { proven: false, healed: true, isUnanswered: false })
  })

  it('is unhealed, and not tried again, when the healing is silent', async () => {
    const { outcome, world, reasonOf, clock } = await live({ heal: () => never })
    assert.match(String(reasonOf('fault.heal-unproven')), /waited 180 s for the healing of away-1 to end/)
    assert.deepEqual(outcome, { proven: true, healed: false, isUnanswered: true })
    assert.equal(world.healed, 1)
    assert.ok(clock.now() < 200_000, `${clock.now()} ms`)
  })

  it('is unhealed when the probe is silent after the healing', async () => {
    const { outcome, reasonOf } = await live({
      probe: async world => (world.healed > 0 ? never : undefined),
    })
    assert.match(String(reasonOf('fault.heal-unproven')), /waited 60 s for the probe of away-1 to answer/)
    assert.deepEqual(outcome, { proven: true, healed: false, isUnanswered: false })
  })
})
