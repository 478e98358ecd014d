import assert from 'node:assert/strict'
import { join } from 'node:path'
import { signalProcess } from '../../chaos/machine/process-table.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { chainIsWhole, killInMidCut } from '../local/killed-run.ts'
import { journalOf, processesOf, succeed, workplace } from '../local/program.ts'

/** Healed by its guardian: test/local/heal.lab.test.ts. */
describe('a run that was killed with kill -9 in the middle of a zone cut, and its guardian with it', function () {
  this.timeout(300_000)

  it('is healed by `aftershock heal` when the guardian was killed too, and healing again is harmless', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await killInMidCut(place, runDir, ({ guardian }) => {
      assert.ok(signalProcess(guardian, 'SIGKILL'))
    })
    assert.ok(processesOf(place).length >= 4, 'the orphans that this test is about')
    const { stdout } = await succeed(place, 'heal', runDir)
    assert.match(stdout, /healed zone-cut-1/)
    assert.deepEqual(processesOf(place), [])
    assert.deepEqual(JournalState.after(journalOf(runDir)).openFaults(), [])
    await succeed(place, 'heal', runDir)
    await chainIsWhole(runDir)
  })
})
