import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { workersOf, ZONES } from '../../chaos/core/topology.ts'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { labKafka } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { labLayout, withConnectCluster } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { databaseDir } from '../../chaos/drivers/local/database/database-dir.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { readSinkEvidence } from '../../chaos/record/sink-evidence.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  processesOf,
  succeed,
  untilJournal,
  type Workplace,
  workplace,
} from './program.ts'
import { TEST_BLOCK } from './test-lab.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'sinks-quick.yaml')
const FAULTS = packageFile('test', 'fixtures', 'drills', 'sinks-faults.yaml')

async function perform(place: Workplace, drill: string, runDir: string, expected: number): Promise<void> {
  const program = aftershock(place, 'run', drill, '--out', runDir)
  const code = await program.exit
  assert.equal(code, expected, `${program.output().stderr}\n${program.output().stdout}`)
}

function sinkOf(runDir: string) {
  const [sink] = readMeasurements(runDir)?.sinks ?? []
  assert.ok(sink)
  return sink
}

function checksOf(runDir: string): Record<string, string> {
  const row = readScorecard(runDir)?.rows.find(({ dimension }) => dimension === 'connector-restart')
  return Object.fromEntries((row?.checks ?? []).map(({ check, verdict }) => [check, verdict]))
}

/** The same drill, with another sink. */
function twin(place: Workplace, sink: string): string {
  const path = join(place.dir, 'sinks-quick.yaml')
  const text = readFileSync(QUICK, 'utf8')
    .replace('mode: upsert', sink)
    .replace('../../../contracts', packageFile('contracts'))
  assert.ok(text.includes(sink))
  writeFileSync(path, text)
  return path
}

/** What no sink can make a row of. */
async function writeMalformed(place: Workplace, records: number): Promise<void> {
  const producer = labKafka(attachLab(place.labDir, systemClock).layout).producer()
  await producer.connect()
  const messages = Array.from({ length: records }, (_, index) => ({ value: `{"id": ${index}` }))
  await producer.send({ topic: 'integration', acks: -1, messages })
  await producer.disconnect()
}

async function nothingIsLeft(place: Workplace): Promise<void> {
  const { layout, supervisor } = attachLab(place.labDir, systemClock)
  assert.deepEqual(
    supervisor.state.processes.filter(({ role }) => role === 'connect' || role === 'database'),
    [],
  )
  const proxies = (await (await fetch(`${layout.toxiproxyApi}/proxies`)).json()) as object
  assert.equal(Object.keys(proxies).length, layout.topology.links.length)
  assert.equal(existsSync(layout.connectDir), false)
  assert.equal(existsSync(databaseDir(layout)), false)
}

describe('a run with sinks into a database', function () {
  this.timeout(600_000)

  it('has each record as one row after the end of a worker, and says when rows came again', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await perform(place, QUICK, runDir, EXIT.pass)
    const sink = sinkOf(runDir)
    const [killed] = sink.faults
    assert.ok((sink.stored.value ?? 0) > 500, `${sink.stored.value} records stored`)
    assert.equal(sink.rows.value, sink.stored.value)
    assert.deepEqual([sink.missing.value, sink.repeated.value, sink.reordered.value], [0, 0, 0])
    assert.ok((killed?.firstRowMs.value ?? 0) > 0)
    assert.notEqual(killed?.committedBefore, null)
    assert.equal(checksOf(runDir)['sink-missing-records'], 'pass')
    const evidence = await readSinkEvidence(runDir, 'rows')
    assert.deepEqual([evidence.trouble, evidence.rows.length], [null, sink.rows.value])
    const ended = journalOf(runDir).flatMap(line => (line.kind === 'process.ended' ? [line.role] : []))
    assert.ok(ended.indexOf('database') < ended.indexOf('broker'))
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(databaseDir({ block: TEST_BLOCK, dir: place.labDir })), false)
  })

  it('fails where what is delivered again is one more row', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await perform(place, twin(place, 'mode: insert'), runDir, EXIT.fail)
    const sink = sinkOf(runDir)
    assert.ok((sink.repeated.value ?? 0) > 0)
    assert.equal(sink.rows.value, (sink.stored.value ?? 0) + (sink.repeated.value ?? 0))
    assert.deepEqual([sink.missing.value, sink.undelivered.value], [0, 0])
    const checks = checksOf(runDir)
    assert.deepEqual([checks['sink-repeated-rows'], checks['sink-missing-records']], ['fail', 'pass'])
    assert.equal(sink.examples.repeated[0]?.topic, 'integration')
  })

  it('counts a record that cannot be a row among the dead letters, and nothing as missing', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const drill = twin(place, 'mode: upsert, deadLetters: true')
    const program = aftershock(place, 'run', drill, '--out', runDir)
    await untilJournal(program, runDir, 'fleet.started')
    await writeMalformed(place, 5)
    await program.exit
    const sink = sinkOf(runDir)
    assert.deepEqual([sink.deadLetters.value, sink.missing.value, sink.undelivered.value], [5, 0, 0])
    assert.equal(sink.rows.value, (sink.stored.value ?? 0) - 5)
  })

  it('proves and heals every other fault of sinks by process, REST and database', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', FAULTS, '--out', runDir)
    await program.exit
    const journal = journalOf(runDir)
    const said = (kind: string) =>
      journal.flatMap(line => (line.kind === kind && 'id' in line ? [line.id] : []))
    assert.deepEqual(said('fault.unproven'), [], program.output().stderr)
    assert.equal(said('fault.proven').length, 6)
    assert.deepEqual(said('fault.heal-unproven'), [])
    assert.equal(said('fault.heal-proven').length, 6)
    const sink = sinkOf(runDir)
    // Whether a sink goes on by itself after an outage is the connector's own matter, for which a gate asks.
    assert.deepEqual([sink.missing.value, sink.repeated.value], [0, 0])
  })

  it('leaves a lab that stays as it was, killed in the middle of a fault', async () => {
    using place = workplace()
    await succeed(place, 'lab', 'up')
    const runDir = join(place.dir, 'killed')
    const program = aftershock(place, 'run', QUICK, '--out', runDir)
    await untilJournal(program, runDir, 'fault.proven')
    program.child.kill('SIGKILL')
    await program.exit
    await guardianFinished(runDir)
    const healed = journalOf(runDir).find(line => line.kind === 'heal.finished')
    assert.deepEqual(healed?.kind === 'heal.finished' && [healed.healed, healed.failed], [
      ['connect-worker-kill-1'],
      [],
    ])
    await nothingIsLeft(place)
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})

describe('the links of a cluster of Connect workers', () => {
  it('are one to each broker, to the database and to each other worker, with an address of its own', () => {
    const layout = withConnectCluster(labLayout(TEST_BLOCK, '/nowhere'), [ZONES[0], ZONES[2]])
    const own = layout.topology.links.filter(({ listener }) => /connect|database|rest/.test(listener))
    assert.equal(own.length, 2 * (3 + 1 + 1))
    const addresses = own.map(link => layout.addressOf(link).host)
    assert.equal(new Set(addresses).size, own.length)
    assert.deepEqual(
      workersOf(layout.topology).map(({ zone }) => zone),
      [ZONES[0], ZONES[2]],
    )
  })
})
