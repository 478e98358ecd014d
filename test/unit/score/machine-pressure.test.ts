import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { deliveredCheck } from '../../../chaos/score/service-checks.ts'
import { crowdedWords } from '../../../chaos/score/machine-pressure.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import type { Check } from '../../../chaos/record/scorecard.ts'
import { makeRun, type RunKnobs } from '../../fixtures/run/make-run.ts'

describe('a machine that had nothing left', function () {
  this.timeout(60_000)
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-machine-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  async function checksOn(
    load: { busy: number; load1: number } | null,
    knobs: RunKnobs = {},
  ): Promise<Check[]> {
    makeRun(directory, { devices: 60, tickMs: 1000, ...knobs })
    const path = join(directory, 'samples', 'machine.jsonl')
    if (load) {
      writeFileSync(path, '')
      for (let t = 0; t < 400_000; t += 1000) appendFileSync(path, `${JSON.stringify({ t, ...load })}\n`)
    } else rmSync(path, { force: true })
    return (await scoreRun(directory)).rows.flatMap(row => row.checks)
  }
  const stalled: RunKnobs = { stalls: [{ partition: 'telemetry/3', fromMs: 150_000, toMs: 160_000 }] }
  const verdictOf = (checks: readonly Check[], name: string) =>
    checks.filter(check => check.check === name).map(check => check.verdict)

  it('leaves open what was too slow, and says so', async () => {
    const checks = await checksOn({ busy: 1, load1: 40 }, stalled)
    assert.equal(checks.filter(({ verdict }) => verdict === 'fail').length, 0)
    const slow = checks.find(
      ({ check, verdict }) => check === 'sustained-recovery-seconds' && verdict !== 'pass',
    )
    assert.equal(slow?.verdict, 'inconclusive')
    assert.match(
      slow?.why ?? '',
      /no CPU left in 100% of the seconds, with \d+\.\d processes in line for each CPU/,
    )
  })

  it('excuses nothing on a machine that was only busy, or was not looked at', async () => {
    const busy = await checksOn({ busy: 0.98, load1: 3 }, stalled)
    assert.ok(verdictOf(busy, 'sustained-recovery-seconds').includes('fail'))
    rmSync(directory, { recursive: true })
    directory = mkdtempSync(join(tmpdir(), 'aftershock-machine-'))
    assert.ok(verdictOf(await checksOn(null, stalled), 'sustained-recovery-seconds').includes('fail'))
  })

  for (const [probe, value] of [
    ['produce-p99-ms', 9000],
    ['under-replicated', 4],
    ['nodes-answering', 2],
  ] as const)
    it(`leaves a steady state open that was not back in time, by ${probe}, where the machine was crowded`, async () => {
      const after: RunKnobs = {
        journal: events =>
          events.map(event =>
            event.kind === 'steady-state' && event.when === 'after'
              ? { ...event, verdict: 'fail', probes: [{ probe, value, expected: 'another', holds: 'fail' }] }
              : event,
          ),
      }
      assert.deepEqual(verdictOf(await checksOn({ busy: 1, load1: 40 }, after), 'steady-after'), [
        'inconclusive',
      ])
      rmSync(directory, { recursive: true })
      directory = mkdtempSync(join(tmpdir(), 'aftershock-machine-'))
      assert.deepEqual(verdictOf(await checksOn({ busy: 0.5, load1: 1 }, after), 'steady-after'), ['fail'])
    })

  it('leaves open what was still at the edge after the drain, and not what was thrown away there', () => {
    const known = (value: number) => ({ value, why: null, from: [] })
    const machine = { saturatedShare: 1, load1PerCpu: 9, seconds: 60 }
    const check = (left: number, dropped: number, on: object | null) =>
      deliveredCheck(
        {
          service: { leftAtEdge: known(left) },
          fleet: { dropped: known(dropped), refused: known(0) },
          machine: on,
        } as unknown as Measurements,
        [],
      ).verdict
    assert.deepEqual(
      [
        check(5, 0, machine),
        check(5, 1, machine),
        check(0, 1, machine),
        check(5, 0, null),
        check(0, 0, machine),
      ],
      ['inconclusive', 'fail', 'fail', 'fail', 'pass'],
    )
  })

  it('takes nothing from what passed', async () => {
    const checks = await checksOn({ busy: 1, load1: 40 })
    assert.deepEqual([...new Set(verdictOf(checks, 'sustained-recovery-seconds'))], ['pass'])
  })

  it('excuses no loss: records do not vanish because a CPU is busy', () => {
    const crowded = { saturatedShare: 1, load1PerCpu: 9, seconds: 60 }
    assert.equal(crowdedWords(crowded, 'records'), null)
    assert.equal(crowdedWords(crowded, 'bytes'), null)
    assert.match(crowdedWords(crowded, 's') ?? '', /no CPU left/)
  })
})
