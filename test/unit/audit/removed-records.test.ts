import { deepEqual, equal, match } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import type { CountName } from '../../../chaos/record/audit-file.ts'
import { poll, type RunSpec, send, starts, stored, withRun } from './run-folder.ts'

const audit = (spec: RunSpec) => withRun(spec, auditRun)
const ids = (from: number, to: number, device = 'd1') =>
  Array.from({ length: to - from }, (_, index) => `${device}/1/${from + index}`)
const contract = (terms: object) => ({
  telemetry: { duplicates: 'tolerated', cleanup: 'delete', replayWindow: 1000, ...terms },
})
const compacted = (replayWindow: number) => contract({ cleanup: 'compact', replayWindow })

/** What the audit said of what is gone. */
async function told(spec: RunSpec, ...names: CountName[]) {
  const { verdict, counts, failures } = await audit(spec)
  return [verdict, ...names.map(name => counts[name]), ...failures.map(({ anomaly }) => anomaly)]
}

describe('records that retention removed', () => {
  /** Two records, of which the first is below the start of the log when the final read asks at 1,500. */
  const removed = (sentAt: number, terms: object = {}): RunSpec => ({
    gateway: [...send(ids(0, 1), 0, sentAt), ...send(ids(1, 2), 1, sentAt + 1)],
    stored: stored(1, 2, [[1, ids(1, 2)]], 1500),
    contract: contract(terms),
  })

  it('are expired when they were older than their replay window', async () =>
    deepEqual(await told(removed(499), 'expired', 'expiredByTime', 'removedInWindow', 'lost'), [
      'pass',
      1,
      1,
      0,
      0,
    ]))

  it('break the contract when they were younger, however old the run was', async () => {
    const result = await audit(removed(500))
    equal(result.verdict, 'fail')
    deepEqual(result.failures, [
      {
        anomaly: 'removed-in-window',
        topic: 'telemetry',
        count: 1,
        what: '1 record was removed by retention within the replay window of 1 s; the youngest was 1 s old',
      },
    ])
    deepEqual([result.counts.expired, result.counts.removedInWindow, result.counts.lost], [1, 1, 0])
    const [example] = result.anomalies['removed-in-window'] ?? []
    deepEqual(example?.values, ['d1/1/0'])
    match(example?.what ?? '', /by age, 1 s old: its replay window is 1 s/)
  })

  it('are not lost when retention took them after the bounds were asked for, and before they were read', async () => {
    const meanwhile = (sentAt: number): RunSpec => ({
      gateway: [...send(ids(0, 1), 0, sentAt), ...send(ids(1, 2), 1, sentAt + 1)],
      stored: stored(0, 2, [[1, ids(1, 2)]], 1500),
      contract: contract({ retention: 1400 }),
    })
    // At 1,501, when it was read, the record sent at 100 was past its retention, and the one sent at 101 was not.
    deepEqual(await told(meanwhile(100), 'expired', 'expiredByTime', 'removedInWindow', 'lost'), [
      'inconclusive',
      1,
      1,
      0,
      0,
    ])
    const lost = ['fail', 0, 1, 'lost-write', 'device-gap']
    deepEqual(await told(meanwhile(101), 'expired', 'lost'), lost)
  })

  it('are expired when the log is seen to begin later once it was read', async () => {
    const asked = (sentAt: number, low: number, retention: number, more: object = {}): RunSpec => ({
      gateway: [...send(ids(0, 2), 0, sentAt), ...send(ids(2, 3), 2, sentAt + 1)],
      stored: [...stored(0, 3, [[2, ids(2, 3)]], 1500), starts(low, 1600)],
      contract: contract({ retention, replayWindow: 1000, ...more }),
    })
    const names = ['expired', 'expiredByTime', 'expiredBySize', 'removedInWindow', 'lost'] as const
    deepEqual(await told(asked(100, 2, 1450), ...names), ['pass', 2, 2, 0, 0, 0])
    // Past their retention by 1,600, when it was asked again, and not when they were read.
    deepEqual(await told(asked(100, 2, 1499), ...names), ['pass', 2, 2, 0, 0, 0])
    deepEqual(await told(asked(100, 2, 1501, { retentionBytes: 1000 }), ...names), ['pass', 2, 0, 2, 0, 0])
    // Too young to go.
    const young = ['fail', 2, 2, 0, 2, 0, 'removed-in-window']
    deepEqual(await told(asked(600, 2, 2000), ...names), young)
    // The control: a log that begins where it began has lost what is not in it, past its retention or not.
    const lost = ['fail', 0, 0, 0, 0, 2, 'lost-write', 'device-gap']
    deepEqual(await told(asked(100, 0, 1450), ...names), lost)
    deepEqual(await told(asked(100, 0, 2000), ...names), lost)
    const half = await audit(asked(100, 1, 1450))
    deepEqual([half.verdict, half.counts.expired, half.counts.lost], ['fail', 1, 1])
  })

  it('are expired when all of a log has gone by the time it is read', async () => {
    const gone = (low: number): RunSpec => ({
      gateway: send(ids(0, 2), 0, 100),
      stored: [...stored(0, 2, [], 1500), starts(low, 1700)],
      contract: contract({ retention: 1500 }),
    })
    const result = await audit(gone(2))
    deepEqual(
      [result.counts.expired, result.counts.lost, result.reasons],
      [2, 0, ['the final read found nothing']],
    )
    equal(
      (await audit(gone(1))).reasons.some(reason => reason.includes('returned nothing of [1, 2)')),
      true,
    )
  })

  it('are looked at one by one: some were owed and some were not', async () => {
    const gateway = [...send(ids(0, 3), 0, 100), ...send(ids(3, 5), 3, 1200), ...send(ids(5, 6), 5, 1400)]
    const spec = { gateway, stored: stored(5, 6, [[5, ids(5, 6)]], 1500), contract: contract({}) }
    deepEqual(await told(spec, 'expired', 'removedInWindow', 'lost'), ['fail', 5, 2, 0, 'removed-in-window'])
  })

  it('went by size where that is limited, and they were younger than the retention', async () => {
    const bySize = (retention: number) => removed(100, { retention, retentionBytes: 1_000_000 })
    const names = ['expiredByTime', 'expiredBySize'] as const
    deepEqual(await told(bySize(1400), ...names), ['pass', 0, 1])
    deepEqual(await told(bySize(1399), ...names), ['pass', 1, 0])
    deepEqual(await told(removed(100, { retention: 1400 }), ...names), ['pass', 1, 0])
  })

  it('leave it open when when they were sent is unknown', async () => {
    const foreign = { ...removed(100), gateway: send(ids(1, 2), 1, 100), tail: [poll(0, ids(0, 1), 200)] }
    const result = await audit(foreign)
    equal(result.verdict, 'inconclusive')
    equal(result.counts.removedAtUnknownAge, 1)
    match(result.reasons.join('; '), /when they were sent is unknown/)
  })

  it('leave it open where no contract says how long they are owed', async () => {
    const result = await audit({ ...removed(100), contract: {} })
    equal(result.verdict, 'inconclusive')
    match(result.reasons.join('; '), /no contract says how long/)
  })

  it('count as owed from their last acknowledgement', async () => {
    const spec = removed(100)
    const again = { ...spec, gateway: [...(spec.gateway ?? []), ...send(ids(0, 1), 0, 600)] }
    deepEqual(await told(again, 'removedInWindow'), ['fail', 1, 'removed-in-window'])
  })
})

