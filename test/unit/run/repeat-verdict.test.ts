import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renderRepeats } from '../../../chaos/report/repeats-table.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import { measureEvidence } from '../../../chaos/score/measure.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { judgeRepeats, type RepeatedRun, repeats as repeatsFile } from '../../../chaos/score/repeats.ts'
import { makeRun, passingAudit } from '../../fixtures/run/make-run.ts'

const GATES: readonly GateFile[] = [
  { gate: 'acked-loss', atMost: 0 },
  { gate: 'in-sync-seconds', of: 'cut', atMost: 10 },
  { gate: 'recovery-bytes-moved', reportOnly: true },
]

describe('the verdict over several runs', () => {
  let measured: Measurements
  let fault = ''
  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aftershock-repeats-'))
    try {
      makeRun(directory, { devices: 600, tickMs: 500 })
      measured = measureEvidence(await readEvidence(directory))
      fault = measured.faults[0]?.id ?? ''
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  /** A run in which replicas were in sync after so many seconds; null: not known; over 100: not seen, but over it. */
  const run = (
    inSyncSeconds: number | null,
    changes: { lost?: number; audit?: AuditFile['verdict'] } = {},
  ) => {
    const measurements = structuredClone(measured)
    const [first] = measurements.faults
    assert.ok(first)
    first.inSyncMs =
      inSyncSeconds === null
        ? { value: null, why: 'planted', from: [] }
        : inSyncSeconds > 100
          ? { value: null, why: 'planted', atLeast: 100_000, from: [] }
          : { value: inSyncSeconds * 1000, why: null, from: [] }
    const audit = structuredClone(passingAudit(600)) as unknown as AuditFile
    audit.counts['lost'] = changes.lost ?? 0
    audit.verdict = changes.audit ?? 'pass'
    return { judged: { measurements, audit }, verdict: 'pass' as const, why: null }
  }
  const over = (...runs: readonly Omit<RepeatedRun, 'dir'>[]) =>
    judgeRepeats(
      {
        drill: 'first',
        seed: '7',
        platform: 'kafka',
        asked: runs.length,
        gates: GATES.map(gate => (gate.of ? { ...gate, of: fault } : gate)),
      },
      runs.map((one, index) => ({ dir: String(index + 1), ...one })),
    )
  const gate = (name: string, repeats: ReturnType<typeof over>) => {
    const found = repeats.gates.find(one => one.gate === name)
    assert.ok(found)
    return found
  }

  it('passes when every gate does, and says between what the median is', () => {
    const repeats = over(run(3), run(5), run(4))
    assert.equal(repeats.verdict, 'pass', JSON.stringify(repeats.gates.filter(one => one.verdict !== 'pass')))
    const { values, median, low, high, confidence, n, verdict } = gate('in-sync-seconds', repeats)
    assert.deepEqual(
      { values, median, low, high, confidence, n, verdict },
      { values: [3, 5, 4], median: 4, low: 3, high: 5, confidence: 0.75, n: 3, verdict: 'pass' },
    )
    repeatsFile.parse(JSON.parse(JSON.stringify(repeats)))
  })

  it('fails when one run of many lost an acknowledged record', () => {
    const repeats = over(run(3), run(3), run(3), run(3, { lost: 1 }), run(3))
    assert.equal(gate('acked-loss', repeats).verdict, 'fail')
    assert.match(gate('acked-loss', repeats).why ?? '', /1 of 5/)
    assert.equal(repeats.verdict, 'fail')
  })

  it('cannot pass a promise about data when one run’s evidence is not whole', () => {
    const repeats = over(run(3), run(3), run(3), run(3, { audit: 'inconclusive' }))
    assert.equal(gate('acked-loss', repeats).verdict, 'inconclusive')
    assert.equal(repeats.verdict, 'inconclusive')
  })

  it('leaves open a number that is within the limit in some runs only', () => {
    const found = gate('in-sync-seconds', over(run(3), run(11), run(4)))
    assert.deepEqual(
      [found.verdict, found.why],
      ['inconclusive', 'the limit is within the interval of the median'],
    )
  })

  it('fails a number that is beyond the limit in every run, also where its end was not seen', () => {
    const found = gate('in-sync-seconds', over(run(11), run(12), run(101)))
    assert.deepEqual([found.verdict, found.low, found.high, found.n], ['fail', 11, null, 3])
  })

  it('lets one bad run of nine pass, and shows it', () => {
    const found = gate('in-sync-seconds', over(...[3, 4, 5, 3, 4, 5, 3, 4, 30].map(value => run(value))))
    assert.deepEqual([found.verdict, found.high], ['pass', 5])
    assert.equal(Math.max(...found.values.map(Number)), 30)
  })

  it('counts a run without a value as one that may have had any', () => {
    const few = gate('in-sync-seconds', over(run(3), run(3), run(3), run(null)))
    assert.deepEqual([few.verdict, few.low, few.high, few.n], ['inconclusive', null, null, 3])
    assert.match(few.why ?? '', /1 of 4 runs have no value/)
    const many = gate('in-sync-seconds', over(...[3, 4, 5, 3, 4, 5, 3, 4, null].map(value => run(value))))
    assert.deepEqual([many.verdict, many.low, many.high], ['pass', 3, 5])
  })

  it('is inconclusive with fewer than three runs that tell', () => {
    const repeats = over(run(3), run(3))
    assert.equal(gate('in-sync-seconds', repeats).verdict, 'inconclusive')
    assert.match(gate('acked-loss', repeats).why ?? '', /2 runs tell; at least 3/)
    assert.equal(repeats.verdict, 'inconclusive')
  })

  it('is inconclusive when a run could not be judged', () => {
    const repeats = over(run(3), run(3), run(3), { judged: null, verdict: null, why: 'interrupted' })
    assert.equal(repeats.verdict, 'inconclusive')
  })

  it('fails on a fault that was not healed, in whichever run', () => {
    const bad = run(3)
    const [first] = bad.judged.measurements.faults
    assert.ok(first)
    Object.assign(first, { healProvenAt: null, healUnproven: 'planted' })
    first.journal['heal-unproven'] = 7
    assert.equal(over(run(3), bad, run(3), run(3)).verdict, 'fail')
  })

  it('is shown as a table, with what was only reported', () => {
    const text = renderRepeats(over(run(3), run(11), run(4)))
    assert.match(text, /INCONCLUSIVE {2}first on kafka, 3 runs with seed 7/)
    assert.match(text, /in-sync-seconds \S+ +at most 10 s +4 s \(3 s to 11 s, 75%\) +2\/3/)
    assert.match(text, /recovery-bytes-moved .* reported/)
  })

  it('is never shown under the name of a product that a stand-in stood for', () => {
    const software = { name: 'stand-in, not AutoMQ', kind: 'stand-in' as const, notes: [] }
    const text = renderRepeats({ ...over(run(3)), platform: 'automq', software })
    assert.match(text, /first on stand-in, not AutoMQ, 1 run/)
    assert.match(text, /A stand-in, not the product/)
    assert.doesNotMatch(text, /on automq/)
  })
})
