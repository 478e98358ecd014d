import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { RunMeters } from '../../../chaos/record/run-meters.ts'
import type { PlatformSoftware } from '../../../chaos/record/platform-software.ts'
import {
  deviationBetweenRegions,
  deviations,
  measuredCrossings,
} from '../../../chaos/cost/model/deviation.ts'
import { known, type Measured, notKnown } from '../../../chaos/record/measured.ts'
import { paperWorkload } from './sample-workload.ts'

type Ratios = RunMeters['ratios']

function metersWith(
  change: Partial<Ratios>,
  platform = 'kafka',
  kind: PlatformSoftware['kind'] = 'product',
): RunMeters {
  const ratios: Ratios = {
    span: null,
    produce: known(2 / 3),
    replicate: known(2),
    consume: known(2 / 3),
    replay: known(2 / 3),
    control: known(0),
    wire: { produce: known(1), consume: known(1), replay: known(1) },
    share: { produce: known(2 / 3), consume: known(2 / 3), replay: known(2 / 3) },
    recordsPerRequest: known(8),
    wireAtMost: { produce: known(1.4), consume: known(1.4), replay: known(1.4) },
    ...change,
  }
  const software: PlatformSoftware = { name: platform, kind, notes: [] }
  return { platform, software, zones: ['az-a', 'az-b', 'az-c'], replicas: 3, ratios } as unknown as RunMeters
}

/** What the protocol adds to a byte, for producers and readers alike. */
const wire = (value: Measured): Ratios['wire'] => ({ produce: value, consume: value, replay: value })

const verdictOf = (change: Partial<Ratios>, ratio: keyof Ratios = 'replicate') => {
  const found = deviations(metersWith(change)).find(one => one.ratio === ratio)
  assert.ok(found)
  return found
}

describe('measured crossings beside the formula', () => {
  it('are within it up to ten percent, on both sides', () => {
    for (const replicate of [1.81, 2, 2.19])
      assert.equal(verdictOf({ replicate: known(replicate) }).verdict, 'within')
  })

  it('are explained when the protocol accounts for the rest', () => {
    const { verdict, percent, why } = verdictOf({ replicate: known(2.64), wire: wire(known(1.32)) })
    assert.equal(verdict, 'explained')
    assert.ok(Math.abs((percent ?? 0) - 32) < 1e-9)
    assert.match(
      why,
      /a byte took 1\.32 on its way to a consumer, at 8\.0 records a request; heads of requests of that size make it 1\.40 at most; without them it is \+0\.0%/,
    )
  })

  it('are explained for clients by where they were: the part of their bytes that crossed', () => {
    const change = { consume: known(0.92), wire: wire(known(1.38)) }
    const { verdict, why } = verdictOf(change, 'consume')
    assert.equal(verdict, 'explained')
    assert.match(why, /a byte took 1\.38 on the wire, at 8\.0 records a request, of which 66\.7% crossed/)
  })

  it('are flagged when nothing measured explains them', () => {
    assert.equal(verdictOf({ replicate: known(4), wire: wire(known(1.32)) }).verdict, 'flagged')
    assert.equal(verdictOf({ replicate: known(1) }).verdict, 'flagged')
    assert.match(verdictOf({ replicate: known(3), wire: wire(notKnown('no')) }).why, /was not measured/)
  })

  it('are flagged when a byte took more than the protocol can have added, whatever crossed', () => {
    // Everything was sent twice: twice the bytes, of which the usual part crossed.
    const doubled = { produce: known(2 * 0.88), wire: wire(known(2 * 1.32)) }
    const { verdict, why } = verdictOf(doubled, 'produce')
    assert.equal(verdict, 'flagged')
    assert.match(
      why,
      /a byte took 2\.64 on the wire.*make it 1\.40 at most: something was sent more than once/,
    )
    assert.equal(verdictOf({ replicate: known(4), wire: wire(known(2)) }).verdict, 'flagged')
  })

  it('are flagged when a byte took less than one, which nothing can', () => {
    const { verdict, why } = verdictOf({ consume: known(0.4), wire: wire(known(0.6)) }, 'consume')
    assert.equal(verdict, 'flagged')
    assert.match(why, /cannot take less than one/)
  })

  it('are flagged when it is not known what the protocol can have added', () => {
    const wireAtMost = wire(notKnown('the fleet was not sampled'))
    const { verdict, why } = verdictOf(
      { produce: known(0.88), wire: wire(known(1.32)), wireAtMost },
      'produce',
    )
    assert.equal(verdict, 'flagged')
    assert.match(why, /is not known: the fleet was not sampled/)
  })

  it('are unknown when they were not measured, never within', () => {
    const { verdict, percent, why } = verdictOf(
      { produce: notKnown('the links were not metered') },
      'produce',
    )
    assert.deepEqual([verdict, percent, why], ['unknown', null, 'the links were not metered'])
  })

  it('stand beside the least possible too', () => {
    const rows = deviations(metersWith({}))
    assert.deepEqual(
      rows.map(({ ratio, least }) => [ratio, least]),
      [
        ['produce', 0],
        ['replicate', 2],
        ['consume', 0],
        ['replay', 0],
      ],
    )
  })

  it('are flagged where the formula says that none crosses', () => {
    const of = (replicate: Measured) =>
      deviations(metersWith({ replicate }, 'automq')).find(one => one.ratio === 'replicate')?.verdict
    assert.equal(of(known(0.02)), 'within')
    assert.equal(of(known(0.5)), 'flagged')
  })

  it('are not told of a platform that the model does not know', () => {
    assert.deepEqual(deviations(metersWith({}, 'pulsar')), [])
  })

  it('are not told of a stand-in, whose doing is nothing of the product', () => {
    assert.deepEqual(deviations(metersWith({}, 'automq', 'stand-in')), [])
    assert.equal(measuredCrossings(metersWith({}, 'automq', 'stand-in'), paperWorkload()), null)
    assert.equal(deviations(metersWith({}, 'kafka-tiered', 'reference')).length, 4)
  })

  it('are told of Kafka in a run from before software was named, and of nothing else', () => {
    const unnamed = (platform: string) => ({ ...metersWith({}, platform), software: null })
    assert.equal(deviations(unnamed('kafka')).length, 4)
    assert.deepEqual(deviations(unnamed('automq')), [])
  })
})

