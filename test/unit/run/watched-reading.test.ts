import assert from 'node:assert/strict'
import type { Journal } from '../../../chaos/record/journal.ts'
import type { ReplayResult } from '../../../chaos/replay/replay.ts'
import { brokenCondition, readWatched } from '../../../chaos/run/watched-reading.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const NOTHING = { isComplete: true, reason: null, partitions: [] } as unknown as ReplayResult

/** Reads until it is stopped, or for so many looks. */
function reading(looks: readonly (string | Error | null)[]) {
  const lines: unknown[] = []
  let looked = 0
  const over = new AbortController()
  const watched = readWatched({
    id: 'rebuild',
    journal: { append: (line: unknown) => lines.push(line) } as unknown as Journal,
    clock: { ...systemClock, sleep: () => new Promise(setImmediate) },
    everyMs: 1,
    look() {
      const said = looks[looked++] ?? null
      if (looked >= looks.length) over.abort()
      if (said instanceof RangeError) throw said
      return said
    },
    read: signal =>
      new Promise(resolve => {
        signal.addEventListener('abort', () => resolve({ ...NOTHING, isComplete: false, reason: 'aborted' }))
        over.signal.addEventListener('abort', () => setImmediate(() => resolve(NOTHING)))
      }),
    signal: new AbortController().signal,
  })
  return { watched, lines }
}

describe('a replay that is watched', () => {
  it('comes to its end while nothing is wrong', async () => {
    const { watched, lines } = reading([null, null])
    assert.deepEqual(await watched, { result: NOTHING, stopped: null })
    assert.deepEqual(lines, [])
  })

  it('is stopped once, with a line in the journal, when it may not go on', async () => {
    const { watched, lines } = reading([null, 'live readers are 30 s behind', null])
    const { result, stopped } = await watched
    assert.deepEqual([result.reason, stopped], ['aborted', 'live readers are 30 s behind'])
    assert.deepEqual(lines, [{ kind: 'replay.stopped', id: 'rebuild', why: 'live readers are 30 s behind' }])
  })

  it('is stopped when nobody can look any more', async () => {
    const { watched } = reading([null, new RangeError('the file cannot be read'), null])
    const { stopped } = await watched
    assert.match(String(stopped), /the file cannot be read/)
  })
})

describe('a condition at which a replay is stopped', () => {
  it('is told with what was seen, and does not hold while nothing is known', () => {
    const conditions = [{ probe: 'tail-lag-seconds' as const, above: 20 }]
    assert.match(brokenCondition(conditions, () => 21) ?? '', /tail-lag-seconds is 21: .* above 20/)
    assert.equal(
      brokenCondition(conditions, () => 20),
      null,
    )
    assert.equal(
      brokenCondition(conditions, () => null),
      null,
    )
  })
})
