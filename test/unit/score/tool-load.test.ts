import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { toolBound, type ToolSample } from '../../../chaos/record/tool-samples.ts'
import { toolBoundWords } from '../../../chaos/score/tool-bound.ts'
import { measureTool, replayLimitOf } from '../../../chaos/score/tool-load.ts'

const QUIET: ToolSample = {
  t: 0,
  part: 'main',
  forMs: 1000,
  busy: 0.2,
  cpu: 0.15,
  waited: 0.02,
  delayMs: 5,
  gcMs: 10,
}
type Change = Partial<ToolSample>

/** One sample a second, from the first second on. */
const series = (part: string, ...changes: readonly Change[]) => ({
  rows: changes.map((change, i) => ({ ...QUIET, part, t: 1000 * (i + 1), ...change, line: i + 1 })),
})
const SPAN = { fromMs: 0, toMs: 10_000 }
const READING: Change = { owed: 3, throttledMs: 0 }
const times = (count: number, change: Change): Change[] => Array.from({ length: count }, () => change)

describe('a part of the tool', () => {
  it('is above its limits when its thread has no reserve, and not when it has', () => {
    assert.match(toolBound({ ...QUIET, busy: 1, cpu: 0.95, waited: 0.02 }) ?? '', /computed 97% of the time/)
    assert.equal(toolBound({ ...QUIET, busy: 0.8, cpu: 0.8, waited: 0.02 }), null)
  })

  it('is not above them for what it waits for the machine', () => {
    // Never idle, and a CPU for a third of the time: the others are the machine's programs.
    assert.equal(toolBound({ ...QUIET, busy: 1, cpu: 0.3, waited: 0.6, delayMs: 500 }), null)
    const crowded = toolBound({ ...QUIET, busy: 1, cpu: 0.39, waited: 0.6 }) ?? ''
    assert.match(crowded, /wanted a CPU all the time, and waited for one 60% of it: the machine has too few/)
  })

  it('is above them when its event loop is late by its own work, or when it collects garbage', () => {
    assert.match(toolBound({ ...QUIET, delayMs: 260, waited: 0.02 }) ?? '', /late by 240 ms/)
    assert.equal(toolBound({ ...QUIET, delayMs: 260, waited: 0.1 }), null)
    assert.match(toolBound({ ...QUIET, busy: 0.5, cpu: 0.45, waited: 0, gcMs: 250 }) ?? '', /garbage 25%/)
    assert.equal(toolBound({ ...QUIET, busy: 0.5, cpu: 0.45, waited: 0, gcMs: 240 }), null)
  })

  it('is above them while its devices are held back, by a quota of brokers or by the run’s own limit', () => {
    assert.match(
      toolBound({ ...QUIET, quotaMs: 40 }) ?? '',
      /brokers held its devices back by 40 ms, for a quota/,
    )
    assert.match(
      toolBound({ ...QUIET, pacedMs: 40 }) ?? '',
      /kept to the run’s limit of bytes, and waited 40 ms/,
    )
    assert.equal(toolBound({ ...QUIET, quotaMs: 0, pacedMs: 0 }), null)
  })

  it('is above them for as long as it reaches brokers through sessions, which are slower than any network', () => {
    const through = toolBound({ ...QUIET, wayMs: 84 }) ?? ''
    assert.match(through, /through sessions of Systems Manager, where an answer took up to 84 ms$/)
    assert.ok(toolBound({ ...QUIET, wayMs: 0 }))
  })

  it('collects no more garbage than it had a CPU for, however long others kept it from ending', () => {
    // As sampled beside three starting brokers: 406 ms passed within collections, and its thread ran for 149 ms in all.
    const starved = { forMs: 1224, busy: 0.755, cpu: 0.122, waited: 0.413, delayMs: 134, gcMs: 406 }
    assert.equal(toolBound({ ...QUIET, ...starved }), null)
    assert.match(toolBound({ ...QUIET, ...starved, cpu: 0.3 }) ?? '', /garbage 51%/)
  })

  it('is judged by how busy it was where the system tells no more', () => {
    assert.match(toolBound({ ...QUIET, busy: 0.95, cpu: null, waited: null }) ?? '', /computed 95%/)
    assert.equal(toolBound({ ...QUIET, busy: 0.7, cpu: null, waited: null }), null)
  })
})

describe('windows in which the tool was in the way', () => {
  it('are samples above a limit, those that follow each other as one', () => {
    const bad = { busy: 1, cpu: 0.99, waited: 0 }
    const measured = measureTool(series('main', {}, bad, bad, {}, bad), SPAN)
    assert.deepEqual(
      measured?.windows.map(({ fromMs, toMs, line }) => [fromMs, toMs, line]),
      [
        [1000, 3000, 2],
        [4000, 5000, 5],
      ],
    )
    assert.deepEqual(
      measured?.parts.map(({ seconds, boundSeconds }) => [seconds, boundSeconds]),
      [[5, 3]],
    )
  })

  it('are none where nothing was above a limit, and not known where nobody looked', () => {
    assert.deepEqual(measureTool(series('main', {}, {}), SPAN)?.windows, [])
    assert.equal(measureTool({ rows: [] }, SPAN), null)
  })
})

