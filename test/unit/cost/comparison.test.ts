import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { breakEvens, signChanges } from '../../../chaos/cost/model/break-even.ts'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import { LEVERS } from '../../../chaos/cost/model/levers.ts'
import { sensitivities } from '../../../chaos/cost/model/sensitivity.ts'
import { breakEvenWords } from '../../../chaos/cost/print-cost.ts'
import type { Workload } from '../../../chaos/cost/workload.ts'
import { paperPrices, paperWorkload } from './sample-workload.ts'

const prices = paperPrices()

/** Nothing but bytes between zones and storage, so that crossings can be worked out on paper. */
function bare(change: Partial<Workload> = {}): Workload {
  const base = paperWorkload({
    brokerLossesPerYear: 0,
    connector: { mbPerSecond: 0, to: 'same-region' },
    replays: { perMonth: 0, depth: 0, share: 1, within: 3_600_000 },
    ...change,
  })
  return { ...base, sizing: { ...base.sizing, mbPerSecondPerBroker: 1e6 } }
}

function lever(name: string) {
  const found = LEVERS.find(one => one.name === name)
  assert.ok(found)
  return found
}

describe('sensitivities', () => {
  const rows = sensitivities(['kafka', 'automq'], bare(), prices)
  const of = (name: string, platform: string) => {
    const found = rows.find(row => row.lever === name && row.platform === platform)
    assert.ok(found)
    return found
  }

  it('vary each thing by a fifth down and up, for every platform', () => {
    assert.equal(rows.length, LEVERS.length * 2)
    const traffic = of('price of cross-zone traffic', 'kafka')
    // Of kafka's bill 26,280 GB × (2 + 2/3 + 2 × 2/3) × 0.02 = 2,102.40 are traffic: a fifth of that either way.
    assert.ok(Math.abs(traffic.usdAtMore - traffic.usd - 420.48) < 1e-6)
    assert.ok(Math.abs(traffic.usd - traffic.usdAtLess - 420.48) < 1e-6)
    assert.ok(Math.abs(traffic.percentAtMore - (420.48 / traffic.usd) * 100) < 1e-9)
  })

  it('leave a bill alone that does not depend on the thing', () => {
    assert.equal(of('price of object storage', 'kafka').percentAtMore, 0)
    assert.equal(of('replays', 'kafka').percentAtLess, 0)
  })

  it('start from the bill as it is', () => {
    assert.equal(of('ingest', 'automq').usd, billFor('automq', bare(), prices).totalUsdPerMonth)
  })
})

describe('where bills cross', () => {
  const between = (...[by, pair, workload, table]: Parameters<typeof breakEvens>) => {
    const [found, ...more] = breakEvens(by, pair, workload, table)
    assert.ok(found && more.length === 0)
    return found
  }

  it('is found where paper says', () => {
    // With follower fetch, each group costs automq 26,280 × 2/3 × 0.02 = 350.40 more, and kafka nothing.
    const stated = bare({ rackAwareClients: true, fanOut: 1 })
    const without = { ...stated, fanOut: 0 }
    const gap =
      billFor('kafka', without, prices).totalUsdPerMonth - billFor('automq', without, prices).totalUsdPerMonth
    const found = between(lever('fan-out'), ['automq', 'kafka'], stated, prices)
    assert.equal(found.crossings.length, 1)
    const [crossing] = found.crossings
    assert.ok(Math.abs((crossing?.value ?? 0) - gap / 350.4) < 1e-6)
    assert.deepEqual([crossing?.cheaperBelow, crossing?.cheaperAbove], ['automq', 'kafka'])
    assert.deepEqual([found.cheaperAtLow, found.cheaperAtHigh], ['automq', 'kafka'])
    assert.match(breakEvenWords(found), /automq below \d+\.\d consumer groups, kafka above/)
  })

  it('may be nowhere in range, and then one is cheaper throughout', () => {
    const found = between(lever('price of machines'), ['kafka', 'automq'], bare(), prices)
    assert.deepEqual(found.crossings, [])
    assert.deepEqual([found.cheaperAtLow, found.cheaperAtHigh], ['automq', 'automq'])
    assert.equal(breakEvenWords(found), 'no crossing in range: automq costs less throughout')
  })

  it('is nowhere when two cost the same everywhere', () => {
    const found = between(lever('ingest'), ['kafka', 'kafka'], bare(), prices)
    assert.deepEqual([found.crossings, found.cheaperAtLow, found.cheaperAtHigh], [[], null, null])
    assert.equal(breakEvenWords(found), 'the same everywhere')
  })

  it('is found however often bills cross', () => {
    const found = signChanges(x => (x - 1) * (x - 3) * (x - 9), { fromFactor: 0.1, toFactor: 100 })
    assert.deepEqual(
      found.map(({ factor, rising }) => [Number(factor.toFixed(6)), rising]),
      [
        [1, true],
        [3, false],
        [9, true],
      ],
    )
  })
})
