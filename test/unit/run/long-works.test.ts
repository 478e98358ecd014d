import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Drill, TimelineEntry } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Driver, Settings } from '../../../chaos/drivers/driver.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { playTimeline } from '../../../chaos/run/timeline.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'
import { VirtualClock } from './virtual-clock.ts'

const change: TimelineEntry = {
  role: 'fault',
  kind: 'config-rollback',
  id: 'setting',
  atMs: 10_000,
  forMs: 60_000,
  spec: faultOf('config-rollback').spec.parse({ setting: 'num.io.threads', value: 2 }) as Record<
    string,
    unknown
  >,
}
/** Written to come after a rollback of which both halves take as long as the change may. */
const replay: TimelineEntry = {
  role: 'action',
  kind: 'replay',
  id: 'replay',
  atMs: 140_000,
  spec: { from: 'oldest', to: 'end', consumer: 'recovery' },
}

/** On a platform whose brokers take this long to end and to come back. */
async function playOn(restartMs: number): Promise<readonly JournalLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-long-works-'))
  const clock = new VirtualClock()
  const lines: JournalLine[] = []
  const plain = fakeDriver(fakeWorld())
  const settings: Settings = {
    ...(plain.settings as Settings),
    async change(...asked) {
      await clock.sleep(restartMs)
      return (plain.settings as Settings).change(...asked)
    },
  }
  const driver: Driver = { ...plain, settings }
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    await clock.run(
      playTimeline({
        drill: { timeline: [change, replay], settleMs: 1000, abort: [] } as unknown as Drill,
        driver,
        journal,
        clock,
        random: seededRandom('a seed'),
        live: new LiveState(),
        signal: new AbortController().signal,
        hands: {
          now: () => clock.now(),
          replay: async () => ({ ok: true, result: null }),
          repair: async () => ({ ok: true, result: null }),
          governedReplay: async () => ({ ok: true, result: null }),
          command: async () => ({ exitCode: 0, outputTail: '', why: null }),
          person: async () => true,
        },
      }),
    )
    return lines
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const timeOf = (lines: readonly JournalLine[], kind: string): number =>
  lines.find(line => line.kind === kind)?.t ?? Number.NaN

describe('a rolling restart', () => {
  it('lets what comes after it come after it, where brokers take long', async () => {
    const lines = await playOn(45_000)
    assert.ok(timeOf(lines, 'fault.heal-proven') > 2 * 3 * 45_000)
    assert.ok(timeOf(lines, 'action.started') > timeOf(lines, 'fault.heal-proven'))
    const waits = lines.flatMap(line => (line.kind === 'fault.waiting' ? [line.why] : []))
    assert.deepEqual(waits, ['its injection takes more than 60 s', 'its healing takes more than 60 s'])
  })

  it('holds nothing up where brokers are quick', async () => {
    const lines = await playOn(10_000)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 0)
    assert.equal(timeOf(lines, 'action.started'), 140_000)
    assert.equal(timeOf(lines, 'fault.healed') - timeOf(lines, 'fault.injected'), 60_000)
  })
})
