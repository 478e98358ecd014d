import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { z } from 'zod'
import type { Clock } from '../../../chaos/core/clock.ts'
import type { FaultEntry } from '../../../chaos/core/drill.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Driver } from '../../../chaos/drivers/driver.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { defineFault } from '../../../chaos/faults/fault.ts'
import { zoneCut } from '../../../chaos/faults/zone-cut.ts'
import { liveThroughFault, type WhenReady } from '../../../chaos/run/fault-life.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'

const clock: Clock = { now: () => 0, wallMs: () => 0, sleep: async () => {} }
const entry = { role: 'fault', kind: 'away', id: 'away-1', atMs: 0, forMs: 0, spec: {} } as FaultEntry

/** A fault on whichever broker leads now, which needs nothing of the world. */
function awayOf(leader: () => number) {
  return defineFault({
    kind: 'away',
    summary: 'The leader goes away.',
    deed: 'something was done',
    dimension: 'broker-loss',
    needs: [],
    spec: z.strictObject({}),
    choose: async () => ({ summary: `broker ${leader()}`, zones: [], nodes: [leader()], links: [] }),
    inject: async () => {},
    probe: async () => 'away',
    baseline: () => 'here',
    isEffective: () => true,
    heal: async () => {},
    isHealed: () => true,
    describe: () => [],
  })
}

async function play(whenReady: WhenReady, leader: () => number): Promise<JournalLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-waits-'))
  const lines: JournalLine[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    const signal = new AbortController().signal
    const random = seededRandom('a seed')
    const context = { driver: {} as Driver, journal, clock, random, signal, whenReady }
    await liveThroughFault(awayOf(leader), entry, context, Promise.resolve())
    return lines
  } catch (error) {
    return [...lines, { kind: 'threw', error: String(error) } as unknown as JournalLine]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a fault whose target is not ready', () => {
  it('waits, says why, and chooses its target anew, since leaders move meanwhile', async () => {
    let leader = 1
    const lines = await play(
      async (_nodes, onWait) => {
        if (leader === 1) onWait('broker 1 leads no partition')
        leader = 2
        return { ready: true }
      },
      () => leader,
    )
    assert.equal(lines[0]?.kind, 'fault.waiting')
    const intended = lines.find(line => line.kind === 'fault.intended')
    assert.deepEqual(intended?.kind === 'fault.intended' ? intended.nodes : null, [2])
  })

  it('is never injected when the target does not get ready', async () => {
    const lines = await play(
      async () => ({ ready: false, why: 'broker 1 leads no partition', waitMs: 0 }),
      () => 1,
    )
    assert.match(JSON.stringify(lines), /nothing was injected: broker 1 leads no partition/)
    assert.ok(!lines.some(line => line.kind === 'fault.injected'))
  })

  it('begins at once when its target is ready', async () => {
    const lines = await play(
      async () => ({ ready: true }),
      () => 1,
    )
    assert.equal(lines[0]?.kind, 'fault.intended')
  })

  it('is asked of the broker inside a zone that is to be cut off, too', async () => {
    const driver = fakeDriver(fakeWorld())
    const target = await zoneCut.choose(driver, zoneCut.spec.parse({ zone: 'az-c' }), seededRandom('a seed'))
    assert.deepEqual(zoneCut.takesAway?.(driver, target), [3])
  })
})
