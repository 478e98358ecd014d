import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Hands } from '../../../chaos/actions/action.ts'
import type { Drill, TimelineEntry } from '../../../chaos/core/drill.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import type { WhenReady } from '../../../chaos/run/fault-life.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { playTimeline, type TimelineOutcome } from '../../../chaos/run/timeline.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'
import { VirtualClock } from './virtual-clock.ts'

const kill = (id: string, atMs: number, forMs = 5000): TimelineEntry => ({
  role: 'fault',
  kind: 'broker-kill',
  id,
  atMs,
  forMs,
  spec: { target: { node: 1 } },
})
const replay = (atMs: number): TimelineEntry => ({
  role: 'action',
  kind: 'replay',
  id: 'replay',
  atMs,
  spec: { from: 'oldest', to: 'end', consumer: 'recovery' },
})

const noHands: Hands = {
  now: () => 0,
  replay: async () => ({ ok: true, result: null }),
  repair: async () => ({ ok: true, result: null }),
  governedReplay: async () => ({ ok: true, result: null }),
  moveRegion: async () => ({ ok: true, result: null }),
  changeRelease: async () => ({ ok: true, result: null }),
  command: async () => ({ exitCode: 0, outputTail: '', why: null }),
  person: async () => true,
}

/** A target that is ready once `ms` have passed, each time that it is asked of. */
const readyAfter =
  (clock: VirtualClock, ms: number): WhenReady =>
  async (_nodes, onWait, signal) => {
    const left = ms - clock.now()
    if (left <= 0) return { ready: true }
    onWait('broker 1 is too young')
    await clock.sleep(left, signal)
    return { ready: true }
  }

async function play(
  timeline: readonly TimelineEntry[],
  whenReady: (clock: VirtualClock) => WhenReady,
  signal = new AbortController().signal,
  calledOff?: AbortController,
): Promise<{ lines: JournalLine[]; outcome: TimelineOutcome; at: (kind: string, id: string) => number[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-timeline-'))
  const clock = new VirtualClock()
  const lines: JournalLine[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    const outcome = await clock.run(
      playTimeline({
        drill: { timeline, settleMs: 1000, abort: [] } as unknown as Drill,
        driver: fakeDriver(fakeWorld()),
        journal,
        clock,
        random: seededRandom('a seed'),
        live: new LiveState(),
        signal,
        ...(calledOff && { calledOff: calledOff.signal }),
        whenReady: whenReady(clock),
        hands: noHands,
      }),
    )
    const at = (kind: string, id: string) =>
      lines.flatMap(line => (line.kind === kind && 'id' in line && line.id === id ? [line.t] : []))
    return { lines, outcome, at }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Two pauses between three looks: a fault is injected when its baseline is known. */
const BASELINE_MS = 100

describe('a timeline', () => {
  it('plays every entry at its time', async () => {
    const { at } = await play([kill('one', 10_000), replay(50_000)], clock => readyAfter(clock, 0))
    assert.deepEqual(at('fault.injected', 'one'), [10_000 + BASELINE_MS])
    assert.deepEqual(at('action.started', 'replay'), [50_000])
  })

  it('stands still while a fault waits: what was written to come after it comes after it', async () => {
    const { at } = await play([kill('one', 10_000), replay(50_000)], clock => readyAfter(clock, 65_000))
    assert.deepEqual(at('fault.waiting', 'one'), [10_000])
    assert.deepEqual(at('fault.injected', 'one'), [65_000 + BASELINE_MS])
    assert.deepEqual(at('action.started', 'replay'), [105_000])
  })

  it('adds up what several faults waited, one after the other', async () => {
    const each =
      (clock: VirtualClock): WhenReady =>
      async (_nodes, onWait, signal) => {
        if ([10_000, 50_000].includes(clock.now())) {
          onWait('broker 1 leads no partition')
          await clock.sleep(20_000, signal)
        }
        return { ready: true }
      }
    const { at } = await play([kill('one', 10_000), kill('two', 30_000), replay(60_000)], each)
    assert.deepEqual(at('fault.injected', 'one'), [30_000 + BASELINE_MS])
    assert.deepEqual(at('fault.injected', 'two'), [70_000 + BASELINE_MS])
    assert.deepEqual(at('action.started', 'replay'), [100_000])
  })

  it('counts time in which two faults wait together once', async () => {
    const { at } = await play([kill('one', 10_000), kill('two', 10_000), replay(40_000)], clock =>
      readyAfter(clock, 30_000),
    )
    assert.deepEqual(at('fault.waiting', 'two'), [10_000])
    assert.deepEqual(at('action.started', 'replay'), [60_000])
  })

  it('goes on when a target never gets ready, and does not prolong a fault that is in force', async () => {
    const never =
      (clock: VirtualClock): WhenReady =>
      async (_nodes, onWait, signal) => {
        if (clock.now() < 20_000) return { ready: true }
        onWait('broker 1 leads no partition')
        await clock.sleep(90_000, signal)
        return { ready: false, why: 'broker 1 leads no partition', waitMs: 1000 }
      }
    const { at } = await play([kill('one', 10_000, 30_000), kill('two', 20_000), replay(30_000)], never)
    assert.deepEqual(at('fault.healed', 'one'), [40_000 + BASELINE_MS])
    assert.deepEqual(at('fault.injected', 'two'), [])
    assert.deepEqual(at('fault.unproven', 'two'), [110_000])
    assert.deepEqual(at('action.started', 'replay'), [120_000])
  })

  it('is aborted, healed and not interrupted when its place calls it off, with what that said', async () => {
    const place = new AbortController()
    const calledOff =
      (clock: VirtualClock): WhenReady =>
      async () => {
        void clock.sleep(3000).then(() => place.abort(new Error('alarms: stop-az-a is ALARM')))
        return { ready: true }
      }
    const { outcome, at, lines } = await play(
      [kill('one', 10_000), replay(50_000)],
      calledOff,
      undefined,
      place,
    )
    assert.deepEqual([outcome.aborted, outcome.interrupted, outcome.unhealed], [true, false, []])
    const [abort] = lines.flatMap(line => (line.kind === 'abort' ? [line] : []))
    assert.deepEqual([abort?.probe, abort?.why], ['place', 'alarms: stop-az-a is ALARM'])
    assert.equal(at('fault.heal-proven', 'one').length, 1)
    assert.deepEqual(at('action.started', 'replay'), [])
  })

  it('ends at once when it is interrupted while it stands still', async () => {
    const stop = new AbortController()
    const interrupted =
      (clock: VirtualClock): WhenReady =>
      async (_nodes, onWait, signal) => {
        onWait('broker 1 is too young')
        await clock.sleep(5000, signal)
        stop.abort(new Error('SIGINT'))
        await clock.sleep(60_000, signal)
        return { ready: true }
      }
    const { outcome, at, lines } = await play([kill('one', 10_000), replay(12_000)], interrupted, stop.signal)
    assert.equal(outcome.interrupted, true)
    assert.deepEqual(at('action.started', 'replay'), [])
    assert.equal(lines.at(-1)?.t, 10_000)
  })
})
