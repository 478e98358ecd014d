import assert from 'node:assert/strict'
import {
  type AckedRecord,
  asFleetCalls,
  auditClusters,
  checkpointAge,
  type ClusterLog,
  recoveryPoint,
  translate,
} from '../../../chaos/score/region-audit.ts'
import type { StoredRecord } from '../../../chaos/score/stored-records.ts'

const log = (region: 'a' | 'b', ids: readonly string[], topic = 'telemetry', first = 0): ClusterLog => ({
  region,
  records: ids.map((id, index): StoredRecord => ({ topic, partition: 0, offset: first + index, id })),
})
const acked = (region: 'a' | 'b', ids: readonly string[], from = 1000): AckedRecord[] =>
  ids.map((id, index) => ({ region, topic: 'telemetry', partition: 0, id, at: from + index * 100 }))
const of = (device: string, ...sequences: readonly number[]) =>
  sequences.map(sequence => `${device}/1/${sequence}`)

const counts = ({ lost, repeated, outOfOrder }: ReturnType<typeof auditClusters>) => ({
  lost,
  repeated,
  outOfOrder,
})

describe('the audit of two clusters', () => {
  it('finds nothing where each device goes on in the second cluster after the first', () => {
    const told = [...acked('a', of('d1', 1, 2, 3)), ...acked('b', of('d1', 4, 5))]
    const audit = auditClusters(told, [log('a', of('d1', 1, 2, 3)), log('b', of('d1', 1, 2, 3, 4, 5))])
    assert.deepEqual(counts(audit), { lost: 0, repeated: 0, outOfOrder: 0 })
    assert.deepEqual(audit.devices, [])
  })

  it('takes a record for lost that neither cluster has, and not one that either has', () => {
    const told = [...acked('a', of('d1', 1, 2)), ...acked('b', of('d2', 1, 2))]
    const audit = auditClusters(told, [log('a', of('d1', 1, 2)), log('b', of('d2', 1))])
    assert.deepEqual(counts(audit), { lost: 1, repeated: 0, outOfOrder: 0 })
    assert.deepEqual(audit.devices, [{ device: 'd2', lost: 1, repeated: 0, outOfOrder: 0 }])
    assert.deepEqual(audit.examples.lost, ['telemetry d2/1/2'])
  })

  it('counts a copy within one cluster, and none that was mirrored', () => {
    const audit = auditClusters(acked('a', of('d1', 1, 2)), [
      log('a', of('d1', 1, 2)),
      log('b', of('d1', 1, 2, 2, 2)),
    ])
    assert.deepEqual(counts(audit), { lost: 0, repeated: 2, outOfOrder: 0 })
  })

  it('sees what a mirror brought after its device had gone on in the second cluster', () => {
    const told = [...acked('a', of('d1', 1, 2, 3)), ...acked('b', of('d1', 4))]
    const audit = auditClusters(told, [log('a', of('d1', 1, 2, 3)), log('b', of('d1', 1, 4, 2, 3))])
    assert.deepEqual(counts(audit), { lost: 0, repeated: 0, outOfOrder: 2 })
    assert.deepEqual(audit.devices, [{ device: 'd1', lost: 0, repeated: 0, outOfOrder: 2 }])
  })

  it('knows a new epoch from an old sequence', () => {
    const audit = auditClusters([], [log('b', ['d1/1/7', 'd1/2/1', 'd1/1/8'])])
    assert.deepEqual(counts(audit), { lost: 0, repeated: 0, outOfOrder: 1 })
  })

  it('equals the audit of the first cluster alone when the second is empty', () => {
    const told = acked('a', [...of('d1', 1, 2, 3, 4), ...of('d2', 1, 2, 3)])
    const alone = log('a', [...of('d1', 1, 3, 2, 2), ...of('d2', 1, 3)])
    const found = auditClusters(told, [alone])
    assert.deepEqual(counts(found), { lost: 2, repeated: 1, outOfOrder: 1 })
    assert.deepEqual(auditClusters(told, [alone, log('b', [])]), found)
  })
})

describe('the recovery point', () => {
  it('is the newest acknowledgement where all of it was mirrored', () => {
    const point = recoveryPoint(acked('a', of('d1', 1, 2, 3)), log('b', of('d1', 1, 2, 3)))
    assert.deepEqual([point.missing, point.ms, point.newestAckedAt, point.newestMissing], [0, 0, 1200, null])
  })

  it('is that of the first missing record, by time and by count', () => {
    const point = recoveryPoint(acked('a', of('d1', 1, 2, 3, 4, 5)), log('b', of('d1', 1, 2, 4)))
    assert.equal(point.missing, 2)
    assert.equal(point.oldestMissing?.id, 'd1/1/3')
    assert.equal(point.newestMissing?.id, 'd1/1/5')
    assert.equal(point.ms, 200)
    assert.deepEqual(point.devices, [['d1', 2]])
  })

  it('knows what a mirror jumped from what it had not come to yet', () => {
    const told = acked('a', of('d1', 1, 2, 3, 4, 5))
    assert.equal(recoveryPoint(told, log('b', of('d1', 1, 2, 3))).holes, 0)
    const { missing, holes } = recoveryPoint(told, log('b', of('d1', 1, 4)))
    assert.deepEqual([missing, holes], [3, 2])
    // Another partition says nothing of this one.
    const other = [...told.slice(0, 3), ...told.slice(3).map(one => ({ ...one, partition: 1 }))]
    assert.equal(recoveryPoint(other, log('b', of('d1', 1, 4, 5))).holes, 0)
  })

  it('looks the other way on the way back', () => {
    const told = [...acked('a', of('d1', 1)), ...acked('b', of('d1', 2, 3), 5000)]
    const { missing, ms } = recoveryPoint(told, log('a', of('d1', 1, 2)), 'b')
    assert.deepEqual([missing, ms], [1, 0])
  })

  it('does not miss in region b what region b itself acknowledged', () => {
    const told = [...acked('a', of('d1', 1)), ...acked('b', of('d1', 2))]
    assert.equal(recoveryPoint(told, log('b', of('d1', 1))).missing, 0)
  })
})

