import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { TimelineEntry } from '../../../chaos/core/drill.ts'
import type { Settings } from '../../../chaos/drivers/driver.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { playOn, replayAt, timeOf } from './play-on.ts'

const change: TimelineEntry = {
  role: 'fault',
  kind: 'config-rollback',
  id: 'setting',
  atMs: 10_000,
  forMs: 60_000,
  spec: faultOf('config-rollback').spec.parse({ setting: 'num.io.threads', value: 2 }) as Record<
    string,
    unknown
  >,
}

/**
 * On a platform whose brokers take this long to end and to come back; the replay is written to come after a rollback
 * of which both halves take as long as the change may.
 */
const restarts = (restartMs: number) =>
  playOn([change, replayAt(140_000)], (plain, clock) => {
    const settings = plain.settings as Settings
    return {
      ...plain,
      settings: {
        ...settings,
        async change(...asked) {
          await clock.sleep(restartMs)
          return settings.change(...asked)
        },
      },
    }
  })

describe('a rolling restart', () => {
  it('lets what comes after it come after it, where brokers take long', async () => {
    const lines = await restarts(45_000)
    assert.ok(timeOf(lines, 'fault.heal-proven') > 2 * 3 * 45_000)
    assert.ok(timeOf(lines, 'action.started') > timeOf(lines, 'fault.heal-proven'))
    const waits = lines.flatMap(line => (line.kind === 'fault.waiting' ? [line.why] : []))
    assert.deepEqual(waits, ['its injection takes more than 60 s', 'its healing takes more than 60 s'])
  })

  it('holds nothing up where brokers are quick', async () => {
    const lines = await restarts(10_000)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 0)
    assert.equal(timeOf(lines, 'action.started'), 140_000)
    assert.equal(timeOf(lines, 'fault.healed') - timeOf(lines, 'fault.injected'), 60_000)
  })
})
