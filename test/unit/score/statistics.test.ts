import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import {
  BLOCK_SECONDS,
  type Estimate,
  judgeInterval,
  meanRatio,
  medianInterval,
  medianShift,
  MIN_SECONDS,
  quantileRatio,
} from '../../../chaos/score/statistics.ts'

const seeded = () => seededRandom('7')

/** Seconds of latencies around `level` ms that differ a little from second to second, always the same. */
function seconds(count: number, level: number, perSecond = 100): Int32Array[] {
  const random = seededRandom(`latencies at ${level}`)
  return Array.from({ length: count }, () => {
    const shift = 0.9 + 0.2 * random.next()
    return Int32Array.from({ length: perSecond }, () => level * shift * (0.8 + 0.4 * random.next()))
  })
}
const width = ({ low, high }: Estimate) => {
  assert.ok(low !== null && high !== null)
  return high / low
}
const holds = ({ low, high }: Estimate, truth: number) =>
  low !== null && high !== null && low <= truth && truth <= high

describe('a ratio of latency quantiles', () => {
  it('is near one, with one inside, when nothing changed', () => {
    const found = quantileRatio(seconds(30, 100), seconds(20, 100).toReversed(), 0.5, seeded())
    assert.ok(holds(found, 1), JSON.stringify(found))
    assert.ok(Math.abs((found.value ?? 0) - 1) < 0.05)
  })

  it('holds the factor by which everything became slower, and not one', () => {
    const found = quantileRatio(seconds(30, 100), seconds(30, 200), 0.99, seeded())
    assert.ok(holds(found, 2) && !holds(found, 1), JSON.stringify(found))
  })

  it('is the same for the same seed, and its value for any seed', () => {
    const of = (seed: string) => quantileRatio(seconds(20, 100), seconds(20, 130), 0.5, seededRandom(seed))
    assert.deepEqual(of('a'), of('a'))
    assert.equal(of('a').value, of('b').value)
    assert.notEqual(of('a').low, of('b').low)
  })

  it('is narrower with more seconds', () => {
    const of = (count: number) =>
      width(quantileRatio(seconds(count, 100), seconds(count, 100), 0.5, seeded()))
    assert.ok(of(60) < of(12))
  })

  it('is wider when bad seconds stand together than when the same are scattered', () => {
    const quiet = seconds(40, 100)
    const bad = (isBad: (second: number) => boolean) =>
      seconds(40, 100).map((second, i) => (isBad(i) ? second.map(latency => latency * 3) : second))
    const together = quantileRatio(
      quiet,
      bad(i => i >= 10 && i < 20),
      0.5,
      seeded(),
    )
    const scattered = quantileRatio(
      quiet,
      bad(i => i % 4 === 0),
      0.5,
      seeded(),
    )
    assert.equal(together.value, scattered.value)
    assert.ok(width(together) > width(scattered))
  })

  it('has a value and no interval with fewer than two blocks on a side, and says so', () => {
    const found = quantileRatio(seconds(30, 100), seconds(MIN_SECONDS - 1, 150), 0.5, seeded())
    assert.ok(found.value !== null && found.low === null && found.high === null)
    assert.deepEqual([found.n, found.samples], [9, [30, 9]])
    assert.match(found.why ?? '', /30 and 9 seconds: at least 10/)
    assert.equal(MIN_SECONDS, 2 * BLOCK_SECONDS)
  })

  it('has no interval of a p99 that hardly anything lies beyond', () => {
    const found = quantileRatio(seconds(30, 100), seconds(20, 100, 10), 0.99, seeded())
    assert.equal(found.low, null)
    assert.match(found.why ?? '', /200 batches are too few: 500/)
  })

  it('does not count seconds in which nothing was acknowledged', () => {
    const holes = seconds(20, 100).map((second, i) => (i < 12 ? new Int32Array() : second))
    assert.deepEqual(quantileRatio(seconds(20, 100), holes, 0.5, seeded()).samples, [20, 8])
  })

  it('has neither value nor interval when one side is empty', () => {
    const found = quantileRatio(seconds(20, 100), [], 0.5, seeded())
    assert.deepEqual([found.value, found.low], [null, null])
  })
})