describe('offsets of a group by content', () => {
  const a = log('a', of('d1', 1, 2, 3, 4, 5, 6))
  /** Region b began with two records of its own, so that no number is the same. */
  const b = log('b', [...of('d9', 1, 2), ...of('d1', 1, 2, 3, 4, 5)])
  const at = (committed: number | null, translated: number | null, end = 7) =>
    translate({
      committed: new Map([['telemetry/0', committed]]),
      translated: new Map(translated === null ? [] : [['telemetry/0', translated]]),
      ends: new Map([['telemetry/0', end]]),
      from: a,
      to: log(
        'b',
        b.records.slice(2).map(({ id }) => id),
        'telemetry',
        2,
      ),
    })[0]

  it('finds nothing where the translated offset is the right one', () => {
    const found = at(4, 6)
    assert.deepEqual([found?.right, found?.reread, found?.skipped, found?.isBeyondEnd], [6, 0, 0, false])
  })

  it('counts what is given again where the translated offset is behind', () => {
    const found = at(4, 3)
    assert.deepEqual([found?.right, found?.reread, found?.skipped], [6, 3, 0])
  })

  it('counts what is passed over where the translated offset is ahead', () => {
    const found = at(2, 6)
    assert.deepEqual([found?.right, found?.reread, found?.skipped], [4, 0, 2])
  })

  it('takes the same number for what it is by content: here two records again', () => {
    const found = at(4, 4)
    assert.deepEqual([found?.right, found?.reread, found?.skipped], [6, 2, 0])
  })

  it('begins at the oldest record where nothing was translated', () => {
    const found = at(4, null)
    assert.deepEqual([found?.translated, found?.began, found?.reread], [null, 2, 4])
  })

  it('knows on the way back what was dealt with in region a before, and where consumers begin', () => {
    const home = log('a', [...of('d1', 1, 2, 3), ...of('d1', 4, 5)])
    const away = log('b', of('d1', 1, 2, 4, 5))
    const back = (start: number, done: number) =>
      translate({
        committed: new Map([['telemetry/0', 4]]),
        translated: new Map(),
        ends: new Map([['telemetry/0', 5]]),
        starts: new Map([['telemetry/0', start]]),
        done: new Map([['telemetry/0', done]]),
        from: away,
        to: home,
      })[0]
    assert.deepEqual([back(5, 3)?.reread, back(5, 3)?.skipped, back(5, 3)?.right], [0, 0, 5])
    assert.deepEqual([back(3, 3)?.reread, back(3, 3)?.skipped], [2, 0])
    // The third record never came to region b, and consumers had not read it in region a.
    assert.deepEqual([back(5, 2)?.reread, back(5, 2)?.skipped, back(5, 2)?.right], [0, 1, 2])
  })

  it('sees an offset that is beyond the end of region b', () => {
    assert.equal(at(4, 9)?.isBeyondEnd, true)
    assert.equal(at(4, 7)?.isBeyondEnd, false)
  })

  it('reads under both names what the default policy renames', () => {
    const records = [
      ...log('b', of('d1', 1), 'a.telemetry').records,
      ...log('b', of('d1', 2)).records,
      ...log('b', of('d1', 3), 'heartbeats').records,
    ]
    const named = asFleetCalls(records, 'default', ['telemetry'])
    assert.deepEqual(
      named.map(({ topic, id }) => `${topic} ${id}`),
      ['telemetry d1/1/1', 'telemetry d1/1/2'],
    )
  })
})

describe('the age of the newest checkpoint', () => {
  const at = (offset: number, ms: number, partition = 'telemetry/0') => ({ partition, offset, at: ms })

  it('is that of the newest commit which a checkpoint covers', () => {
    const commits = [at(10, 1000), at(20, 2000), at(30, 3000)]
    assert.equal(checkpointAge(commits, [at(20, 2500)], 5000).ms, 1000)
    assert.equal(checkpointAge(commits, [at(30, 3500)], 5000).ms, 0)
  })

  it('does not count a checkpoint that came after the region was gone', () => {
    const commits = [at(10, 1000), at(30, 3000)]
    assert.equal(checkpointAge(commits, [at(10, 1500), at(30, 6000)], 5000).ms, 2000)
  })

  it('is not known where a partition has commits and no checkpoint, whatever the others have', () => {
    const age = checkpointAge([at(10, 1000), at(4, 900, 'telemetry/1')], [at(10, 1100)], 5000)
    assert.equal(age.ms, null)
    assert.deepEqual(age.without, ['telemetry/1'])
  })

  it('is that of the worst partition', () => {
    const commits = [at(10, 1000), at(20, 4000), at(5, 1000, 'telemetry/1'), at(9, 2000, 'telemetry/1')]
    const checkpoints = [at(10, 1100), at(9, 2100, 'telemetry/1')]
    assert.deepEqual(checkpointAge(commits, checkpoints, 5000).partition, 'telemetry/0')
    assert.equal(checkpointAge(commits, checkpoints, 5000).ms, 3000)
  })
})
