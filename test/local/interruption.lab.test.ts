import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { leavesNothingBehind, PHASES, QUICK } from './interrupted-run.ts'
import { aftershock, guardianFinished, journalOf, processesOf, untilSeen, workplace } from './program.ts'

/** The phases in between, and a fault that was not proven yet: test/drills/interruption.test.ts. */
describe('an interrupted run', function () {
  this.timeout(240_000)

  for (const [phase, signal] of [
    ['the lab is starting', 'SIGINT'],
    ['a fault is being held', 'SIGTERM'],
  ] as const)
    it(`leaves nothing behind after ${signal} while ${phase}`, () => leavesNothingBehind(phase, signal))
})

describe('a run that is interrupted a second time', function () {
  this.timeout(240_000)

  it('ends at once, says who heals, and is healed by its guardian', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', QUICK, '--out', runDir)
    await untilSeen(program, 'a fault is being held', () => PHASES['a fault is being held'](program, runDir))
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
