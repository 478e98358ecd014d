import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  type Program,
  processesOf,
  untilSeen,
  workplace,
} from './program.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')

/** Each phase by what shows that it has begun. */
const PHASES: readonly (readonly [phase: string, begun: (program: Program, runDir: string) => boolean])[] = [
  ['the lab is starting', program => program.output().stderr.includes('starting three brokers')],
  ['the topics are being made', program => program.output().stderr.includes('making the topics')],
  [
    'the steady state is being proven',
    program => program.output().stderr.includes('proving the steady state'),
  ],
  ['a fault has been injected', (_, dir) => journalOf(dir).some(line => line.kind === 'fault.injected')],
  ['a fault is being held', (_, dir) => journalOf(dir).some(line => line.kind === 'fault.proven')],
  ['a replay is under way', (_, dir) => journalOf(dir).some(line => line.kind === 'action.started')],
  ['every partition is being read', program => program.output().stderr.includes('reading every partition')],
]

describe('an interrupted run', function () {
  this.timeout(240_000)
  for (const [phase, begun] of PHASES) {
    for (const signal of phase.startsWith('a fault is')
      ? (['SIGINT', 'SIGTERM'] as const)
      : (['SIGINT'] as const)) {
      it(`leaves nothing behind after ${signal} while ${phase}`, async () => {
        using place = workplace()
        const runDir = join(place.dir, 'run')
        const program = aftershock(place, 'run', QUICK, '--out', runDir)
        await untilSeen(program, phase, () => begun(program, runDir))
        program.child.kill(signal)
        assert.equal(await program.exit, EXIT.interrupted, program.output().stderr)
        assert.deepEqual(processesOf(place), [])
        assert.equal(existsSync(place.labDir), false, 'the lab folder is still there')
        const journal = journalOf(runDir)
        assert.deepEqual(JournalState.after(journal).openFaults(), [])
        const last = journal.at(-1)
        assert.ok(last?.kind === 'run.finished' && last.outcome === 'interrupted', JSON.stringify(last))
      })
    }
  }
})

describe('a run that is interrupted a second time', function () {
  this.timeout(240_000)

  it('ends at once, says who heals, and is healed by its guardian', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', QUICK, '--out', runDir)
    await untilSeen(program, 'a fault is being held', () =>
      journalOf(runDir).some(line => line.kind === 'fault.proven'),
    )
    program.child.kill('SIGINT')
    await untilSeen(program, 'the end has begun', () =>
      journalOf(runDir).some(line => line.kind === 'interrupted'),
    )
    const again = setInterval(() => program.child.kill('SIGINT'), 350)
    const status = await program.exit
    clearInterval(again)
    assert.equal(status, EXIT.interrupted, program.output().stderr)
    assert.match(program.output().stderr, /ended at once\. What is left is healed by the run's guardian/)
    await guardianFinished(runDir)
    assert.deepEqual(processesOf(place), [])
    assert.deepEqual(JournalState.after(journalOf(runDir)).openFaults(), [])
    assert.ok(!journalOf(runDir).some(line => line.kind === 'run.finished'))
  })
})
