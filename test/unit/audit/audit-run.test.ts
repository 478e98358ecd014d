import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { type Anomaly, auditResultSchema } from '../../../chaos/record/audit-file.ts'
import { poll, type RunSpec, send, stored, withRun } from './run-folder.ts'

const audit = (spec: RunSpec) => withRun(spec, auditRun)
const ids = (...sequences: number[]) => sequences.map(sequence => `d1/1/${sequence}`)
const whole: RunSpec = {
  gateway: [...send(ids(0, 1), 0), ...send(ids(2), 2)],
  tail: [poll(0, ids(0, 1)), poll(2, ids(2))],
  stored: stored(0, 3, [[0, ids(0, 1, 2)]]),
}
const forbidden = { telemetry: { duplicates: 'forbidden', cleanup: 'delete', replayWindow: 14_400_000 } }

describe('auditing a run', () => {
  it('passes a run in which everything acknowledged is stored once and in order', async () => {
    const result = await audit(whole)
    equal(result.verdict, 'pass')
    const { sends, acked, polled, stored: copies, lost } = result.counts
    deepEqual({ sends, acked, polled, copies, lost }, { sends: 3, acked: 3, polled: 3, copies: 3, lost: 0 })
    deepEqual(result.perTopic['telemetry'], { ...result.perTopic['telemetry'], records: 3 })
  })

  it('writes audit.json as its schema says, and returns the same', async () => {
    await withRun(whole, async dir => {
      const result = await auditRun(dir)
      const written = auditResultSchema.parse(JSON.parse(await readFile(join(dir, 'audit.json'), 'utf8')))
      deepEqual(written, result)
    })
  })

  it('fails when an acknowledged record is missing inside the bounds, and names its acknowledgement', async () => {
    const result = await audit({
      ...whole,
      tail: [],
      stored: stored(0, 3, [
        [0, ids(0)],
        [2, ids(2)],
      ]),
    })
    equal(result.verdict, 'fail')
    equal(result.counts.lost, 1)
    const [example] = result.anomalies['lost-write'] ?? []
    deepEqual(example?.values, ['d1/1/1'])
    ok(example?.events.some(event => event.file === 'history/gateway-1.jsonl' && event.line === 2))
    equal(result.anomalyCounts['device-gap'], 1)
  })

  it('fails when the log was cut off below what had been acknowledged', async () => {
    const result = await audit({ ...whole, tail: [], stored: stored(0, 2, [[0, ids(0, 1)]]) })
    equal(result.verdict, 'fail')
    equal(result.counts.lost, 1)
    equal(result.counts.unseen, 0)
  })

  it('fails when another record stands where one was acknowledged', async () => {
    const result = await audit({ ...whole, tail: [], stored: stored(0, 3, [[0, [...ids(0, 1), 'd2/1/0']]]) })
    equal(result.anomalyCounts['inconsistent-offsets'], 1)
    equal(result.anomalyCounts['lost-write'], 1)
    equal(result.counts.foreign, 1)
  })

  it('fails when a consumer was given a record that is gone', async () => {
    const gateway = [...send(ids(0), 0), ...send(ids(1), 'info'), ...send(['d2/1/0'], 2)]
    const tail = [poll(0, [...ids(0, 1), 'd2/1/0'])]
    const result = await audit({
      gateway,
      tail,
      stored: stored(0, 3, [
        [0, ids(0)],
        [2, ['d2/1/0']],
      ]),
    })
    equal(result.verdict, 'fail')
    equal(result.counts.lost, 1)
  })

  it('holds the whole batch of an unknown send accountable when one of its records is stored', async () => {
    const gateway = [...send(ids(0, 1, 2), 'info'), ...send(['d2/1/0'], 3)]
    const torn = await audit({
      gateway,
      stored: stored(0, 4, [
        [0, ids(0)],
        [2, ids(2)],
        [3, ['d2/1/0']],
      ]),
    })
    equal(torn.counts.lost, 1)
    equal(torn.counts.unknownStored, 2)
    const absent = await audit({ gateway, stored: stored(3, 4, [[3, ['d2/1/0']]]) })
    equal(absent.counts.lost, 0)
    equal(absent.counts.unknownNotStored, 3)
    equal(absent.verdict, 'pass')
  })

  it('does not take a resend for a proof of the unknown send before it', async () => {
    const gateway = [...send(ids(0, 1), 'info'), ...send(ids(0), 0)]
    const result = await audit({ gateway, stored: stored(0, 1, [[0, ids(0)]]) })
    equal(result.verdict, 'pass')
    equal(result.counts.unknownNotStored, 1)
  })

  it('takes a failed send for none where a mirror may have copied the record from where it was sent too', async () => {
    const given = {
      gateway: [...send(ids(0), 'fail'), ...send(ids(1), 1)],
      stored: stored(0, 2, [[0, ids(0, 1)]]),
    }
    const sentToB = (records: readonly string[], wayBack: boolean) =>
      audit({ ...given, elsewhere: { body: send(records, 0), wayBack } })
    equal((await sentToB(ids(0), true)).verdict, 'pass')
    // Another record, or no mirror that copies back, explains nothing.
    equal((await sentToB(ids(2), true)).anomalyCounts['failed-but-stored'], 1)
    equal((await sentToB(ids(0), false)).anomalyCounts['failed-but-stored'], 1)
  })

  it('fails when a send that was said to have failed is stored', async () => {
    const gateway = [...send(ids(0), 'fail'), ...send(ids(1), 1)]
    const result = await audit({
      gateway,
      tail: [poll(0, ids(0, 1))],
      stored: stored(0, 2, [[0, ids(0, 1)]]),
    })
    equal(result.verdict, 'fail')
    equal(result.anomalyCounts['failed-but-stored'], 1)
    equal(result.anomalyCounts.G1a, 1)
  })

  it('counts duplicates by cause, and fails only on unexplained ones where they are forbidden', async () => {
    const resent = {
      gateway: [...send(ids(0), 'info'), ...send(ids(0), 1)],
      stored: stored(0, 2, [[0, ids(0, 0)]]),
    }
    const result = await audit({ ...resent, contract: forbidden })
    equal(result.counts.resentAfterUnknown, 1)
    equal(result.counts.storedTwice, 1)
    equal(result.verdict, 'pass')
    const unexplained = { gateway: send(ids(0), 0), stored: stored(0, 2, [[0, ids(0, 0)]]) }
    equal((await audit({ ...unexplained, contract: forbidden })).verdict, 'fail')
    equal((await audit(unexplained)).verdict, 'pass')
  })

  it('tells a record that is out of its device’s order from one that is only repeated', async () => {
    const gateway = [...send(ids(0), 'info'), ...send(ids(1), 'info'), ...send(ids(0, 1), 2)]
    const repeated = await audit({ gateway, stored: stored(0, 4, [[0, ids(0, 1, 0, 1)]]) })
    equal(repeated.counts.reordered + repeated.anomalyCounts['device-reorder'], 0)
    const turned = await audit({ gateway, stored: stored(0, 4, [[0, ids(1, 0, 0, 1)]]) })
    equal(turned.anomalyCounts['device-reorder'], 1)
  })

  it('keeps gaps that the edge or the sender explains apart from those that nothing explains', async () => {
    const gateway = [
      ...send(ids(0), 0),
      { kind: 'drop', t: 5, topic: 'telemetry', records: ids(1) } as const,
      ...send(ids(2), 'fail'),
      ...send(ids(4), 1),
    ]
    const result = await audit({ gateway, stored: stored(0, 2, [[0, ids(0, 4)]]) })
    equal(result.verdict, 'pass')
    const { gapsDropped, gapsNeverAcked, gapsUnexplained, dropped } = result.counts
    deepEqual(
      { gapsDropped, gapsNeverAcked, gapsUnexplained, dropped },
      {
        gapsDropped: 1,
        gapsNeverAcked: 2,
        gapsUnexplained: 0,
        dropped: 1,
      },
    )
  })

  it('says unseen, not lost, of what was acknowledged after the final read began', async () => {
    const gateway = [...send(ids(0), 0), ...send(ids(1), 1, 5000)]
    const result = await audit({ gateway, stored: stored(0, 1, [[0, ids(0)]]) })
    equal(result.counts.lost, 0)
    equal(result.counts.unseen, 1)
    equal(result.verdict, 'inconclusive')
  })

  it('finds commits that went backwards and a consumer that began before its commit', async () => {
    const assign = { kind: 'assign', t: 1, partitions: [['telemetry', 0]] } as const
    const closed = { kind: 'assign', t: 1, partitions: [] } as const
    const commit = (offset: number) =>
      ({ kind: 'commit', t: 2, group: 'tail', offsets: [['telemetry', 0, offset]] }) as const
    const tail = [assign, poll(0, ids(0, 1, 2)), commit(3), closed, assign, poll(1, ids(1, 2)), commit(2)]
    const result = await audit({ ...whole, tail })
    equal(result.anomalyCounts['commit-lost'], 1)
    equal(result.anomalyCounts['commit-backwards'], 1)
    equal(result.anomalyCounts['nonmonotonic-poll'], 0)
  })

  it('sees a consumer that was kept and jumped', async () => {
    const assign = { kind: 'assign', t: 1, partitions: [['telemetry', 0]] } as const
    const result = await audit({ ...whole, tail: [poll(0, ids(0)), assign, poll(2, ids(2))] })
    equal(result.anomalyCounts['poll-skip'], 1)
  })
})

