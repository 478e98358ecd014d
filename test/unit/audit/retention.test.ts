import { deepEqual, equal, match } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { type PartitionAges, SENT_HEADER } from '../../../chaos/record/history.ts'
import { RecordAges } from '../../../chaos/replay/record-ages.ts'
import { type Body, type RunSpec, send, stored, withRun } from './run-folder.ts'

const audit = (spec: RunSpec) => withRun(spec, auditRun)
const WALL = 1_800_000_000_000
const DAY = 86_400_000
const SETTINGS = { 'retention.ms': '60000', 'segment.ms': '10000', 'cleanup.policy': 'delete' }
/** Due is what was sent 60 + 10 s before, and brokers have 3 + 3 + 60 s from then on: 136 s. */
const BROKER = 'log.retention.check.interval.ms=3000\nlog.initial.task.delay.ms=3000\n'

const IDS = ['d1/1/0', 'd7/1/0', 'd1/1/1']
interface Planted {
  /** Seconds before the final read. */
  readonly sent?: readonly number[]
  readonly aheadMs?: number
  readonly low?: number
  readonly settings?: Readonly<Record<string, string>>
  readonly without?: 'ages' | 'config'
}

/** Three records from `low` on, of which the second is d7's. */
function planted({ sent = [300, 290, 5], aheadMs = 0, low = 40, settings = SETTINGS, without }: Planted) {
  const ages = new RecordAges(WALL)
  for (const [index, id] of IDS.entries()) {
    const at = WALL - (sent[index] as number) * 1000
    ages.read({ topic: 'telemetry', partition: 0 }, low + index, {
      key: null,
      value: Buffer.from(`{"id":"${id}","more":"${'x'.repeat(100)}"}`),
      timestamp: String(at + (index === 1 ? aheadMs : 0)),
      headers: { [SENT_HEADER]: Buffer.from(String(at)) },
    })
  }
  const line: Body[] = without === 'ages' ? [] : [ages.line(2000)]
  return audit({
    gateway: send(IDS, low),
    stored: [...stored(low, low + 3, [[low, IDS]]), ...line],
    ...(without !== 'config' && { config: { topic: settings, broker: BROKER } }),
  })
}

describe('retention', () => {
  it('that one clock in the future stops is told, with device, offset and time', async () => {
    const result = await planted({ aheadMs: 365 * DAY })
    deepEqual(result.retention?.overdue, [
      {
        partition: 'telemetry/0',
        records: 2,
        retentionMs: 60_000,
        oldestMs: 300_000,
        oldestOffset: 40,
        heldBy: { record: 'd7/1/0', offset: 41, aheadMs: 365 * DAY },
        what:
          'retention not effective on partition telemetry/0: held by device d7’s record at offset 41, whose time is ' +
          '365 days ahead; at least 2 records are older than the retention of 60 s, the oldest 5 min 0 s',
      },
    ])
    equal(result.anomalyCounts['retention-not-effective'], 2)
    const [example] = result.anomalies['retention-not-effective'] ?? []
    deepEqual([example?.values, example?.offsets], [['d7/1/0'], [41]])
    match(example?.events.map(({ file }) => file).join(' ') ?? '', /gateway-1\.jsonl/)
    equal(result.verdict, 'pass')
  })

  it('that is kept is nothing to tell: the oldest record is young', async () => {
    const { retention, anomalyCounts } = await planted({ sent: [100, 90, 5] })
    deepEqual(retention, { judged: 1, notJudged: [], overdue: [] })
    equal(anomalyCounts['retention-not-effective'], 0)
  })

  it('is not held by a clock that is ahead in a younger segment, or by too little', async () => {
    for (const [sent, aheadMs] of [
      [[300, 50, 5], 365 * DAY],
      [[300, 290, 5], 30_000],
    ] as const) {
      const { retention } = await planted({ sent, aheadMs })
      equal(retention?.overdue[0]?.heldBy, null)
      match(retention?.overdue[0]?.what ?? '', /no record’s time explains it/)
    }
  })

  it('is not judged in a run that was too short, whatever the clocks', async () => {
    const { retention, anomalyCounts } = await planted({ sent: [135, 130, 5], aheadMs: 365 * DAY, low: 0 })
    deepEqual([retention?.judged, retention?.overdue], [0, []])
    match(retention?.notJudged[0] ?? '', /^telemetry: nothing was old enough to be gone/)
    equal(anomalyCounts['retention-not-effective'], 0)
    equal((await planted({ sent: [137, 130, 5], aheadMs: 365 * DAY, low: 0 })).retention?.judged, 1)
  })

  it('spares the segment that is still written to: neither old nor large enough to be closed', async () => {
    const open = { 'retention.ms': '60000' }
    const bySize = { ...open, 'segment.bytes': '200' }
    const sent = [300, 290, 160] as const
    deepEqual((await planted({ sent, settings: open, aheadMs: DAY })).retention?.overdue, [])
    equal((await planted({ sent, settings: bySize, aheadMs: DAY })).retention?.overdue.length, 1)
  })

  it('by the broker’s time, or of a topic that only compacts, is not about clocks', async () => {
    for (const more of [{ 'message.timestamp.type': 'LogAppendTime' }, { 'cleanup.policy': 'compact' }]) {
      const { retention } = await planted({ settings: { ...SETTINGS, ...more }, aheadMs: DAY })
      deepEqual(retention, { judged: 0, notJudged: [], overdue: [] })
    }
  })

  it('is not judged where an old run kept neither ages nor settings', async () => {
    for (const [without, why] of [
      ['ages', /does not say how old/],
      ['config', /does not say how its topics/],
    ] as const) {
      const { retention, verdict } = await planted({ aheadMs: DAY, without })
      equal(retention?.judged, 0)
      match(retention?.notJudged[0] ?? '', why)
      equal(verdict, 'pass')
    }
  })
})

describe('the ages of what is stored', () => {
  const told = (records: readonly (readonly [sent: number, stamp: number])[]): PartitionAges => {
    const ages = new RecordAges(WALL)
    for (const [offset, [sent, stamp]] of records.entries())
      ages.read({ topic: 't', partition: 0 }, offset, {
        key: Buffer.from('key'),
        value: Buffer.from('value'),
        timestamp: String(stamp),
        headers: { [SENT_HEADER]: String(sent) },
      })
    return ages.line(0).partitions[0] as PartitionAges
  }

  it('stay small however long the run was, and end with all of it', () => {
    const { marks, ahead } = told(Array.from({ length: 50_000 }, (_, i) => [i * 500, i * 500 + i * 60]))
    equal(marks.length <= 64, true)
    equal(ahead.length < 20, true)
    deepEqual(marks.at(-1), [50_000, 400_000, 49_999 * 500])
    equal(
      marks.every(([records, bytes]) => bytes === records * 8),
      true,
    )
  })

  it('take a record that says no more than its stamp as sent by the time of the read', () => {
    const ages = new RecordAges(WALL)
    ages.read({ topic: 't', partition: 1 }, 9, { key: null, value: null, timestamp: String(WALL + DAY) })
    const [only] = ages.line(0).partitions
    deepEqual([only?.oldest, only?.ahead[0]?.stamp], [{ offset: 9, sent: WALL }, WALL + DAY])
  })
})
