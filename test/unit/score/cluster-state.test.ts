import assert from 'node:assert/strict'
import { leaderMoves, measureInSync, peakUnderReplicated } from '../../../chaos/score/cluster-state.ts'
import { clusterRows, clusterSeries } from './evidence-of.ts'
import { faultLife } from './faults.ts'

const span = { fromMs: 10_000, toMs: 40_000 }
const led = (leader: number, leaderEpoch = 0) => ({
  'telemetry/0': { leader, leaderEpoch, replicas: [1, 2, 3], isr: [1, 2, 3] },
})

describe('leader moves', () => {
  it('counts a partition that got another leader within the span', () => {
    const rows = clusterRows(0, 40_000, t =>
      t === 0 ? { changes: led(1) } : t === 12_000 ? { changes: led(2) } : {},
    )
    const { moves, partitions } = leaderMoves(clusterSeries(rows), span)
    assert.deepEqual([moves.value, partitions.value], [1, 1])
    assert.equal(moves.from[0]?.selector, 'line 49')
  })

  it('counts neither the first sight of a leader nor its return after none was there', () => {
    const rows = clusterRows(0, 40_000, t =>
      t === 11_000
        ? { changes: led(1) }
        : t === 12_000
          ? { changes: led(-1) }
          : t === 13_000
            ? { changes: led(1, 1) }
            : {},
    )
    assert.equal(leaderMoves(clusterSeries(rows), span).moves.value, 0)
  })

  it('leaves out what moved before or after', () => {
    const rows = clusterRows(0, 45_000, t =>
      t === 0
        ? { changes: led(1) }
        : t === 5_000
          ? { changes: led(2) }
          : t === 42_000
            ? { changes: led(3) }
            : {},
    )
    assert.equal(leaderMoves(clusterSeries(rows), span).moves.value, 0)
  })

  it('knows nothing when the cluster was not asked for a while', () => {
    const rows = clusterRows(0, 40_000).filter(row => row.t < 15_000 || row.t > 18_000)
    assert.equal(leaderMoves(clusterSeries(rows), span).moves.value, null)
  })
})

describe('the time until every replica is in sync', () => {
  const lagging = (until: number) => (t: number) => (t >= 12_000 && t < until ? { underReplicated: 6 } : {})

  it('lasts from healing to the first sample that stays good', () => {
    const measured = measureInSync(clusterSeries(clusterRows(0, 40_000, lagging(24_000))), faultLife())
    assert.equal(measured.value, 4_000)
    assert.deepEqual(
      measured.from.map(proof => [proof.selector, proof.value]),
      [
        ['line 96', 6],
        ['line 97', 0],
      ],
    )
  })

  it('is zero when replicas never fell behind', () => {
    assert.equal(measureInSync(clusterSeries(clusterRows(0, 40_000)), faultLife()).value, 0)
  })

  it('waits for a partition without a leader too', () => {
    const rows = clusterRows(0, 40_000, t => (t >= 20_000 && t < 21_000 ? { offline: 1 } : {}))
    assert.equal(measureInSync(clusterSeries(rows), faultLife()).value, 1_000)
  })

  it('does not take a moment between two relapses for the end', () => {
    const rows = clusterRows(0, 40_000, t =>
      t < 22_000 || (t >= 25_000 && t < 26_000) ? { underReplicated: 1 } : {},
    )
    assert.equal(measureInSync(clusterSeries(rows), faultLife()).value, 6_000)
  })

  it('knows only a lower bound when replicas were behind to the end', () => {
    const measured = measureInSync(clusterSeries(clusterRows(0, 40_000, lagging(99_000))), faultLife())
    assert.equal(measured.value, null)
    assert.equal(measured.atLeast, 20_000)
  })

  it('is not known when a hole of more than two seconds hides the moment', () => {
    const rows = clusterRows(0, 40_000, lagging(24_000)).filter(row => row.t < 23_000 || row.t > 25_500)
    const measured = measureInSync(clusterSeries(rows), faultLife())
    assert.equal(measured.value, null)
    assert.equal(measured.atLeast, undefined)
  })

  it('is known although a hole came later', () => {
    const rows = clusterRows(0, 40_000, lagging(24_000)).filter(row => row.t < 30_000 || row.t > 35_000)
    assert.equal(measureInSync(clusterSeries(rows), faultLife()).value, 4_000)
  })

  it('does not believe a sample that no broker answered', () => {
    const rows = clusterRows(0, 40_000, t => (t >= 20_000 && t < 24_000 ? { answered: [] } : {}))
    assert.equal(measureInSync(clusterSeries(rows), faultLife()).value, null)
  })

  it('is not known for a fault that was never healed', () => {
    assert.equal(
      measureInSync(clusterSeries(clusterRows(0, 40_000)), faultLife({ healedAt: null })).value,
      null,
    )
  })
})

describe('partitions that are under-replicated', () => {
  it('are counted at their worst within the span', () => {
    const rows = clusterRows(0, 40_000, t =>
      t === 12_000 ? { underReplicated: 9 } : t === 5_000 ? { underReplicated: 18 } : {},
    )
    assert.equal(peakUnderReplicated(clusterSeries(rows), span).value, 9)
  })

  it('are not known where nobody asked', () => {
    assert.equal(peakUnderReplicated(clusterSeries([]), span).value, null)
  })
})
