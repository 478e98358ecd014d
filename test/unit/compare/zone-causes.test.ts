import assert from 'node:assert/strict'
import { causesIn, ZONE_CAUSES } from '../../../chaos/compare/zone-causes.ts'
import { platformBytes } from '../../../chaos/cost/meters/causes.ts'
import type { Cause, MeasuredByCause } from '../../../chaos/record/run-meters.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import { matrix } from './fixture-behaviour.ts'
import { spreadOf } from '../../../chaos/compare/spread.ts'

const near = (value: number) => spreadOf([{ run: 1, value, why: null }])
const byCause = (causes: readonly Cause[]): MeasuredByCause =>
  Object.fromEntries(causes.map(cause => [cause, known(10)])) as unknown as MeasuredByCause
const without = ZONE_CAUSES.filter(cause => cause !== 'connector')

describe('causes of bytes between zones, in a comparison', () => {
  it('count a connector among what the platform moved, where there is one', () => {
    const plain = platformBytes(byCause(without)).value ?? Number.NaN
    assert.equal(platformBytes(byCause(ZONE_CAUSES)).value, plain + 10)
    const lost = { ...byCause(ZONE_CAUSES), connector: notKnown('the live meter lost it') }
    assert.equal(platformBytes(lost).value, null)
  })

  it('have a row for a connector where a run had one, and else none', () => {
    const plain = matrix(near, false)
    assert.deepEqual(causesIn([plain, undefined]), without)
    const connected = { cause: 'connector' as const, crossed: near(1), perIngestedByte: near(1) }
    assert.deepEqual(causesIn([plain, { ...plain, causes: [...plain.causes, connected] }]), ZONE_CAUSES)
  })
})
