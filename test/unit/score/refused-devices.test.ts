import assert from 'node:assert/strict'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { RefusedDevicesReader } from '../../../chaos/score/refused-devices.ts'
import { ACKED, FAILED, REFUSED, type SendOutcome, UNKNOWN } from '../../../chaos/score/send-log.ts'
import { refusedBatches, wrongDeviceChecks } from '../../../chaos/score/wrong-devices.ts'
import { evidenceOf } from './evidence-of.ts'

/** Each request has one part: its outcome and its records. */
type Request = readonly [outcome: SendOutcome, ...records: string[]]

/** d1 has a wrong clock. Its batch is refused, then the half with it, then it alone; the others are stored. */
const APART: readonly Request[] = [
  [ACKED, 'd1/1/0', 'd2/1/0'],
  [REFUSED, 'd1/1/1', 'd2/1/1', 'd3/1/0'],
  [REFUSED, 'd1/1/1', 'd2/1/1'],
  [REFUSED, 'd1/1/1'],
  [ACKED, 'd2/1/1'],
  [ACKED, 'd3/1/0'],
]

function read(requests: readonly Request[]) {
  const reader = new RefusedDevicesReader()
  requests.forEach(([outcome, ...records], op) => {
    reader.begins(op, [['telemetry', 0, 0, records]])
    reader.ends(op, () => outcome)
  })
  return reader.found
}

function judged(requests: readonly Request[], trouble: string | null = null) {
  const shard = {
    file: 'history/gw-az-a-1.jsonl',
    process: 'gw-az-a-1',
    role: 'gateway',
    zone: 'az-a',
    lines: 9,
    trouble,
    droppedRecords: 0,
    refusedRecords: 0,
    refusedDevices: read(requests),
  }
  const found = refusedBatches(evidenceOf({ shards: [shard] }))
  const checks = wrongDeviceChecks({ service: found } as unknown as Measurements)
  return {
    found: found.refusedBatches,
    checks: checks.map(({ verdict, shown, why }) => [verdict, shown, why]),
  }
}

describe('devices of a batch that was refused', () => {
  it('are told apart: the one with the bad record, and the healthy ones that were stored apart', () => {
    const { batches, bad, healthy } = read(APART)
    assert.equal(batches, 2)
    assert.deepEqual([...bad], [['d1', 1]])
    assert.deepEqual(
      [...healthy],
      [
        ['d2', []],
        ['d3', []],
      ],
    )
  })

  it('are named, and pass where all of the healthy ones have their data', () => {
    const { found, checks } = judged(APART)
    assert.deepEqual([found?.bad, found?.healthy], [[{ device: 'd1', records: 1 }], ['d2', 'd3']])
    assert.deepEqual(checks, [['pass', 'none', null]])
  })

  it('fail where a healthy one was never stored, whatever became of its other records', () => {
    const { found, checks } = judged([...APART.slice(0, -1), [ACKED, 'd3/1/1'], [UNKNOWN, 'd3/1/0']])
    assert.deepEqual(found?.withoutData, [{ device: 'd3', records: ['d3/1/0'] }])
    assert.deepEqual(checks, [['fail', '1 device', 'never stored: d3 (d3/1/0)']])
  })

  it('are not judged by a history that is cut off', () => {
    const { checks } = judged(APART.slice(0, -1), 'it has no end line')
    assert.deepEqual(checks, [['inconclusive', '1 device', 'history/gw-az-a-1.jsonl: it has no end line']])
  })

  it('are no matter of a run in which brokers refused no batch', () => {
    const { found, checks } = judged([
      [ACKED, 'd1/1/0', 'd2/1/0'],
      [FAILED, 'd1/1/1', 'd2/1/1'],
      [REFUSED, 'd1/1/1'],
    ])
    assert.deepEqual([found, checks], [undefined, []])
  })
})
