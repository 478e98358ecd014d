import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Observation, REQUESTS_MET } from '../../../chaos/core/observation.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import { implicitChecks } from '../../../chaos/score/implicit-checks.ts'
import { measureEvidence } from '../../../chaos/score/measure.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'

describe('whether a fault of the object store met anybody', () => {
  let root: string
  let measured: Measurements

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-met-'))
    makeRun(root, { devices: 60, tickMs: 1000 })
    measured = measureEvidence(await readEvidence(root))
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  function metBy(kind: string, healing: Observation[], injectedAt: number | null = 1) {
    const [found] = structuredClone(measured).faults
    assert.ok(found)
    const { met: _met, ...fault } = found
    const faults = [{ ...fault, id: `${kind}-1`, kind, healing, injectedAt }]
    const checks = implicitChecks({ measurements: { ...measured, faults }, audit: null }, [])
    return checks.get('fault-proof')?.find(({ check }) => check === 'fault-met')
  }
  const met = (zone: string, value: number): Observation => ({
    what: `brokers in ${zone}, refused`,
    value,
    unit: REQUESTS_MET,
  })

  it('passes with one request of one zone, and says how many there were', () => {
    const check = metBy('s3-outage', [met('az-a', 0), met('az-b', 1), met('az-c', 11)])
    assert.deepEqual([check?.verdict, check?.value, check?.why], ['pass', 12, null])
    assert.equal(check?.proof[0]?.file, 'journal.jsonl')
  })

  it('is inconclusive where nobody ran into it, for every kind: it has tested nothing', () => {
    for (const kind of ['s3-outage', 's3-throttle', 's3-latency', 's3-error-once']) {
      const check = metBy(kind, [met('az-a', 0), met('az-b', 0)])
      assert.equal(check?.verdict, 'inconclusive')
      assert.match(check?.why ?? '', /tested nothing/)
    }
  })

  it('is inconclusive where nobody counted, which is not the same as none', () => {
    const check = metBy('s3-outage', [{ what: 'GetObject from az-a', value: 9.7, unit: 'ms' }])
    assert.deepEqual([check?.verdict, check?.value, check?.shown], ['inconclusive', null, 'not counted'])
  })

  it('is not judged of one that was never injected, nor asked of other faults', () => {
    assert.equal(metBy('s3-latency', [], null)?.verdict, 'not-judged')
    assert.equal(metBy('zone-cut', []), undefined)
  })
})
