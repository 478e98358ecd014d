import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Drill, TimelineEntry } from '../../../chaos/core/drill.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Driver, Links } from '../../../chaos/drivers/driver.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { playTimeline } from '../../../chaos/run/timeline.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'
import { VirtualClock } from './virtual-clock.ts'

const slow: TimelineEntry = {
  role: 'fault',
  kind: 'link-latency',
  id: 'slow',
  atMs: 10_000,
  forMs: 5000,
  spec: faultOf('link-latency').spec.parse({ links: { zone: 'az-b' }, delayMs: 100 }) as Record<
    string,
    unknown
  >,
}
const replay: TimelineEntry = {
  role: 'action',
  kind: 'replay',
  id: 'replay',
  atMs: 20_000,
  spec: { from: 'oldest', to: 'end', consumer: 'recovery' },
}

/** A machine on which every question over a link takes this long, before and during the fault. */
async function playOn(questionMs: number): Promise<readonly JournalLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-baseline-'))
  const clock = new VirtualClock()
  const lines: JournalLine[] = []
  const plain = fakeDriver(fakeWorld())
  const late: Links['roundTrip'] = async (...asked) => {
    await clock.sleep(questionMs)
    return (plain.links as Links).roundTrip(...asked)
  }
  const driver: Driver = { ...plain, links: { ...(plain.links as Links), roundTrip: late } }
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    await clock.run(
      playTimeline({
        drill: { timeline: [slow, replay], settleMs: 1000, abort: [] } as unknown as Drill,
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

describe('a baseline on a busy machine', () => {
  it('holds the timeline up: what was written to come after the fault comes after it', async () => {
    const lines = await playOn(400)
    const injected = timeOf(lines, 'fault.injected')
    assert.ok(injected > 11_000, `injected at ${injected}`)
    assert.ok(timeOf(lines, 'action.started') >= injected + 5000)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 1)
  })

  it('has an end, however slow the machine is', async () => {
    const lines = await playOn(4000)
    const began = 10_000
    const ended = lines.find(line => line.kind === 'fault.injected' || line.kind === 'fault.unproven')
    // The budget, and the looks that were under way or are the least that tells anything.
    assert.ok((ended?.t ?? Number.POSITIVE_INFINITY) - began < 150_000, `it ended at ${ended?.t}`)
    assert.ok(timeOf(lines, 'action.started') > (ended?.t ?? 0))
  })

  it('does not hold it up on a machine that is quick', async () => {
    const lines = await playOn(1)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 0)
    assert.equal(timeOf(lines, 'action.started'), 20_000)
  })
})
