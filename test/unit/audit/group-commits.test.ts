import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import type { HistoryLine } from '../../../chaos/record/history.ts'
import { poll, send, stored, withRun } from './run-folder.ts'

type Body = Exclude<HistoryLine, { kind: 'header' | 'end' }>

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `d1/1/${from + index}`)
const commit = (offset: number, group = 'g-1'): Body => ({
  kind: 'commit',
  t: 210,
  group,
  offsets: [['telemetry', 0, offset]],
})
const committed = (offset: number | null, group = 'g-1'): Body => ({
  kind: 'committed',
  t: 220,
  group,
  offsets: [['telemetry', 0, offset]],
})
const assign = (resumes?: string): Body => ({
  kind: 'assign',
  t: 200,
  partitions: [['telemetry', 0]],
  ...(resumes === undefined ? {} : { resumes }),
})

/** A run of ten records in which the tail did this. */
const audit = (tail: readonly Body[]) =>
  withRun({ gateway: send(ids(0, 10), 0), tail, stored: stored(0, 10, [[0, ids(0, 10)]]) }, auditRun)
const orderly = ['poll-skip', 'nonmonotonic-poll', 'commit-lost', 'commit-backwards'] as const
const troubles = async (...tail: readonly Body[]) => {
  const { anomalyCounts } = await audit(tail)
  return orderly.filter(name => anomalyCounts[name] > 0)
}

describe('offset commits in a run', () => {
  const before = [assign(), poll(0, ids(0, 6)), commit(4)]

  it('are lost when the brokers are asked and have less, and both lines are shown', async () => {
    const result = await audit([...before, committed(2)])
    equal(result.anomalyCounts['commit-lost'], 1)
    const [example] = result.anomalies['commit-lost'] ?? []
    match(example?.what ?? '', /the brokers had 2 .* which had committed 4/)
    deepEqual(
      example?.events.map(({ file, line }) => [file, line]),
      [
        ['history/tail.jsonl', 4],
        ['history/tail.jsonl', 5],
      ],
    )
    ok(example?.events[1]?.what.includes('the brokers had 2'))
  })

  it('are lost when the brokers have none at all', async () =>
    deepEqual(await troubles(...before, committed(null)), ['commit-lost']))

  it('are not lost when the brokers have them, or more than was acknowledged', async () => {
    deepEqual(await troubles(...before, committed(4)), [])
    deepEqual(await troubles(...before, committed(5)), [])
  })

  it('are not missed where none had been made, nor in another group', async () => {
    deepEqual(await troubles(assign(), poll(0, ids(0, 6)), committed(null)), [])
    deepEqual(await troubles(...before, committed(null, 'g-2')), [])
  })

  it('go backwards when a later one of the group is lower', async () => {
    deepEqual(await troubles(...before, commit(3)), ['commit-backwards'])
    deepEqual(await troubles(...before, commit(3, 'g-2')), [])
  })

  it('are where a new member begins, and reading again from there is in order', async () =>
    deepEqual(await troubles(...before, committed(4), assign('g-1'), poll(4, ids(4, 10))), []))

  it('are lost when a new member begins before them', async () =>
    deepEqual(await troubles(...before, committed(4), assign('g-1'), poll(3, ids(3, 10))), ['commit-lost']))

  it('leave out records when a new member begins after them', async () =>
    deepEqual(await troubles(...before, committed(4), assign('g-1'), poll(5, ids(5, 10))), ['poll-skip']))

  it('do not excuse a member that keeps its partitions and reads again', async () =>
    deepEqual(await troubles(...before, committed(4), assign(), poll(4, ids(4, 10))), ['nonmonotonic-poll']))

  it('hold for a rebalance that comes before the new member has read anything', async () =>
    deepEqual(await troubles(...before, committed(4), assign('g-1'), assign(), poll(5, ids(5, 10))), [
      'poll-skip',
    ]))
})
