import assert from 'node:assert/strict'
import { indexCells } from '../../../chaos/score/cells.ts'
import type { Recovery } from '../../../chaos/record/measurements.ts'
import { measureRecovery } from '../../../chaos/score/recovery.ts'
import { recoveredByRetry } from '../../../chaos/score/resends.ts'
import { FAILED, UNKNOWN } from '../../../chaos/score/send-log.ts'
import type { FaultLife } from '../../../chaos/score/timeline.ts'
import { findOutages } from '../../../chaos/score/unavailability.ts'
import { faultLife } from './faults.ts'
import { type Send, logOf, steadySends } from './sends.ts'

function measure(
  sends: readonly Send[],
  fault: FaultLife = faultLife(),
  undrained: readonly string[] = [],
): { everyone: Recovery; outsideOf: Readonly<Record<string, Recovery>> } {
  const log = logOf(sends)
  const outages = findOutages(log, indexCells(log), 1000, { fromMs: 0, toMs: 40_000 })
  return measureRecovery(fault, {
    log,
    good: recoveredByRetry(log),
    outages,
    slowAfterMs: 1000,
    zones: ['az-a', 'az-b'],
    undrained,
  })
}

const before = steadySends(0, 9_900, 100)
const healthy = steadySends(14_000, 45_000, 100)

describe('recovery as clients measure it', () => {
  it('is none while devices hold what no gateway has: throughput that is back does not tell of it', () => {
    const sends = [...before, ...healthy]
    const measured = measure(sends, faultLife(), ['az-b'])
    assert.deepEqual(
      [measured.everyone.sustainedMs.value, measured.everyone.sustainedMs.atLeast],
      [null, 30_000],
    )
    assert.match(measured.everyone.sustainedMs.why ?? '', /^devices of az-b still held records/)
    assert.equal(
      measured.outsideOf['az-b']?.sustainedMs.value,
      measure(sends).outsideOf['az-b']?.sustainedMs.value,
    )
  })

  it('counts the first success from the proven effect to the acknowledgement', () => {
    const { everyone } = measure([...before, { due: 10_050, sent: 13_200, done: 13_500 }, ...healthy])
    assert.equal(everyone.firstSuccessMs.value, 3_500)
    assert.deepEqual(everyone.firstSuccessMs.from, [
      { file: 'history/gw-az-a.jsonl', selector: 'line 201', value: 'acked' },
    ])
  })

  it('does not take the answer to an older send for a first success', () => {
    const late: Send = { due: 9_990, sent: 9_990, done: 10_400 }
    assert.equal(measure([...before, late, ...healthy]).everyone.firstSuccessMs.value, 4_010)
  })

  it('takes the partition that was back last for the whole', () => {
    const other = steadySends(16_000, 45_000, 100, { partition: 'operations/2' })
    const { everyone } = measure([...before, ...healthy, ...other])
    assert.equal(everyone.firstSuccessMs.value, 6_010)
    assert.deepEqual(
      everyone.partitions.map(row => [row.partition, row.firstSuccessMs]),
      [
        ['telemetry/0', 4_010],
        ['operations/2', 6_010],
      ],
    )
  })

  it('knows only a lower bound while nothing was acknowledged', () => {
    const { everyone } = measure([...before, { due: 11_000, done: 12_500, outcome: UNKNOWN }])
    assert.equal(everyone.firstSuccessMs.value, null)
    assert.equal(everyone.firstSuccessMs.atLeast, 30_000)
    assert.match(everyone.firstSuccessMs.why ?? '', /telemetry\/0/)
  })

  it('says that a partition was not tried instead of calling it recovered', () => {
    const elsewhere = steadySends(0, 9_900, 100, { partition: 'operations/0' })
    assert.deepEqual(measure([...before, ...elsewhere, ...healthy]).everyone.untried, ['operations/0'])
  })

  it('measures nothing when nobody wrote after the effect', () => {
    const { everyone } = measure(before)
    assert.equal(everyone.firstSuccessMs.value, null)
    assert.equal(everyone.sustainedMs.value, null)
    assert.equal(everyone.sustainedMs.atLeast, undefined)
  })

  it('sustains success from the last slow acknowledgement on', () => {
    const slow: Send = { due: 15_500, done: 17_000 }
    assert.equal(measure([...before, ...healthy, slow]).everyone.sustainedMs.value, 7_000)
  })

  it('sustains success from the beginning when nothing was ever slow', () => {
    const all = steadySends(0, 45_000, 100)
    assert.equal(measure(all).everyone.sustainedMs.value, 0)
  })

  it('sees recovery only when it held for three seconds', () => {
    const relapse: Send = { due: 37_000, done: 38_500 }
    const { sustainedMs } = measure([...before, ...healthy, relapse]).everyone
    assert.equal(sustainedMs.value, null)
    assert.equal(sustainedMs.atLeast, 28_500)
  })

  it('takes a record that still waits at the end of the window for trouble at the end', () => {
    const waiting: Send = { due: 38_000, sent: 41_000, done: 41_100 }
    assert.equal(measure([...before, ...healthy, waiting]).everyone.sustainedMs.atLeast, 30_000)
  })

  it('does not blame this fault for what became slow only after its window', () => {
    const later: Send = { due: 39_500, done: 42_000 }
    assert.equal(measure([...before, ...healthy, later]).everyone.sustainedMs.value, 0)
  })

  it('does not count an attempt that a retry made good in time, and tells when the last one failed', () => {
    const bounced: Send = { due: 25_020, done: 25_050, outcome: FAILED }
    const retried: Send = { due: 25_020, sent: 25_060, done: 25_200 }
    const { everyone } = measure([
      ...steadySends(0, 25_000, 100),
      bounced,
      retried,
      ...steadySends(25_300, 45_000, 100),
    ])
    assert.equal(everyone.sustainedMs.value, 0)
    assert.equal(everyone.lastErrorMs.value, 15_050)
  })

  it('counts an attempt of which nothing was heard again', () => {
    const lost: Send = { due: 25_020, done: 25_050, outcome: UNKNOWN, shard: 'history/gw-crashed.jsonl' }
    const { everyone } = measure([...steadySends(0, 45_000, 100), lost])
    assert.equal(everyone.sustainedMs.value, 15_050)
  })

  it('leaves out the clients of a zone that can only wait for healing', () => {
    const locked = steadySends(0, 9_900, 100, { zone: 'az-b' })
    const stuck: Send = { zone: 'az-b', due: 10_100, done: 21_000 }
    const { everyone, outsideOf } = measure([...before, ...healthy, ...locked, stuck])
    assert.equal(everyone.sustainedMs.value, 11_000)
    assert.equal(outsideOf['az-b']?.sustainedMs.value, 0)
    assert.equal(everyone.unavailableMs.value, 10_900)
    assert.equal(outsideOf['az-b']?.unavailableMs.value, 0)
  })

  for (const [why, change] of [
    ['was not proven', { provenAt: null, unproven: 'the probe did not see it' }],
    ['something else began', { windowEndsAt: 9_990 }],
    ['does not say when', { windowEndsAt: null }],
  ] as const) {
    it(`measures nothing when the journal tells that the fault ${why}`, () => {
      const { firstSuccessMs, sustainedMs, unavailableMs } = measure(
        [...before, ...healthy],
        faultLife(change),
      ).everyone
      for (const measured of [firstSuccessMs, sustainedMs, unavailableMs]) {
        assert.equal(measured.value, null)
        assert.match(measured.why ?? '', new RegExp(why))
      }
    })
  }
})
