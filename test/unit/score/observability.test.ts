import assert from 'node:assert/strict'
import { measureObservability } from '../../../chaos/score/observability.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const PHASES = [{ name: 'held', fromMs: 10_000, toMs: 20_000, links: [] }]
const metrics = { 'broker_log_size_bytes{topic="telemetry"}': 1, broker_replica_max_lag_records: 0 }
const seconds = (from: number, to: number) =>
  Array.from({ length: (to - from) / 1000 }, (_, i) => from + i * 1000)

function storageSeen(rowsOf: (node: number) => readonly number[]) {
  const rows = [1, 2, 3].flatMap(node => rowsOf(node).map(t => ({ t, node, metrics })))
  const seen = measureObservability(
    evidenceOf({ brokerMetrics: seriesOf('broker-metrics', 1000, rows) }),
    PHASES,
  )
  return seen.find(row => row.signal === 'Broker storage')?.phases[0]
}

describe('the coverage of signals', () => {
  it('is whole when every node served every second', () => {
    assert.deepEqual(
      storageSeen(() => seconds(10_000, 20_000)),
      { name: 'held', share: 1, longestGapMs: 1000 },
    )
  })

  it('misses a third when one of three nodes was down throughout', () => {
    assert.deepEqual(
      storageSeen(node => (node === 2 ? [] : seconds(10_000, 20_000))),
      {
        name: 'held',
        share: 0.667,
        longestGapMs: 10_000,
      },
    )
  })

  it('tells the longest time without a signal, also at the end of a phase', () => {
    assert.equal(storageSeen(() => seconds(10_000, 15_000))?.longestGapMs, 6000)
  })

  it('counts no sample of another phase', () => {
    assert.equal(storageSeen(() => seconds(0, 10_000))?.share, 0)
  })

  it('has no share where a drill exercises no connector', () => {
    const seen = measureObservability(evidenceOf(), PHASES).find(row => row.signal === 'Connector')
    assert.equal(seen?.phases[0]?.share, null)
  })
})
