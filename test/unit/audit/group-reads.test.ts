import { deepEqual } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { type Body, poll, type RunSpec, send, stored, withRun } from './run-folder.ts'

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `d1/1/${from + index}`)
const assign = (resumes?: string): Body => ({
  kind: 'assign',
  t: 200,
  partitions: [['telemetry', 0]],
  ...(resumes === undefined ? {} : { resumes }),
})
const commit = (offset: number, group = 'g-1', t = 210): Body => ({
  kind: 'commit',
  t,
  group,
  offsets: [['telemetry', 0, offset]],
})

/** Ten records, all stored unless `spec` says otherwise, and a tail that did this. */
async function told(tail: readonly Body[], spec: RunSpec = {}) {
  const whole = { gateway: send(ids(0, 10), 0), stored: stored(0, 10, [[0, ids(0, 10)]]) }
  const { verdict, anomalyCounts, counts } = await withRun({ ...whole, ...spec, tail }, auditRun)
  return [verdict, counts.unread, anomalyCounts['commit-ahead'], anomalyCounts['poll-skip']]
}

describe('what a consumer group of a run was given', () => {
  it('is whole when it goes on from its commits, and reads again', async () =>
    deepEqual(
      await told([
        assign(),
        poll(0, ids(0, 6)),
        commit(4),
        assign('g-1'),
        poll(4, ids(4, 10)),
        commit(10, 'g-2'),
      ]),
      ['pass', 0, 0, 0],
    ))

  it('lacks what it passed over when it goes on after its commit', async () => {
    const jumped = [
      assign(),
      poll(0, ids(0, 4)),
      commit(4),
      assign('g-1'),
      poll(7, ids(7, 10)),
      commit(10, 'g-2'),
    ]
    deepEqual(await told(jumped), ['fail', 3, 0, 1])
  })

  it('lacks what its reader jumped over, once, and not what it went back to', async () => {
    const jumped = [assign(), poll(0, ids(0, 2)), commit(2), poll(6, ids(6, 10)), commit(10)]
    deepEqual(await told(jumped), ['fail', 4, 0, 1])
    deepEqual(await told([...jumped, assign('g-1'), poll(3, ids(3, 6))]), ['fail', 1, 0, 1])
  })

  it('lacks what is between its last record and a commit that is ahead of that', async () => {
    deepEqual(await told([assign(), poll(0, ids(0, 5)), commit(8)]), ['fail', 3, 1, 0])
    deepEqual(await told([assign(), poll(0, ids(0, 5)), commit(5)]), ['pass', 0, 0, 0])
  })

  it('does not lack offsets that no record has: control records, and what compaction left', async () => {
    const spec = {
      gateway: [...send(ids(0, 3), 0), ...send(ids(3, 6), 4)],
      stored: stored(0, 8, [
        [0, ids(0, 3)],
        [4, ids(3, 6)],
      ]),
    }
    const tail = [assign(), poll(0, ids(0, 3)), commit(4), poll(4, ids(3, 6)), commit(8)]
    const result = await told(tail, spec)
    deepEqual(result.slice(1), [0, 0, 0])
  })

  it('does not lack what had been removed before it came there', async () => {
    const contract = { telemetry: { duplicates: 'tolerated', cleanup: 'delete', replayWindow: 10 } }
    const spec = { stored: stored(6, 10, [[6, ids(6, 10)]]), contract }
    const tail = [assign(), poll(0, ids(0, 2)), commit(2), poll(6, ids(6, 10)), commit(10)]
    deepEqual(await told(tail, spec), ['pass', 0, 0, 0])
  })

  it('does not lack what was before its first record: it began there', async () =>
    deepEqual(await told([assign(), poll(6, ids(6, 10)), commit(10)]), ['pass', 0, 0, 0]))

  it('cannot be more than there is: a commit beyond the end is ahead', async () => {
    deepEqual(await told([assign(), poll(0, ids(0, 10)), commit(11)]), ['fail', 0, 1, 0])
    deepEqual(await told([assign(), poll(0, ids(0, 10)), commit(10)]), ['pass', 0, 0, 0])
  })

  it('may be more than there was: the log grew after its end was asked for', async () => {
    const later = [assign(), poll(0, ids(0, 12)), commit(10), commit(12, 'g-1', 1500)]
    deepEqual((await told(later)).slice(1, 3), [0, 0])
    deepEqual((await told([assign(), poll(0, ids(0, 12)), commit(12)])).slice(1, 3), [0, 1])
  })
})
