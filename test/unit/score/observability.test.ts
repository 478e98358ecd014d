import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AUTOMQ_METRICS_EVERY_MS } from '../../../chaos/platforms/automq/metrics.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import { measureObservability } from '../../../chaos/score/observability.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
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
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-signals-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

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

  it('is that of the connector where the drill has one, and a worker that does not answer is no signal', () => {
    const plain = evidenceOf()
    const header = {
      ...plain.header,
      drill: { ...plain.header.drill, connector: { zone: 'az-b', topics: ['integration'] } },
    }
    const rows = seconds(10_000, 20_000).map(t => ({
      t,
      connector: t < 15_000 ? 'RUNNING' : null,
      tasks: [],
      lines: 0,
      bytes: 0,
    }))
    const connector = seriesOf('connector', 1000, rows)
    const seen = measureObservability(evidenceOf({ header, connector }), PHASES)
    assert.deepEqual(
      seen.find(row => row.signal === 'Connector'),
      {
        signal: 'Connector',
        file: 'samples/connector.jsonl',
        phases: [{ name: 'held', share: 0.5, longestGapMs: 6000 }],
      },
    )
  })

  it('has no share where a drill exercises no connector', () => {
    const seen = measureObservability(evidenceOf(), PHASES).find(row => row.signal === 'Connector')
    assert.equal(seen?.phases[0]?.share, null)
  })

  it('asks a platform with one copy of each record for what it serves, as often as it is asked', () => {
    const evidence = evidenceOf()
    const pending = { kafka_stream_wal_pending_upload_bytes: 7 }
    const rows = [1, 2, 3].flatMap(node => [12_000, 22_000].map(t => ({ t, node, metrics: pending })))
    const seen = measureObservability(
      {
        ...evidence,
        header: { ...evidence.header, platform: 'automq' },
        brokerMetrics: seriesOf('broker-metrics', AUTOMQ_METRICS_EVERY_MS, rows),
      },
      [
        { name: 'steady', fromMs: 10_000, toMs: 30_000, links: [] },
        { name: 'held', fromMs: 25_000, toMs: 30_000, links: [] },
        { name: 'after', fromMs: 40_000, toMs: 60_000, links: [] },
      ],
    )
    const shares = (signal: string) =>
      seen.find(row => row.signal === signal)?.phases.map(({ share }) => share)
    assert.deepEqual(shares('Not uploaded yet'), [1, 1, 0])
    assert.deepEqual(shares('Replication'), [null, null, null])
    assert.equal(shares('Broker storage'), undefined)
  })

  it('reads broker metrics of each platform with the period at which they were asked for', async () => {
    makeRun(dir, { devices: 60, tickMs: 2000 })
    const path = join(dir, 'run.json')
    const header = JSON.parse(readFileSync(path, 'utf8')) as object
    for (const [platform, periodMs] of [
      ['kafka', 1000],
      ['kafka-tiered', 1000],
      ['automq', AUTOMQ_METRICS_EVERY_MS],
      ['automq-router', AUTOMQ_METRICS_EVERY_MS],
    ] as const) {
      writeFileSync(path, JSON.stringify({ ...header, platform }))
      assert.equal((await readEvidence(dir, { histories: false })).brokerMetrics.periodMs, periodMs, platform)
    }
  })
})