describe('a bill with measured crossings', () => {
  const measured = metersWith({ produce: known(0.8), replicate: known(2.4), consume: notKnown('no reader') })

  it('takes the placement from the workload and the protocol’s share from the run', () => {
    const crossings = measuredCrossings(
      measured,
      paperWorkload({ zoneLocalProduce: true, rackAwareClients: true }),
    )
    // Both were 1.2 times the formula in the lab; producers of this workload do not cross at all.
    assert.deepEqual(crossings && [crossings.produce, Number(crossings.replicate.toFixed(9))], [0, 2.4])
  })

  it('keeps the formula for what was not measured', () => {
    assert.equal(measuredCrossings(measured, paperWorkload())?.consume, 2 / 3)
  })
})

describe('bytes between the regions beside what the workload declares', () => {
  const two = (moved: Measured, ingested: Measured = known(1000)) =>
    ({ ingest: { bytes: ingested }, interRegionBytes: moved }) as unknown as RunMeters
  const declared = (bytesPerIngestedByte: number) => ({
    secondRegion: { bytesPerIngestedByte, to: 'other' as const },
  })

  it('are within it up to ten percent, and flagged beyond', () => {
    assert.equal(deviationBetweenRegions(two(known(1640)), declared(1.5))?.verdict, 'within')
    const beyond = deviationBetweenRegions(two(known(1660)), declared(1.5))
    assert.equal(beyond?.verdict, 'flagged')
    assert.match(beyond?.why ?? '', /^\+10\.7% from what the workload declares/)
  })

  it('are held against one copy where nothing is declared', () => {
    const found = deviationBetweenRegions(two(known(1450)), {})
    assert.equal(found?.formula, 1)
    assert.match(found?.why ?? '', /^\+45\.0% from one copy/)
  })

  it('are not known where they were not metered, or nothing was acknowledged', () => {
    assert.equal(deviationBetweenRegions(two(notKnown('the meter was away')), {})?.verdict, 'unknown')
    assert.equal(deviationBetweenRegions(two(known(5), known(0)), {})?.verdict, 'unknown')
  })

  it('are no number of a run with one region', () => {
    assert.equal(
      deviationBetweenRegions({ ingest: { bytes: known(1) } } as unknown as RunMeters, declared(1)),
      null,
    )
  })
})
