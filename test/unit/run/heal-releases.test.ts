import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnteredEnvironment, RemainsOf } from '../../../chaos/drivers/environment.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { healRun } from '../../../chaos/run/heal.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const runner = { pid: 1, startedAt: 'never' }
const begun: readonly JournalEvent[] = [
  { kind: 'run.started', run: 'x', drill: 'x', seed: '1', runner },
  { kind: 'lab.attached', labDir: '/nowhere', ownedByRun: false },
]
const acted = (action: string): JournalEvent => ({ kind: 'action.started', id: 'one', action, spec: {} })

/** Heals a run that died in a lab that stays, after these lines. */
async function healed(lines: readonly JournalEvent[], restore: () => Promise<void> = async () => {}) {
  const runDir = mkdtempSync(join(tmpdir(), 'aftershock-heal-releases-'))
  let restored = 0
  const entered = {
    driver: {
      topology: { nodes: [{ id: 1 }, { id: 2 }] },
      processes: { look: async () => ({ answer: 'answered' }) },
      releases: {
        older: '4.3.1',
        restore: async () => {
          restored++
          await restore()
        },
      },
    },
    readyDeadlineMs: 1000,
    stopRestarts: async () => {},
    release: async () => 0,
    [Symbol.asyncDispose]: async () => {},
  } as unknown as EnteredEnvironment
  const remains: RemainsOf = () => ({
    isAlive: () => true,
    clear: async () => assert.fail('the lab stays'),
    enter: () => entered,
  })
  try {
    {
      using journal = Journal.create(join(runDir, 'journal.jsonl'), systemClock)
      for (const line of lines) journal.append(line)
    }
    const report = await healRun(runDir, 'heal-command', systemClock, remains)
    return { ...report, restored }
  } finally {
    rmSync(runDir, { recursive: true, force: true })
  }
}

describe('healing a run that died while it changed what brokers run', () => {
  it('gives every broker the older release again, whichever step it died in', async () => {
    for (const action of ['rolling-upgrade', 'downgrade']) {
      const { healed: done, failed, restored } = await healed([...begun, acted(action)])
      assert.deepEqual([done, failed, restored], [['release 4.3.1'], [], 1])
    }
  })

  it('says so where a broker does not come back with it', async () => {
    const { healed: done, failed } = await healed([...begun, acted('rolling-upgrade')], async () => {
      throw new Error('waited 120 s for broker 2 to be in sync')
    })
    assert.deepEqual([done, failed], [[], ['release 4.3.1: waited 120 s for broker 2 to be in sync']])
  })

  it('leaves brokers alone where nothing of the kind had begun', async () => {
    const { restored } = await healed([...begun, acted('replay')])
    assert.equal(restored, 0)
  })
})
