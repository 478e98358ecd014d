import assert from 'node:assert/strict'
import { exactly, roundDown } from '../../../chaos/core/numbers.ts'
import { besideLimit, formatValue } from '../../../chaos/core/quantity.ts'
import { formatBytes, formatDuration } from '../../../chaos/core/units.ts'
import { bytes, ms, seconds, shown } from '../../../chaos/page/format.ts'
import { gateOf } from '../../../chaos/numbers/index.ts'
import { longerThan } from '../../../chaos/record/measured.ts'

describe('numbers beside their limits', () => {
  const table: readonly [gate: string, value: number, limit: number, words: string][] = [
    ['sustained-recovery-seconds', 20.004, 20, '20.004 s'],
    ['sustained-recovery-seconds', 19.996, 20, '19.996 s'],
    ['sustained-recovery-seconds', 20, 20, '20 s'],
    ['sustained-recovery-seconds', 15.574, 0.5, '15.57 s'],
    ['sustained-recovery-seconds', 130.4, 130, '130.4 s'],
    ['replay-seconds', 0.0012, 0.001, '0.0012 s'],
    ['replay-producer-p99-ratio', 2.004, 2, '×2.004'],
    ['recovery-bytes-moved', 50_000_001, 50_000_000, '50,000,001 B'],
    ['device-connects-per-second-peak', 500.4, 500, '500.4/s'],
    ['acked-loss', 12_345, 0, '12,345 records'],
  ]
  for (const [gate, value, limit, words] of table) {
    it(`do not round ${value} across ${limit}: ${words}`, () => {
      assert.equal(besideLimit(value, limit, gateOf(gate).unit), words)
    })
  }

  it('never claim more of a lower bound than is known', () => {
    for (const [value, down] of [
      [19_567, 19_560],
      [19.5678, 19.56],
      [0.00123456, 0.001234],
      [9_247, 9_247],
      [1_234_567, 1_234_000],
      [0, 0],
      [31, 31],
    ] as const) {
      assert.equal(roundDown(value), down)
      assert.ok(roundDown(value) <= value)
    }
    assert.equal(shown(longerThan(19_570, 'x'), ms), 'at least 19.57 s')
    assert.equal(shown(longerThan(19_999, 'x'), ms), 'at least 19.99 s')
  })

  it('are limits as they are written', () => {
    assert.deepEqual(
      [
        exactly(0.001, 's'),
        exactly(2, 'ratio'),
        exactly(1, 'records'),
        exactly(500, '/s'),
        exactly(0.25, 's'),
      ],
      ['0.001 s', '×2', '1 record', '500/s', '0.25 s'],
    )
  })

  it('look the same in a gate, on a page and in a comparison', () => {
    for (const value of [0.25, 1.44, 9.999, 15.57, 75, 119, 130]) {
      assert.deepEqual(
        [formatValue(value, 's'), seconds(value), ms(value * 1000)],
        Array(3).fill(formatDuration(value * 1000)),
      )
    }
  })

  it('of bytes beyond a rate are never negative', () => {
    assert.deepEqual([bytes(-4), bytes(0)], ['none beyond the steady rate', '0 B'])
    assert.equal(bytes(1_234_567), formatBytes(1_234_567))
  })
})
