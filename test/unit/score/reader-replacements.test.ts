import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { ReadEvent } from '../../../chaos/record/journal-reader.ts'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { verdictOf } from '../../../chaos/score/judge.ts'
import { readingOf } from '../../../chaos/numbers/reading.ts'
import { replacedMs, readerReplacements } from '../../../chaos/score/reader-replacements.ts'
import { measureReplays } from '../../../chaos/score/replay.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'
import { timelineOf } from './faults.ts'

type Told = JournalEvent & { readonly t: number }
const journal = (...told: readonly Told[]): Evidence['journal'] => ({
  events: told.map((event, i): ReadEvent => ({ line: i + 1, event: { ...event, seq: i, at: '', prev: '' } })),
  broken: null,
  skipped: [],
  lines: told.length,
  head: '',
})
const replaced = (reader: string, t: number): Told => ({
  kind: 'reader.replaced',
  reader,
  cause: 'broker-dead',
  why: 'kafka-2 is silent',
  since: t - 4000,
  t,
})
const resumed = (reader: string, t: number): Told => ({ kind: 'reader.resumed', reader, afterMs: 1, t })

/** A replay from 30 s to 40 s, and the tail's lag by the second. */
function measure(events: readonly Told[], lag: (t: number) => number = () => 0.2) {
  const rows = Array.from({ length: 61 }, (_, second) => ({
    t: second * 1000,
    consumer: 'tail' as const,
    records: 1,
    bytes: 1,
    lagRecords: 0,
    lagSeconds: lag(second * 1000),
  }))
  const action = {
    id: 'replay',
    kind: 'replay',
    startedAt: 30_000,
    finishedAt: 40_000,
    ok: true,
    result: { partitions: {}, seconds: 9.5, complete: true },
    line: 9,
  }
  const evidence = evidenceOf({ journal: journal(...events), consumers: seriesOf('consumers', 1000, rows) })
  const [found] = measureReplays(evidence, timelineOf({ actions: [action] }), seededRandom('7'))
  assert.ok(found)
  return found
}

const bounds = ({ interval }: { interval?: { low: number | null; high: number | null } | undefined }) =>
  interval && [interval.low, interval.high]

describe('numbers of a reader that this program replaced', () => {
  it('know how long it was without partitions, once where it was replaced again meanwhile', () => {
    const found = readerReplacements(
      journal(replaced('tail', 10), replaced('tail', 20), resumed('recovery', 25), resumed('tail', 50))
        .events,
      'tail',
    )
    assert.deepEqual(
      found.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [
        [10, 50],
        [20, 50],
      ],
    )
    assert.equal(replacedMs(found, { fromMs: 0, toMs: 100 }), 40)
    assert.equal(replacedMs(found, { fromMs: 30, toMs: 40 }), 10)
  })

  it('bound the time of a replay: a limit within the bounds is not decided', () => {
    const { seconds } = measure([replaced('recovery', 32_000), resumed('recovery', 34_500)])
    assert.deepEqual([seconds.value, bounds(seconds)], [9.5, [7, 9.5]])
    const judged = (atMost: number) =>
      verdictOf({ gate: 'replay-seconds', atMost }, readingOf(seconds, 'replay', '/x'))
    assert.deepEqual([judged(6), judged(8), judged(10)], ['fail', 'inconclusive', 'pass'])
    assert.match(seconds.interval?.method ?? '', /replaced once by this program/)
  })

  it('leave the time of a replay alone that was not touched', () => {
    for (const events of [[], [replaced('tail', 32_000)], [replaced('recovery', 50_000)]])
      assert.equal(measure(events).seconds.interval, undefined)
  })

  it('bound the lag of the tail until it has caught up again', () => {
    const lag = (t: number) => (t === 31_000 ? 1.5 : t >= 33_000 && t <= 36_000 ? 6 : 0.2)
    const events = [replaced('tail', 32_500), resumed('tail', 34_000)]
    const { tailLagSeconds } = measure(events, lag)
    assert.deepEqual([tailLagSeconds.value, bounds(tailLagSeconds)], [6, [1.5, 6]])
    // Its twin: the same lag, and nothing was replaced.
    assert.deepEqual(
      [measure([], lag).tailLagSeconds.value, bounds(measure([], lag).tailLagSeconds)],
      [6, undefined],
    )
  })
})