describe('a replay', () => {
  const limit = (...changes: readonly Change[]) =>
    replayLimitOf(series('recovery', ...changes), 'recovery', SPAN)

  it('was limited by the reader when its thread computed all the time, and by the platform when it waited for answers', () => {
    const reader = limit(...times(5, { ...READING, busy: 0.99, cpu: 0.97, waited: 0.01 }))
    assert.deepEqual([reader.by, reader.lines], ['reader', [1, 5]])
    assert.match(reader.why, /^limited by the reader: its busiest thread computed 98% of the time/)
    const platform = limit(...times(5, { ...READING, busy: 0.3, cpu: 0.25, waited: 0.05, throttledMs: 4000 }))
    assert.equal(platform.by, 'platform')
    assert.match(
      platform.why,
      /^limited by the platform: its busiest thread computed 26% .* was idle 70% of the time .* held it back for 4 s by a quota$/,
    )
  })

  it('was limited by neither alone in between, and by the machine when it was not let run', () => {
    assert.equal(limit(...times(5, { ...READING, busy: 0.75, cpu: 0.72, waited: 0.01 })).by, 'both')
    assert.equal(limit(...times(5, { ...READING, busy: 0.9, cpu: 0.2, waited: 0.65 })).by, 'machine')
    // It computed whenever it was let run, and hardly was: with a CPU of its own it may have waited for answers.
    assert.equal(limit(...times(5, { ...READING, busy: 1, cpu: 0.35, waited: 0.64 })).by, 'machine')
  })

  it('is named by the busiest of its threads: one that is done early waits for nobody', () => {
    const rows = [
      ...series('recovery/1', ...times(5, { ...READING, busy: 1, cpu: 0.98, waited: 0 })).rows,
      ...series('recovery/2', ...times(5, { owed: 0, busy: 0, cpu: 0, waited: 0 })).rows,
    ]
    assert.equal(replayLimitOf({ rows }, 'recovery', SPAN).by, 'reader')
  })

  it('was limited by its way where it read through a session, however idle its thread was', () => {
    const idle = { ...READING, busy: 0.3, cpu: 0.25, waited: 0.05 }
    const rows = [
      ...series('recovery', ...times(5, idle)).rows,
      ...series('main', { wayMs: 40 }, { wayMs: 340 }, {}, {}, {}).rows,
    ]
    const { by, why } = replayLimitOf({ rows }, 'recovery', SPAN)
    assert.equal(by, 'way')
    assert.match(why, /^limited by its way: .* an answer took up to 340 ms$/)
    assert.equal(replayLimitOf({ rows }, 'recovery', { fromMs: 3000, toMs: 9000 }).by, 'platform')
  })

  it('is named by nobody when its reader was not sampled, or when it never ended', () => {
    assert.equal(replayLimitOf(series('recovery-2', READING), 'recovery', SPAN).by, 'unknown')
    assert.equal(replayLimitOf(series('recovery', READING), 'recovery', null).by, 'unknown')
  })
})

describe('numbers that the tool takes', () => {
  const measured = (changes: object): Measurements =>
    ({
      faults: [{ id: 'zone-cut-1', injectedAt: 20_000, windowEndsAt: 40_000 }],
      replays: [
        { id: 'replay-1', startedAt: 50_000, finishedAt: 60_000, limit: { by: 'platform', why: '' } },
      ],
      tool: { parts: [], windows: [] },
      ...changes,
    }) as unknown as Measurements
  const window = (fromMs: number, toMs: number) => ({
    tool: {
      parts: [],
      windows: [{ part: 'main', fromMs, toMs, why: 'its thread computed 99% of the time', line: 9 }],
    },
  })

  it('are its own while it was in the way, and the platform’s where it was not', () => {
    const during = measured(window(25_000, 27_000))
    assert.match(
      toolBoundWords(during, { unit: 's' }, 'zone-cut-1') ?? '',
      /^tool-bound: .* for 2 s of that time/,
    )
    assert.equal(toolBoundWords(during, { unit: 's' }, 'replay-1'), null)
    assert.equal(toolBoundWords(measured({}), { unit: 's' }, 'zone-cut-1'), null)
    assert.equal(toolBoundWords(during, { unit: 'records' }, 'zone-cut-1'), null)
    assert.ok(toolBoundWords(during, { unit: 'ms' }, null))
  })

  it('say for how long in all, within the time that they are about, and the reason of the longest', () => {
    const [first, second] = [window(19_000, 20_100), window(30_000, 33_000)].map(
      ({ tool }) => tool.windows[0],
    )
    const twice = measured({
      tool: { parts: [], windows: [first, { ...second, why: 'its thread computed 91% of the time' }] },
    })
    assert.match(
      toolBoundWords(twice, { unit: 's' }, 'zone-cut-1') ?? '',
      /for 3\.1 s of that time \(its thread computed 91%/,
    )
  })

  it('of a replay are its reader’s when that limited it, however busy devices were', () => {
    const by = (who: string) =>
      measured({
        ...window(50_000, 60_000),
        replays: [
          { id: 'replay-1', startedAt: 50_000, finishedAt: 60_000, limit: { by: who, why: 'limited by x' } },
        ],
      })
    const entry = { unit: 's', takenBy: 'replay' } as const
    assert.equal(toolBoundWords(by('reader'), entry, 'replay-1'), 'the replay was limited by x')
    assert.equal(toolBoundWords(by('machine'), entry, 'replay-1'), 'the replay was limited by x')
    assert.equal(toolBoundWords(by('way'), entry, 'replay-1'), 'the replay was limited by x')
    assert.equal(toolBoundWords(by('platform'), entry, 'replay-1'), null)
    assert.ok(toolBoundWords(by('platform'), { unit: 's' }, 'replay-1'))
  })
})