describe('a ratio of rates', () => {
  it('holds the ratio of the means', () => {
    const rates = (level: number) => Array.from({ length: 20 }, (_, i) => level + (i % 3))
    const found = meanRatio(rates(100), rates(50), seeded())
    assert.ok(holds(found, 51 / 101) && !holds(found, 0.6), JSON.stringify(found))
  })

  it('is a point when every second was the same', () => {
    const found = meanRatio(Array(12).fill(10), Array(12).fill(20), seeded())
    assert.deepEqual([found.value, found.low, found.high], [2, 2, 2])
  })

  it('has nothing to say of a rate that was zero', () => {
    const found = meanRatio(Array(12).fill(0), Array(12).fill(20), seeded())
    assert.equal(found.value, null)
    assert.match(found.why ?? '', /nothing to compare with/)
  })
})

describe('a shift of medians', () => {
  it('is in the unit of the values, and may be negative', () => {
    const lag = (level: number) => Array.from({ length: 20 }, (_, i) => level + (i % 5) / 10)
    const found = medianShift(lag(3), lag(1), seeded())
    assert.equal(found.value, -2)
    assert.ok(holds(found, -2) && !holds(found, -1))
  })
})

describe('a limit against an interval', () => {
  it('passes only when all of it is within, and fails only when all of it is beyond', () => {
    assert.equal(judgeInterval({ atMost: 3 }, 1, 3), 'pass')
    assert.equal(judgeInterval({ atMost: 3 }, 2, 3.1), 'inconclusive')
    assert.equal(judgeInterval({ atMost: 3 }, 3.1, 9), 'fail')
    assert.equal(judgeInterval({ atLeast: 3 }, 3, 9), 'pass')
    assert.equal(judgeInterval({ atLeast: 3 }, 2, 9), 'inconclusive')
    assert.equal(judgeInterval({ above: 3 }, 3, 9), 'inconclusive')
    assert.equal(judgeInterval({ below: 3 }, 3, 9), 'fail')
  })

  it('equals a number only when it is that number, and differs only when the number is outside', () => {
    assert.equal(judgeInterval({ equals: 3 }, 3, 3), 'pass')
    assert.equal(judgeInterval({ equals: 3 }, 2, 4), 'inconclusive')
    assert.equal(judgeInterval({ equals: 3 }, 4, 5), 'fail')
  })

  it('takes an end that is not known for one that may be anywhere', () => {
    assert.equal(judgeInterval({ atMost: 3 }, Number.NEGATIVE_INFINITY, 2), 'pass')
    assert.equal(judgeInterval({ atMost: 3 }, 1, Number.POSITIVE_INFINITY), 'inconclusive')
  })
})

describe('the interval of a median', () => {
  it('is the whole range of a few values, with the confidence that this has', () => {
    assert.deepEqual(medianInterval([3, 1, 2]), { median: 2, low: 1, high: 3, confidence: 0.75 })
    assert.equal(medianInterval([1, 2, 3, 4, 5])?.confidence, 0.9375)
  })

  it('leaves out as many from each end as 95% allows', () => {
    const values = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
    // The tables of the sign test: n = 8 leaves out none, 9 one, 12 two, 20 five.
    for (const [n, low] of [
      [8, 1],
      [9, 2],
      [12, 3],
      [20, 6],
    ] as const) {
      const found = medianInterval(values(n))
      assert.deepEqual([found?.low, found?.high], [low, n + 1 - low], `n = ${n}`)
      assert.ok((found?.confidence ?? 0) >= 0.95)
    }
  })

  it('does not mind values that lie beyond everything', () => {
    const found = medianInterval([1, 2, 3, 4, 5, 6, 7, 8, Number.POSITIVE_INFINITY])
    assert.deepEqual([found?.median, found?.low, found?.high], [5, 2, 8])
  })

  it('is nothing without values', () => assert.equal(medianInterval([]), null))
})