describe('records that compaction removed', () => {
  /** Twenty devices, ten records each in turns; the final read at 5,000 finds these sequences of each device. */
  const devices = Array.from({ length: 20 }, (_, index) => `d${index}`)
  const offsetOf = (device: number, sequence: number) => sequence * 20 + device
  function run(isThere: (device: number, sequence: number) => boolean, replayWindow: number): RunSpec {
    const all = Array.from({ length: 200 }, (_, offset) => [offset % 20, Math.floor(offset / 20)] as const)
    const gateway = all.flatMap(([device, sequence]) =>
      send([`d${device}/1/${sequence}`], offsetOf(device, sequence), 1000 + 100 * sequence),
    )
    const there = all.filter(([device, sequence]) => isThere(device, sequence))
    const reads = there.map(
      ([device, sequence]) => [offsetOf(device, sequence), [`d${device}/1/${sequence}`]] as const,
    )
    return { gateway, stored: stored(0, 200, reads, 5000), contract: compacted(replayWindow) }
  }
  const names = ['expiredByCompaction', 'removedInWindow', 'lost'] as const

  it('are expired when they were older than the replay window', async () => {
    equal(devices.length, 20)
    deepEqual(
      await told(
        run((_, sequence) => sequence > 5, 3000),
        ...names,
      ),
      ['pass', 120, 0, 0],
    )
  })

  it('break the contract when they were younger, and are not lost: the newest of each device is there', async () => {
    const result = await audit(run((_, sequence) => sequence === 9, 3600))
    deepEqual(
      [result.verdict, result.counts.expiredByCompaction, result.counts.removedInWindow, result.counts.lost],
      ['fail', 180, 80, 0],
    )
    deepEqual(
      result.failures.map(({ anomaly, what }) => [anomaly, what]),
      [
        [
          'removed-in-window',
          '80 records were removed by compaction within the replay window of 3.6 s; the youngest was 3.2 s old',
        ],
      ],
    )
    equal(result.anomalyCounts['device-gap'], 0)
  })

  it('are only those below where the cleaner had come; of those above, one that is gone is lost', async () => {
    const cleaned = (sequence: number) => sequence <= 4
    const spec = run((device, sequence) => !cleaned(sequence) && !(device === 3 && sequence === 7), 10)
    deepEqual(await told(spec, ...names), ['fail', 100, 0, 1, 'lost-write', 'device-gap'])
  })

  it('are none where nothing was compacted: one that is gone is lost, young or old', async () => {
    const oneGone = (replayWindow: number) =>
      run((device, sequence) => device !== 3 || sequence !== 5, replayWindow)
    deepEqual(await told(oneGone(60_000), ...names), ['fail', 0, 0, 1, 'lost-write', 'device-gap'])
    deepEqual(await told(oneGone(10), ...names), ['fail', 0, 0, 1, 'lost-write', 'device-gap'])
  })

  it('have a successor that is there: a key of which nothing is left is lost', async () =>
    deepEqual(
      await told(
        run((device, sequence) => sequence === 9 && device !== 3, 10),
        ...names,
      ),
      ['fail', 171, 0, 10, 'lost-write'],
    ))

  it('are superseded by a record of a later boot, too: the key is the device', async () => {
    const gateway = [...send(['d1/1/0'], 0), ...send(['d1/1/1'], 1), ...send(['d1/2/0'], 2)]
    const spec = { gateway, stored: stored(0, 3, [[2, ['d1/2/0']]], 5000), contract: compacted(10) }
    deepEqual(await told(spec, ...names), ['pass', 2, 0, 0])
  })

  it('do not explain a lone hole of a young record, which a loss would leave as well', async () => {
    const spec = (replayWindow: number) => ({
      gateway: [...send(ids(0, 1), 0), ...send(ids(1, 2), 1)],
      stored: stored(0, 2, [[1, ids(1, 2)]], 5000),
      contract: compacted(replayWindow),
    })
    deepEqual(await told(spec(60_000), ...names), ['fail', 0, 0, 1, 'lost-write', 'device-gap'])
    deepEqual(await told(spec(10), ...names), ['pass', 1, 0, 0])
  })

  it('are where a cleaner was seen to come, and nowhere else', async () => {
    const loneHole = {
      gateway: [...send(ids(0, 1), 0), ...send(ids(1, 2), 1)],
      stored: stored(0, 2, [[1, ids(1, 2)]], 5000),
      contract: compacted(60_000),
    }
    const seen = (upTo: number, t: number) => ({
      ...loneHole,
      cleaners: [{ t, cleaned: { 'telemetry/0': upTo, 'other/0': 9 } }],
    })
    deepEqual(await told(seen(2, 6000), ...names), ['fail', 1, 1, 0, 'removed-in-window'])
    deepEqual(await told(seen(1, 6000), ...names), ['fail', 0, 0, 1, 'lost-write', 'device-gap'])
    const all = run((_, sequence) => sequence > 5, 10)
    const nowhere = (t: number) => ({ ...all, cleaners: [{ t, cleaned: {} }] })
    deepEqual((await told(nowhere(9000), ...names)).slice(0, 4), ['fail', 0, 0, 120])
    // The last look was before the final read was over: it may have come since.
    deepEqual(await told(nowhere(4000), ...names), ['pass', 120, 0, 0])
  })

  it('may go while the final read goes on, where a cleaner was seen to come', async () => {
    const spec = run((_, sequence) => sequence < 2 || sequence > 5, 10)
    deepEqual((await told(spec, ...names)).slice(0, 4), ['fail', 0, 0, 80])
    const seen = { ...spec, cleaners: [{ t: 6000, cleaned: { 'telemetry/0': 140 } }] }
    deepEqual(await told(seen, ...names), ['pass', 80, 0, 0])
  })

  it('belong to a topic that compacts: elsewhere they are lost', async () => {
    const spec = { ...run((_, sequence) => sequence > 5, 10), contract: contract({ replayWindow: 10 }) }
    const result = await audit(spec)
    equal(result.counts.lost, 120)
    equal(result.counts.expiredByCompaction, 0)
  })

  it('may stand in a batch whose answer was lost, and whose records nobody placed', async () => {
    const first = devices.map(device => `${device}/1/0`)
    const second = devices.slice(1).map(device => `${device}/1/1`)
    const gateway = [...send(first, 'info', 100), ...send(second, 20, 200)]
    const reads = [
      [0, ['d0/1/0']],
      [20, second],
    ] as const
    const spec = { gateway, stored: stored(0, 39, reads, 5000), contract: compacted(10) }
    const result = await audit(spec)
    deepEqual([result.verdict, result.counts.lost, result.counts.expired], ['fail', 19, 0])
  })
})

describe('a log that began anew', () => {
  const gateway = (from: number, to: number, offset: number) => send(ids(from, to), offset)

  it('is told from records that were cut off in its middle', async () => {
    const anew = {
      gateway: [...gateway(0, 6, 0), ...gateway(6, 9, 0)],
      stored: stored(0, 3, [[0, ids(6, 9)]]),
    }
    const names = ['lost', 'lostWithLog'] as const
    deepEqual((await told(anew, ...names)).slice(1, 3), [6, 6])
    const cut = {
      gateway: [...gateway(0, 6, 0), ...gateway(6, 9, 2)],
      stored: stored(0, 5, [[0, [...ids(0, 2), ...ids(6, 9)]]]),
    }
    deepEqual((await told(cut, ...names)).slice(1, 3), [4, 0])
  })
})