describe('auditing a run whose evidence is not whole', () => {
  const lossy: RunSpec = {
    ...whole,
    tail: [],
    stored: stored(0, 3, [
      [0, ids(0)],
      [2, ids(2)],
    ]),
  }
  const cutEnd = (text: string) => text.replace(/[^\n]*\n$/, '')
  const cases: readonly (readonly [string, RunSpec, RegExp])[] = [
    ['the final read is missing', { stored: null }, /final read is missing/],
    [
      'the final read has no end',
      { damage: { 'stored.jsonl': cutEnd } },
      /stored\.jsonl is incomplete: it has no end/,
    ],
    [
      'the final read stops early',
      { stored: stored(0, 3, [[0, ids(0, 1)]]) },
      /ends at offset 1, before its end 3/,
    ],
    [
      'the final read starts late',
      { stored: stored(0, 3, [[1, ids(1, 2)]]) },
      /begins at offset 1, after its start 0/,
    ],
    ['the final read has no bounds', { stored: [poll(0, ids(0, 1, 2))] }, /has no bounds/],
    [
      'a gateway’s shard has no end',
      { damage: { 'gateway-1.jsonl': cutEnd } },
      /gateway-1\.jsonl is incomplete/,
    ],
    [
      'a shard’s count differs',
      { damage: { 'tail.jsonl': text => text.replace(/\{"kind":"poll".*\n/, '') } },
      /tail\.jsonl is incomplete: its end counts 3 lines before it, and there are 2/,
    ],
    [
      'a shard’s last line is cut',
      { damage: { 'gateway-1.jsonl': text => text.slice(0, -20) } },
      /gateway-1\.jsonl is incomplete: its last line is cut/,
    ],
    ['a gateway left no shard', { gateways: ['gateway-1', 'gateway-2'] }, /gateway-2 left no shard/],
    ['there is no journal', { withoutJournal: true }, /journal cannot be read/],
    [
      'its consumer left no shard',
      { tail: null, events: [{ kind: 'timeline.started' }] },
      /the reader tail left no shard: what it was given is not known/,
    ],
    [
      'the reader of a replay left no shard',
      { events: [{ kind: 'replay.stated', id: 'replay', reader: 'governed' } as { kind: string }] },
      /the reader governed left no shard/,
    ],
  ]

  for (const [what, change, reason] of cases)
    it(`is inconclusive when ${what}, and says so`, async () => {
      const result = await audit({ ...whole, ...change })
      ok(
        result.reasons.some(text => reason.test(text)),
        result.reasons.join('; '),
      )
      if (what !== 'the final read starts late') equal(result.verdict, 'inconclusive')
    })

  it('expects no consumer of a run that ended before its timeline', async () => {
    equal((await audit({ ...whole, tail: null })).verdict, 'pass')
  })

  // What is gone could explain each of these: the tool must not say that the platform did it.
  const withoutOne = (text: string) => text.replace(/\{"kind":"poll"[^\n]*\n/, '')
  const unproven: readonly (readonly [string, RunSpec, RegExp])[] = [
    [
      'a loss, where the final read lacks a line',
      {
        stored: stored(0, 3, [
          [0, ids(0)],
          [1, ids(1)],
          [2, ids(2)],
        ]),
        damage: { 'stored.jsonl': text => text.replace(/\{"kind":"poll"[^\n]*d1\/1\/1[^\n]*\n/, '') },
      },
      /^1 lost-write of telemetry may be explained by what a history lacks$/,
    ],
    [
      'repeats, where a gateway left no shard',
      {
        contract: forbidden,
        gateways: ['gateway-1', 'gateway-2'],
        tail: [],
        stored: stored(0, 4, [[0, ids(0, 1, 2, 2)]]),
      },
      /^1 device-duplicate of telemetry may be explained/,
    ],
    [
      'records that a group passed over, where its reader lacks a line',
      {
        tail: [
          poll(0, ids(0)),
          poll(1, ids(1)),
          { kind: 'commit', t: 250, group: 'g', offsets: [['telemetry', 0, 3]] },
        ],
        damage: { 'tail.jsonl': withoutOne },
      },
      /^\d commit-ahead of telemetry may be explained/,
    ],
  ]
  for (const [what, change, reason] of unproven)
    it(`calls it no failure: ${what}`, async () => {
      const damaged = await audit({ ...whole, ...change })
      ok(
        damaged.reasons.some(text => reason.test(text)),
        damaged.reasons.join('; '),
      )
      equal(damaged.verdict, 'inconclusive')
      deepEqual(damaged.failures, [])
      const [anomaly = ''] = /[a-z]+-[a-z]+/.exec(reason.source) ?? []
      ok(damaged.unproven?.[anomaly as Anomaly], JSON.stringify(damaged.unproven))
    })

  it('still fails on a proven loss', async () => {
    for (const file of ['gateway-1.jsonl', 'stored.jsonl', 'tail.jsonl']) {
      const result = await audit({ ...lossy, damage: { [file]: cutEnd } })
      equal(result.verdict, 'fail')
      equal(result.counts.lost, 1)
    }
  })

  it('does not call lost what an unfinished final read had not reached', async () => {
    const result = await audit({
      ...whole,
      tail: [],
      stored: stored(0, 3, [[0, ids(0)]]),
      damage: { 'stored.jsonl': cutEnd },
    })
    equal(result.counts.lost, 0)
    equal(result.counts.unseen, 2)
    equal(result.verdict, 'inconclusive')
  })

  it('refuses a shard that is broken in the middle, naming the line', async () => {
    const broken = (text: string) => text.replace('"kind":"ok"', '"kind":"okay"')
    await rejects(audit({ ...whole, damage: { 'gateway-1.jsonl': broken } }), {
      code: 'input',
      message: /history\/gateway-1\.jsonl:3: kind/,
    })
    const headless = (text: string) => text.replace(/^.*\n/, '')
    await rejects(audit({ ...whole, damage: { 'tail.jsonl': headless } }), {
      code: 'input',
      message: /header/,
    })
  })

  it('refuses a folder that is no run', async () => {
    await rejects(auditRun(join(import.meta.dirname, 'nothing-here')), {
      code: 'input',
      message: /run\.json/,
    })
  })
})
