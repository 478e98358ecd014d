import assert from 'node:assert/strict'
import {
  type DrillScope,
  drillScopeOf,
  emptyWords,
  inWallTime,
  isOfEverything,
} from '../../../chaos/core/replay-scope.ts'

const NOW = Date.parse('2026-11-30T12:00:00Z')
const scope = (over: Partial<DrillScope> = {}): DrillScope => ({
  topics: ['a'],
  from: 'oldest',
  to: 'end',
  ...over,
})

describe('the scope of a replay in a drill', () => {
  it('counts times from when the replay begins, and leaves all else as it is', () => {
    assert.deepEqual(inWallTime(scope({ from: { ago: 60_000 }, to: { ago: 1000 } }), NOW), {
      topics: ['a'],
      from: { time: '2026-11-30T11:59:00.000Z' },
      to: { time: '2026-11-30T11:59:59.000Z' },
    })
    const time = { time: '2026-11-30T06:00:00Z' }
    assert.deepEqual(
      inWallTime(scope({ from: time, to: { offset: 9 } }), NOW),
      scope({ from: time, to: { offset: 9 } }),
    )
  })

  it('is read from an entry of a timeline as it was parsed, of every topic where it names none', () => {
    const spec = { from: { ago: 5000 }, to: 'end', consumer: 'recovery', rateLimit: 5 }
    assert.deepEqual(drillScopeOf(spec, ['a', 'b']), { topics: ['a', 'b'], from: { ago: 5000 }, to: 'end' })
    // So it is written in runs of before a replay had a scope.
    assert.ok(isOfEverything(drillScopeOf({ from: 'oldest' }, ['a']) ?? scope({ topics: [] }), ['a']))
    assert.equal(drillScopeOf({ from: 'yesterday' }, ['a']), null)
  })

  it('says why nothing can be in it', () => {
    assert.match(emptyWords(scope({ from: { offset: 9 }, to: { offset: 9 } })) ?? '', /offset 9/)
    assert.match(emptyWords(scope({ from: { ago: 1000 }, to: { ago: 2000 } })) ?? '', /end 2 s ago/)
    const late = { time: '2026-11-30T06:00:00Z' }
    assert.match(emptyWords(scope({ from: late, to: late })) ?? '', /before it begins/)
    for (const good of [
      scope(),
      scope({ from: { offset: 9 } }),
      scope({ from: { ago: 2000 }, to: { ago: 1000 } }),
    ])
      assert.equal(emptyWords(good), null)
  })
})
