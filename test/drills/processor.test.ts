import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import type { ProcessorMeasurement } from '../../chaos/record/processor-measurement.ts'
import { readProcessorEvidence } from '../../chaos/record/processor-evidence.ts'
import { isProcessorTopic } from '../../chaos/platforms/processor.ts'
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
} from '../local/program.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'processor-quick.yaml')
/** Its state is rebuilt while each broker is restarted. */
const ROLLING = packageFile('test', 'fixtures', 'drills', 'rebuild-while-rolling.yaml')
/** It hangs, and loses its state, where brokers refuse whom no rule names. */
const FAULTS = packageFile('test', 'fixtures', 'drills', 'processor-faults.yaml')

/** A drill with a program of its own, which is none of the lab's. */
function withOwnProgram(place: Workplace, drill: string, ...flags: readonly string[]): string {
  const program = packageFile('test', 'fixtures', 'processors', 'log-twin.mjs')
  const command = JSON.stringify([process.execPath, program, ...flags])
  const file = join(place.dir, basename(drill))
  const text = readFileSync(drill, 'utf8')
    .replace('../../../contracts', packageFile('contracts'))
    .replace('standbys: 1,', `standbys: 0, command: ${command},`)
  assert.ok(text.includes('log-twin.mjs'))
  writeFileSync(file, text)
  return file
}

describe('a run with a stateful processor', function () {
  this.timeout(300_000)

  it('is given each command once after a kill, has the twins of an independent fold, and verifies', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', QUICK, '--out', runDir)
    assert.equal(await program.exit, EXIT.pass, `${program.output().stderr}\n${program.output().stdout}`)
    const measured = readMeasurements(runDir)?.processor
    assert.ok(measured)
    const { due, given, repeated, missing, twins, mismatched, unacknowledged, faults } = measured
    assert.ok((due.value ?? 0) > 100, `${due.value} commands due`)
    assert.deepEqual(
      [given.value, repeated.value, missing.value, mismatched.value, twins.value],
      [due.value, 0, 0, 0, 60],
    )
    assert.equal(unacknowledged.value, 0)
    // The other instance took over what the killed one had.
    assert.ok((faults[0]?.takeoverMs.value ?? 0) > 0)
    const evidence = await readProcessorEvidence(runDir)
    assert.deepEqual([evidence.trouble, evidence.twins.length], [null, 60])
    const ended = journalOf(runDir).flatMap(line => (line.kind === 'process.ended' ? [line.role] : []))
    assert.ok(ended.lastIndexOf('processor') < ended.indexOf('broker'))
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(join(place.labDir, 'processor')), false)
    const verified = aftershock(place, 'verify', runDir)
    assert.equal(await verified.exit, EXIT.pass, verified.output().stdout)
  })
})

describe('a processor whose state is rebuilt while brokers are restarted', function () {
  this.timeout(600_000)

  it('has the twins of an independent fold, whatever it says of being restored', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', ROLLING, '--out', runDir)
    await program.exit
    const measured = readMeasurements(runDir)?.processor
    assert.ok(measured, program.output().stderr)
    const { due, given, repeated, missing, unprocessed, twins, mismatched } = measured
    assert.ok((due.value ?? 0) > 200, `${due.value} commands due`)
    assert.deepEqual(
      [given.value, repeated.value, missing.value, unprocessed.value],
      [due.value, 0, 0, 0],
      program.output().stdout,
    )
    assert.deepEqual([twins.value, mismatched.value], [100, 0])
    const journal = journalOf(runDir)
    const proven = journal.flatMap(line => (line.kind === 'fault.proven' ? [line.id] : []))
    assert.deepEqual(proven.toSorted(), ['config-rollback-2', 'processor-state-loss-1'])
    assert.deepEqual(processesOf(place), [])
  })
})

describe('a processor that a drill names by its command line', function () {
  this.timeout(600_000)

  async function measure(drill: string, ...flags: readonly string[]) {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const own = withOwnProgram(place, drill, ...flags)
    const program = aftershock(place, 'run', own, '--allow-commands', '--out', runDir)
    const status = await program.exit
    assert.deepEqual(processesOf(place), [])
    const measured = readMeasurements(runDir)?.processor
    assert.ok(measured, program.output().stderr)
    return { status, measured, journal: journalOf(runDir) }
  }

  /** Each device was told everything once, and its twin is what was stored of it. */
  function isRight({ due, given, repeated, missing, unasked, twins, mismatched }: ProcessorMeasurement) {
    assert.ok((due.value ?? 0) > 50, `${due.value} commands due`)
    assert.deepEqual([repeated.value, missing.value, unasked.value], [0, 0, 0])
    assert.deepEqual([given.value, twins.value, mismatched.value], [due.value, 60, 0])
  }

  it('is refused as long as nobody allows commands', async () => {
    using place = workplace()
    const refused = aftershock(place, 'run', withOwnProgram(place, QUICK), '--out', join(place.dir, 'run'))
    assert.equal(await refused.exit, EXIT.refused)
    assert.match(refused.output().stderr, /the processor is ".*log-twin\.mjs"/)
  })

  it('is killed and comes back as the lab’s own does, and is judged by the same fold', async () => {
    const { status, measured } = await measure(QUICK)
    assert.notEqual(status, EXIT.fail)
    isRight(measured)
  })

  it('hangs, loses its state, logs in, and is judged by the same fold', async () => {
    const { status, measured, journal } = await measure(FAULTS)
    const said = (kind: string) => journal.filter(line => line.kind === kind).length
    assert.deepEqual([said('fault.proven'), said('fault.heal-proven'), said('fault.unproven')], [2, 2, 0])
    assert.notEqual(status, EXIT.fail)
    isRight(measured)
  })

  it('fails where it sends again what came after its last commit', async () => {
    const { status, measured } = await measure(QUICK, '--repeats')
    assert.equal(status, EXIT.fail)
    assert.ok((measured.repeated.value ?? 0) > 0)
    assert.deepEqual([measured.missing.value, measured.unasked.value], [0, 0])
  })
})

describe('a stateful processor on a lab that stays', function () {
  this.timeout(600_000)

  it('is gone with its run, killed in the middle of a fault, and the next run begins anew', async () => {
    using place = workplace()
    await succeed(place, 'lab', 'up')
    const killed = join(place.dir, 'killed')
    const program = aftershock(place, 'run', QUICK, '--out', killed)
    await untilJournal(program, killed, 'fault.proven')
    program.child.kill('SIGKILL')
    await program.exit
    await guardianFinished(killed)
    const healed = journalOf(killed).find(line => line.kind === 'heal.finished')
    assert.deepEqual(healed?.kind === 'heal.finished' && [healed.healed, healed.failed], [
      ['processor-kill-1'],
      [],
    ])
    const { layout, supervisor } = attachLab(place.labDir, systemClock)
    assert.deepEqual(
      supervisor.state.processes.filter(({ role }) => role === 'processor' || role === 'database'),
      [],
    )
    const proxies = (await (await fetch(`${layout.toxiproxyApi}/proxies`)).json()) as object
    assert.equal(Object.keys(proxies).length, layout.topology.links.length)
    assert.equal(existsSync(layout.processorDir), false)
    const topics = await withLabAdmin(layout, admin => admin.listTopics())
    assert.deepEqual(topics.filter(isProcessorTopic), [])
    await succeed(place, 'run', QUICK, '--out', join(place.dir, 'next'))
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})
