import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { readSeries } from '../../chaos/record/series.ts'
import { aftershock, type Workplace, workplace } from '../local/program.ts'

const STORM = packageFile('test', 'fixtures', 'drills', 'storm.yaml')

describe('two storms in one run, of a fleet whose gateways accept so many sessions a second', function () {
  this.timeout(400_000)
  let place: Workplace
  let runDir: string

  before(async () => {
    place = workplace()
    runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', STORM, '--out', runDir)
    const code = await program.exit
    assert.equal(code, EXIT.fail, `${program.output().stderr}\n${program.output().stdout}`)
  })
  after(() => place[Symbol.dispose]())

  const storms = () => {
    const faults = readMeasurements(runDir)?.faults ?? []
    return faults.map(({ id, unproven, storm }) => ({
      id,
      unproven,
      storm: storm as NonNullable<typeof storm>,
    }))
  }
  const checks = () => readScorecard(runDir)?.rows.flatMap(row => row.checks) ?? []

  it('are judged apart: the gate that full jitter keeps fails `immediate`, and nothing else fails', () => {
    const verdictOf = (gate: string, subject: string) =>
      checks().find(({ check, subject: of }) => check === gate && of === subject)?.verdict
    assert.deepEqual(
      [verdictOf('sessions-refused', 'full-jitter'), verdictOf('sessions-refused', 'immediate')],
      ['pass', 'fail'],
    )
    // On a machine without a free CPU a time that is too long is nobody's fault for certain; it never passes.
    for (const gate of ['sessions-back-seconds', 'backlog-drain-seconds']) {
      assert.equal(verdictOf(gate, 'full-jitter'), 'pass', gate)
      assert.notEqual(verdictOf(gate, 'immediate'), 'pass', gate)
    }
    const failed = checks().filter(({ verdict }) => verdict === 'fail')
    assert.deepEqual([...new Set(failed.map(({ subject }) => subject))], ['immediate'])
  })

  it('are proven by the kernel: gateways keep their connections and send nothing', () => {
    assert.deepEqual(
      storms().map(({ id, unproven }) => [id, unproven]),
      [
        ['full-jitter', null],
        ['immediate', null],
      ],
    )
  })

  it('take every device’s session, give each one back, and cost more refusals the less devices wait', async () => {
    const [jitter, immediate] = storms()
    assert.deepEqual([jitter?.storm.sessionsLost.value, immediate?.storm.sessionsLost.value], [300, 300])
    const refused = (one: typeof jitter) => one?.storm.refused.value ?? 0
    assert.ok(refused(immediate) > 10 * refused(jitter), `${refused(immediate)} and ${refused(jitter)}`)
    const { rows } = await readSeries(runDir, 'fleet')
    assert.equal(rows.at(-1)?.sessions, 300)
    assert.ok(rows.some(({ sessions }) => sessions === 0))
  })

  it('tell how many requests waited at a broker', () => {
    for (const { storm } of storms()) assert.equal(typeof storm.requestQueue.value, 'number')
  })

  it('are in the report, with sessions, refusals and backlog over time', () => {
    const page = readFileSync(join(runDir, 'report.html'), 'utf8')
    for (const words of [
      'Devices that have a session',
      'Attempts of devices per second',
      'Records overdue at the edge',
    ])
      assert.ok(page.includes(words), words)
  })
})
