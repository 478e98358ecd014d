import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultEntry } from '../../../chaos/core/drill.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { FAULTS, faultOf } from '../../../chaos/faults/index.ts'
import { liveThroughFault } from '../../../chaos/run/fault-life.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { fakeDriver, fakeWorld, type FakeWorld, THREE_ZONES_AND_STORE } from './fake-driver.ts'
import { shippedSpec } from './fault-life.ts'

export interface Life {
  readonly proven: boolean
  readonly healed: boolean
  readonly kinds: readonly string[]
  readonly reason: string | undefined
  readonly lines: readonly JournalLine[]
}

/** A whole life of a fault in a world whose time passes as soon as nobody has anything to do. */
export async function live(
  kind: string,
  spec: object,
  world: FakeWorld,
  onLine: (line: JournalLine, clock: VirtualClock) => void = () => {},
): Promise<Life> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-noise-'))
  const clock = new VirtualClock()
  const fault = faultOf(kind)
  const lines: JournalLine[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => {
      lines.push(line)
      onLine(line, clock)
    })
    const entry: FaultEntry = {
      id: 'one',
      role: 'fault',
      kind,
      atMs: 0,
      forMs: 1000,
      // That of a shipped drill has been read: `10s` is a number in it.
      spec: (spec === (await shippedSpec(kind)) ? spec : fault.spec.parse(spec)) as Record<string, unknown>,
    }
    const driver = fakeDriver(world, THREE_ZONES_AND_STORE, fault.needs)
    const context = { driver, journal, clock, random: seededRandom(1), signal: new AbortController().signal }
    const outcome = await clock.run(liveThroughFault(fault, entry, context, Promise.resolve()))
    const unproven = lines.find(line => line.kind === 'fault.unproven')
    return { ...outcome, kinds: lines.map(line => line.kind), reason: unproven?.reason, lines }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export type Noise = FakeWorld['noise']

/** What machines do to a probe by themselves. Times are milliseconds on top of what is asked. */
const NOISES: Readonly<Record<string, (seed: number) => Noise>> = {
  'a quiet machine': seed => steady(seed, 0.4, 0),
  'a machine with other work': seed => steady(seed, 12, 0),
  'a machine at its limit': seed => steady(seed, 70, 0),
  'a machine that loses a question in fifty': seed => steady(seed, 12, 0.02),
  'a machine that gets slower': seed => {
    const random = seededRandom(seed)
    let asked = 0
    return () => ({ ms: asked++ / 40 + random.next() * 4, lost: false })
  },
  'a machine with rare long pauses': seed => {
    const random = seededRandom(seed)
    return () => ({ ms: random.next() < 0.05 ? 150 : random.next() * 2, lost: false })
  },
}
export function steady(seed: number, mostMs: number, share: number): Noise {
  const random = seededRandom(seed)
  return () => ({ ms: random.next() * mostMs, lost: random.next() < share })
}
/** Each fault on each machine, with the numbers that each seed draws. */
export function noiseProvesNothing(seeds: readonly number[]): void {
  for (const kind of FAULTS.keys()) {
    for (const [machine, noise] of Object.entries(NOISES)) {
      it(`prove no ${kind} on ${machine}`, async () => {
        for (const seed of seeds) {
          const world = fakeWorld()
          world.obeys = false
          world.noise = noise(seed)
          const life = await live(kind, await shippedSpec(kind), world)
          assert.equal(life.proven, false, `seed ${seed}: ${life.kinds.join(', ')}`)
          assert.notEqual(life.reason, undefined)
        }
      }).timeout(60_000)

      it(`leave ${kind} healed on ${machine}, and prove it where it is not drowned by them`, async () => {
        for (const seed of seeds) {
          const world = fakeWorld()
          world.noise = noise(seed)
          const life = await live(kind, await shippedSpec(kind), world)
          assert.equal(life.healed, true, `seed ${seed}: ${life.kinds.join(', ')}`)
          const isDrowned = life.reason?.startsWith('nothing was injected') ?? false
          assert.notEqual(life.proven, isDrowned, life.reason)
          if (machine === 'a quiet machine') assert.equal(life.proven, true, life.reason)
        }
      }).timeout(60_000)
    }
  }
}
