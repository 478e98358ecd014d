import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { textOf } from '../../../chaos/page/html.ts'
import { brokersSection } from '../../../chaos/report/brokers-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'

const SECONDS = [0, 1, 2, 3, 4]

interface Knobs {
  readonly driver?: string
  /** Seconds of pauses so far, by the second. */
  readonly collected?: (second: number) => Readonly<Record<string, number>>
  readonly cached?: boolean
}

function dataWith({ driver = 'local', collected = () => ({}), cached = true }: Knobs): ReportData {
  const series = (rows: readonly object[]) => ({ rows, periodMs: 1000 })
  return {
    header: { nodes: [{ id: 1 }], driver },
    measurements: { faults: [], replays: [] },
    zero: 0,
    from: 0,
    to: 4000,
    samples: {
      nodes: series(SECONDS.map(s => ({ t: 1000 * s, node: 1, cpuSeconds: s / 2 }))),
      brokerMetrics: series(SECONDS.map(s => ({ t: 1000 * s, node: 1, metrics: collected(s) }))),
      machine: series(
        SECONDS.map(s => ({ t: 1000 * s, ...(cached && { pageCacheBytes: 2e9, dirtyBytes: 1e6 * s }) })),
      ),
    },
  } as unknown as ReportData
}

const shownOf = (knobs: Knobs): string => textOf(brokersSection.body(dataWith(knobs)))

describe('what brokers needed, in the report', () => {
  it('has the pauses of all collectors in each second, and not the cycles that run beside the program', () => {
    const page = shownOf({
      collected: s => ({
        'jvm_gc_collection_seconds_sum{gc="ZGC Minor Pauses"}': 0.01 * s,
        'jvm_gc_collection_seconds_sum{gc="ZGC Major Pauses"}': s < 3 ? 0 : 0.2,
        'jvm_gc_collection_seconds_sum{gc="ZGC Major Cycles"}': s,
      }),
    })
    assert.match(
      page,
      /Of each broker: CPU, pauses for garbage collection and the page cache of the machine\./,
    )
    const rows = page.split('\n').filter(line => /^0:0\d \|/.test(line))
    assert.deepEqual(
      rows.map(row => row.split(' | ')[2]),
      ['–', '10 ms', '10 ms', '210 ms', '10 ms'],
    )
    // Wider words would be cut off beside the axis.
    assert.equal(rows[4]?.split(' | ')[3], '2GB')
  })

  it('begins anew with a broker that was started again', () => {
    const page = shownOf({
      collected: s => ({ 'jvm_gc_collection_seconds_sum{gc="Copy"}': s < 3 ? 5 + s : 0.02 * s }),
    })
    const rows = page.split('\n').filter(line => /^0:0[34] \|/.test(line))
    assert.equal(rows[1]?.split(' | ')[2], '20 ms')
    assert.doesNotMatch(page, /-\d/)
  })

  it('says what was not sampled, in the place of a zero', () => {
    assert.match(
      shownOf({ cached: false }),
      /Not sampled here: the Java heap, pauses for garbage collection, the request queue, reads beyond the page cache and the page cache of the machine\./,
    )
  })

  it('has no page cache of a machine that brokers are not on', () => {
    assert.match(shownOf({ driver: 'attach' }), /Not sampled here: [^.]*the page cache of the machine\./)
  })
})
