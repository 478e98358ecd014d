import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { readingOf } from '../../../chaos/numbers/reading.ts'
import { verdictOf } from '../../../chaos/score/judge.ts'
import { tierUploadAge } from '../../../chaos/score/tier-upload-age.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'
import { timelineOf } from './faults.ts'

interface Sample {
  readonly t: number
  readonly uploaded?: Record<string, number>
  readonly pendingMs?: Record<string, number>
}

function measure(
  rows: readonly Sample[],
  platform = 'kafka-tiered',
  { partitions, endsAt }: { readonly partitions?: number; readonly endsAt?: number } = {},
) {
  const evidence = evidenceOf({
    localLog: seriesOf(
      'local-log',
      1000,
      rows.map(row => ({ starts: {}, ...row })),
    ),
  })
  const topics = {
    telemetry: { cleanup: 'delete', ...(partitions && { partitions }) },
    'device-state': { cleanup: 'compact,delete' },
  }
  const drill = { ...evidence.header.drill, contract: { topics } } as unknown as Evidence['header']['drill']
  const times = rows.map(({ t }) => t)
  const steady = { fromMs: Math.min(...times, 20_000), toMs: 30_000 }
  const timeline = timelineOf({ steady, endsAt: endsAt ?? Math.max(...times, steady.fromMs) })
  return tierUploadAge({ ...evidence, header: { ...evidence.header, platform, drill } }, timeline)
}

/** Every second, one partition; the age of its oldest closed segment that is not in the tier. */
const ages = (...seconds: readonly (number | null)[]): Sample[] =>
  seconds.map((age, i) => ({
    t: 20_000 + i * 1000,
    uploaded: { 'telemetry/0': 100 },
    pendingMs: age === null ? {} : { 'telemetry/0': age * 1000 },
  }))

describe('the age of what is not in the tier yet', () => {
  it('is that of the closed segment that waited the longest', () => {
    const found = measure(ages(null, 1, 2, 3, null, 1))
    assert.deepEqual([found.value, found.interval], [3, undefined])
    assert.equal(found.from[0]?.selector, 'line 4')
  })

  it('is nothing when every closed segment was uploaded at once, and grows while uploads hang', () => {
    assert.equal(measure(ages(null, null)).value, 0)
    const hung = measure(ages(...Array.from({ length: 15 }, (_, i) => i)))
    assert.equal(hung.value, 14)
    assert.equal(
      verdictOf({ gate: 'tier-upload-age-seconds', atMost: 10 }, readingOf(hung, null, '/x')),
      'fail',
    )
  })

  it('is at least what was seen when a partition’s leader never said, or samples end before the run', () => {
    const unsaid = measure(ages(1, 2, 3), 'kafka-tiered', { partitions: 2 })
    assert.deepEqual([unsaid.value, unsaid.atLeast], [null, 3])
    assert.match(unsaid.why ?? '', /telemetry\/1/)
    const ended = measure(ages(1, 2, 3), 'kafka-tiered', { endsAt: 60_000 })
    assert.deepEqual([ended.value, ended.atLeast], [null, 3])
    assert.equal(
      verdictOf({ gate: 'tier-upload-age-seconds', atMost: 10 }, readingOf(ended, null, '/x')),
      'inconclusive',
    )
  })

  it('leaves out compacted topics, which stay on the brokers', () => {
    const rows = [
      {
        t: 20_000,
        uploaded: { 'device-state/0': -1, 'telemetry/0': 5 },
        pendingMs: { 'device-state/0': 9e6 },
      },
    ]
    assert.equal(measure(rows).value, 0)
  })

  it('is open for as long as a leader did not answer', () => {
    const found = measure([...ages(null, 2), { t: 35_000, uploaded: { 'telemetry/0': 100 } }])
    assert.deepEqual([found.interval?.low, found.interval?.high], [2, 16])
  })

  it('is not known where nobody watched, and where there is no tier', () => {
    assert.match(measure([{ t: 20_000 }]).why ?? '', /what is in the tier/)
    assert.match(measure(ages(1), 'kafka').why ?? '', /no tier on kafka/)
  })
})
