import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Drill, TimelineEntry } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Driver } from '../../../chaos/drivers/driver.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { playTimeline } from '../../../chaos/run/timeline.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'
import { VirtualClock } from './virtual-clock.ts'

/** A replay that a drill has at this time. */
export const replayAt = (atMs: number): TimelineEntry => ({
  role: 'action',
  kind: 'replay',
  id: 'replay',
  atMs,
  spec: { from: 'oldest', to: 'end', consumer: 'recovery' },
})

/** Plays a timeline in a world that is as a test makes it, where a replay takes no time; what the journal has then. */
export async function playOn(
  timeline: readonly TimelineEntry[],
  made: (plain: Driver, clock: VirtualClock) => Driver,
): Promise<readonly JournalLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-timeline-'))
  const clock = new VirtualClock()
  const lines: JournalLine[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => lines.push(line))
    await clock.run(
      playTimeline({
        drill: { timeline, settleMs: 1000, abort: [] } as unknown as Drill,
        driver: made(fakeDriver(fakeWorld()), clock),
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
          moveRegion: async () => ({ ok: true, result: null }),
          changeRelease: async () => ({ ok: true, result: null }),
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

/** Of the first line of a kind. */
export const timeOf = (lines: readonly JournalLine[], kind: string): number =>
  lines.find(line => line.kind === kind)?.t ?? Number.NaN
