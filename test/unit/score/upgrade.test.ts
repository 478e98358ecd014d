import assert from 'node:assert/strict'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { UpgradeMeasurement } from '../../../chaos/record/upgrade-measurement.ts'
import { UPGRADE_NUMBERS } from '../../../chaos/numbers/upgrade.ts'
import { upgradeChecks } from '../../../chaos/score/upgrade-checks.ts'
import { measured, without } from './upgrade-cases.ts'

const judgedBy = (upgrade: UpgradeMeasurement) => ({
  measurements: { upgrade } as unknown as Measurements,
  audit: null,
})
const checksOf = (upgrade: UpgradeMeasurement) =>
  upgradeChecks(judgedBy(upgrade).measurements).map(({ check, verdict, shown, why }) => ({
    check,
    verdict,
    shown,
    why,
  }))

describe('what an upgrade and the way back cost', () => {
  it('is nothing where every record is there once and everybody is served', () => {
    const found = measured()
    assert.deepEqual([found.lost.value, found.repeated.value, found.unavailable.value], [0, 0, 0])
    assert.deepEqual([found.step.value, found.action.value], [10_000, 33_000])
    assert.deepEqual(checksOf(found), [
      { check: 'upgraded', verdict: 'pass', shown: '4 steps in 33.0 s', why: null },
      { check: 'downgraded', verdict: 'pass', shown: '4 steps in 33.0 s', why: null },
    ])
  })

  it('has a record that was acknowledged and is not stored, with the step in which it was on its way', () => {
    const found = measured({ stored: ['d1/1/1', 'd1/1/3'] })
    assert.equal(found.lost.value, 1)
    assert.deepEqual(
      found.steps.filter(({ lost }) => lost.value !== 0).map(({ id, step }) => `${id} ${step}`),
      ['up broker 1'],
    )
    assert.deepEqual(found.examples.lost, ['telemetry d1/1/2'])
  })

  it('has a copy too many, also of a record of which nobody told its device', () => {
    const found = measured({
      records: { 'd1/1/1': [5000, 5100], 'd1/1/2': [24_000, 27_000], 'd1/1/3': [130_000, null] },
      stored: ['d1/1/1', 'd1/1/2', 'd1/1/2', 'd1/1/3', 'd1/1/3'],
    })
    assert.equal(found.repeated.value, 2)
    assert.deepEqual(
      found.steps.filter(({ repeated }) => repeated.value !== 0).map(({ id, step }) => `${id} ${step}`),
      ['up broker 3', 'back broker 2'],
    )
  })

  it('counts what happened in no step in the sum alone', () => {
    const found = measured({
      records: { 'd1/1/1': [5000, 5100], 'd1/1/2': [20_000, 20_100] },
      stored: ['d1/1/1', 'd1/1/1', 'd1/1/2'],
    })
    assert.equal(found.repeated.value, 1)
    assert.ok(found.steps.every(({ repeated }) => repeated.value === 0))
  })

  it('has the worst partition of the worst step without service, and not the sum over all', () => {
    const found = measured({
      outages: [without(12_000, 14_000), without(24_000, 25_000), without(24_500, 28_000, 'telemetry/1')],
    })
    assert.equal(found.unavailable.value, 3500)
    const [worst] = found.steps.toSorted((a, b) => (b.unavailable.value ?? 0) - (a.unavailable.value ?? 0))
    assert.deepEqual([worst?.step, worst?.worstPartition], ['broker 3', 'telemetry/1'])
  })

  it('belongs to a step until the next thing is done', () => {
    const found = measured({ outages: [without(60_000, 62_000), without(99_500, 100_800)] })
    const cost = found.steps.filter(({ unavailable }) => unavailable.value !== 0)
    assert.deepEqual(
      cost.map(({ id, step, unavailable }) => [id, step, unavailable.value]),
      // What begins before the way back and goes on in it is in both.
      [
        ['up', 'broker 2', 2500],
        ['back', 'features', 800],
      ],
    )
  })

  it('is not known where the final read is not whole: nothing is guessed', () => {
    const found = measured({ isTorn: true, stored: ['d1/1/1'] })
    assert.deepEqual([found.lost.value, found.repeated.value], [null, null])
    assert.match(found.lost.why ?? '', /the final read is not whole/)
    assert.ok(found.steps.every(({ lost }) => lost.value === null))
    assert.deepEqual(found.examples, { lost: [], repeated: [] })
  })
})

describe('the row of an upgrade', () => {
  it('fails where the way back stops, and names the step and what was answered', () => {
    const found = measured({ failedAt: 'features' })
    assert.deepEqual(checksOf(found)[1], {
      check: 'downgraded',
      verdict: 'fail',
      shown: 'stopped at features',
      why: 'the step features was not completed: Kafka answered: no',
    })
    // It took longer than was seen, whatever that is.
    assert.deepEqual([found.action.value, found.action.atLeast], [null, 33_000])
  })

  it('is open where an action says that it is done and a broker was not seen with its release', () => {
    assert.deepEqual(checksOf(measured({ unseen: [3] }))[0], {
      check: 'upgraded',
      verdict: 'inconclusive',
      shown: '4 steps in 33.0 s',
      why: 'no step shows broker 3 with its release',
    })
  })

  it('is open where the journal does not say how it ended', () => {
    const [, back] = checksOf(measured({ end: null }))
    assert.deepEqual([back?.verdict, back?.why], ['inconclusive', 'the journal does not say how it ended'])
  })

  it('says of a broken bound which step broke it', () => {
    const found = judgedBy(measured({ outages: [without(24_000, 28_000)] }))
    const next = UPGRADE_NUMBERS['upgrade-unavailable-seconds'].next
    assert.match(
      next(found),
      /^The step broker 3 of up took 10\.0 s, telemetry\/0 without service for 4\.0 s: seen\. Shorten/,
    )
  })
})
