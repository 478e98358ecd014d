import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { protocolBound } from '../../../chaos/cost/meters/protocol-bound.ts'
import type { ByClient } from '../../../chaos/record/run-meters.ts'
import { readMeters } from '../../../chaos/cost/meters.ts'
import { deviations } from '../../../chaos/cost/model/deviation.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import { type Plan, withPlantedRun } from './planted-run.ts'

const topics = Object.fromEntries([6, 6, 3, 3].map((partitions, index) => [`t${index}`, { partitions }]))
const files = { evidence: { header: { nodes: [1, 2, 3], drill: { contract: { topics } } } } }
const bound = (bytes: number, records: number): ByClient =>
  protocolBound(files as never, known(bytes), known(records))

describe('what the protocol can have added to a byte', () => {
  it('is worked out from the heads of records, batches and requests', () => {
    // 10 records of 500 bytes in 6 batches, 4 topics: two requests of 160, 6 × (61 + 8) and 6 × 28.
    assert.equal(bound(500, 10).produce.value, 1 + (11 + (160 + 414 + 160 + 168) / 10) / 500)
    assert.equal(bound(500, 10).consume.value, 1 + (11 + (160 + 366 + 252 + 160 + 180) / 10) / 500)
    assert.equal(bound(500, 10).replay.value, 1 + (11 + 366 / 10) / 500)
  })

  it('is less for larger records, and for more of them in a request', () => {
    for (const client of ['produce', 'consume', 'replay'] as const) {
      const of = (bytes: number, records: number) => bound(bytes, records)[client].value ?? Number.NaN
      assert.ok(of(1000, 10) < of(500, 10))
      assert.ok(of(500, 100) < of(500, 10))
      assert.ok(of(100_000, 1000) < 1.01)
    }
  })

  it('has no more batches in a request than records', () => {
    assert.equal(bound(500, 1).replay.value, 1 + (11 + 61) / 500)
  })

  it('is not known without the size of records or of requests', () => {
    assert.equal(protocolBound(files as never, notKnown('no reader'), known(8)).produce.why, 'no reader')
    assert.equal(protocolBound(files as never, known(500), notKnown('no fleet')).replay.why, 'no fleet')
  })
})

describe('a run whose bytes are more than its records and its protocol', () => {
  const told = (plan: Plan) => withPlantedRun(plan, async folder => deviations(await readMeters(folder)))

  it('is as the formula when a byte takes one', async () => {
    assert.deepEqual(
      (await told({})).map(({ verdict }) => verdict),
      ['within', 'within', 'within', 'within'],
    )
  })

  it('is flagged when everything is sent twice and counted once', async () => {
    const produce = (await told({ change: countHalf })).find(({ ratio }) => ratio === 'produce')
    assert.equal(produce?.verdict, 'flagged')
    assert.match(produce?.why ?? '', /at most: something was sent more than once/)
  })
})

/** What is on the links stays; of the records only every second one is counted as acknowledged. */
function countHalf(planted: Record<string, unknown>): void {
  for (const row of planted['samples/fleet.jsonl'] as { acked: number }[]) row.acked /= 2
}
