import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  processesOf,
  succeed,
  untilJournal,
  workplace,
} from '../local/program.ts'

import {
  FAULTS,
  QUICK,
  REPAIR,
  checksOf,
  nothingIsLeft,
  perform,
  sinkOf,
  twin,
  writeMalformed,
} from '../local/sink-runs.ts'

describe('sinks into a database, one after another', function () {
  this.timeout(600_000)

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

  it('repairs what was put aside where brokers refuse whom no rule names', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', REPAIR, '--out', runDir)
    assert.notEqual(await program.exit, EXIT.fail, program.output().stdout)
    const repaired = journalOf(runDir).find(line => line.kind === 'action.finished')
    assert.ok(repaired?.kind === 'action.finished' && repaired.ok, program.output().stderr)
    const sink = sinkOf(runDir)
    assert.ok((sink.deadLetters.value ?? 0) > 0)
    assert.deepEqual([sink.unrepaired?.value, sink.doubled?.value, sink.missing.value], [0, 0, 0])
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
    assert.deepEqual([sink.missing.value, sink.repeated.value, sink.undelivered.value], [0, 0, 0])
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
