import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import type { SettledPart } from '../../../chaos/record/history.ts'
import { type Body, type RunSpec, withRun } from './run-folder.ts'

const audit = (spec: RunSpec) => withRun(spec, auditRun)
const ids = (device: number, count = 6) => Array.from({ length: count }, (_, i) => `d${device}/1/${i}`)

/** One request for three partitions of telemetry, six records each, and what became of each part. */
function request(op: number, answer: (op: number) => Body): Body[] {
  const parts = [0, 1, 2].map(partition => ['telemetry', partition, 90, ids(partition)] as const)
  return [{ kind: 'invoke', op, t: 100, parts }, answer(op)]
}
const settled =
  (...parts: SettledPart[]) =>
  (op: number): Body => ({ kind: 'settled', op, t: 140, parts })
/** What the gateway does next: sends again what was not acknowledged. */
const resent = (op: number, partition: number): Body[] => [
  { kind: 'invoke', op, t: 300, parts: [['telemetry', partition, 90, ids(partition)]] },
  { kind: 'ok', op, t: 310, offsets: [0] },
]
/** The final read; each partition has what it holds from offset 0, up to `end`. */
function stored(partitions: readonly (readonly string[])[], end = 6): Body[] {
  const runs = partitions.map((records, partition) => ['telemetry', partition, 0, records] as const)
  return [
    {
      kind: 'bounds',
      t: 1000,
      partitions: runs.map(
        ([topic, partition, , { length }]) => [topic, partition, 0, length && end] as const,
      ),
    },
    { kind: 'poll', t: 1001, runs },
  ]
}

const mixed = request(1, settled(['acked', 0], ['failed', 'NOT_ENOUGH_REPLICAS'], ['unknown', 'no answer']))
const gateway = [...mixed, ...resent(2, 1), ...resent(3, 2)]

describe('auditing answers that acknowledge some partitions and not others', () => {
  it('counts each part by its own outcome, and passes when all that was acknowledged is there', async () => {
    const result = await audit({ gateway, stored: stored([ids(0), ids(1), ids(2)]) })
    const { sends, acked, failed, unknown, lost } = result.counts
    deepEqual(
      { sends, acked, failed, unknown, lost },
      { sends: 30, acked: 18, failed: 6, unknown: 6, lost: 0 },
    )
    equal(result.verdict, 'pass')
  })

  it('fails when the acknowledged part is gone: its devices had forgotten it', async () => {
    const result = await audit({ gateway, stored: stored([[], ids(1), ids(2)]) })
    equal(result.verdict, 'fail')
    equal(result.anomalyCounts['lost-write'], 6)
    equal(result.counts.lost, 6)
    const [example] = result.anomalies['lost-write'] ?? []
    match(example?.events[0]?.what ?? '', /^acknowledged: .* at offset \d of telemetry\/0$/)
  })

  it('knows where the acknowledged part was stored: another record there is an inconsistency', async () => {
    const result = await audit({ gateway, stored: stored([['d9/1/0', ...ids(0).slice(1)], ids(1), ids(2)]) })
    equal(result.anomalyCounts['inconsistent-offsets'], 1)
    equal(result.counts.lost, 1)
  })

  it('fails when the part that was refused is stored all the same, and not for the part that is unknown', async () => {
    const result = await audit({ gateway: mixed, stored: stored([ids(0), ids(1), ids(2)]) })
    equal(result.anomalyCounts['failed-but-stored'], 6)
    equal(result.counts.unknownStored, 6)
    const twin = await audit({ gateway: mixed, stored: stored([ids(0), [], ids(2)]) })
    equal(twin.anomalyCounts['failed-but-stored'], 0)
    equal(twin.verdict, 'pass')
  })

  it('counts a record that was refused alone as given up, and what was refused with others as failed', async () => {
    const refused = (op: number, records: readonly string[]): Body[] => [
      { kind: 'invoke', op, t: 300, parts: [['telemetry', 1, 90, records]] },
      { kind: 'settled', op, t: 310, parts: [['refused', 'INVALID_TIMESTAMP']] },
    ]
    const good = ids(1).slice(1)
    const acked: Body[] = [
      { kind: 'invoke', op: 9, t: 300, parts: [['telemetry', 1, 90, good]] },
      { kind: 'ok', op: 9, t: 310, offsets: [0] },
    ]
    const all = [...refused(2, ids(1)), ...refused(3, ids(1).slice(0, 1)), ...acked]
    const result = await audit({ gateway: all, stored: stored([[], good], 5) })
    equal(result.verdict, 'pass')
    deepEqual([result.counts.refused, result.counts.failed, result.counts.acked], [1, 7, 5])
    const late = await audit({ gateway: all, stored: stored([[], [...good, 'd1/1/0']]) })
    equal(late.anomalyCounts['failed-but-stored'], 1)
  })

  it('refuses a line that settles more or fewer parts than were sent', async () => {
    const short = request(1, settled(['acked', 0]))
    await rejects(audit({ gateway: short, stored: stored([ids(0)]) }), /had 3 parts and has 1 answers/)
  })
})

describe('auditing a run from before the parts of an answer were told apart', () => {
  const old = request(1, op => ({ kind: 'info', op, t: 140, error: 'mixed answer: NOT_ENOUGH_REPLICAS' }))
  const spec = { format: 1, gateway: [...old, ...resent(2, 1), ...resent(3, 2)] } as const

  it('passes when everything is stored', async () => {
    const result = await audit({ ...spec, stored: stored([ids(0), ids(1), ids(2)]) })
    equal(result.verdict, 'pass')
  })

  it('is inconclusive about what is missing: it may have been acknowledged', async () => {
    const result = await audit({ ...spec, stored: stored([[], ids(1), ids(2)]) })
    equal(result.verdict, 'inconclusive')
    match(result.reasons.join(), /6 records of requests that were acknowledged in part are missing/)
  })
})
