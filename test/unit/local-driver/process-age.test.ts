import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { ageByTicks, processAgeMs } from '../../../chaos/machine/process-age.ts'
import { identityOf } from '../../../chaos/machine/process-table.ts'

describe('the age of a process', () => {
  it('is the time since the tick at which it began, and never less than nothing', () => {
    assert.equal(ageByTicks(12_345, 200), 76_550)
    assert.equal(ageByTicks(20_001, 200), 0)
    assert.equal(ageByTicks(1, null), null)
  })

  it('agrees with what this process knows of itself', () => {
    const identity = identityOf(process.pid)
    assert.ok(identity)
    const age = processAgeMs(identity, performance.timeOrigin + performance.now())
    assert.ok(age !== null)
    // `ps` tells whole seconds, the kernel hundredths.
    assert.ok(Math.abs(age - process.uptime() * 1000) < 3000, `${age} ms, ${process.uptime()} s`)
  })

  it('is read from the local time that `ps` prints where there is no /proc', () => {
    const startedAt = 'Mon Nov 23 12:00:00 2026'
    assert.equal(processAgeMs({ pid: 1, startedAt }, Date.parse(startedAt) + 61_000), 61_000)
    assert.equal(processAgeMs({ pid: 1, startedAt: 'some time' }, 0), null)
  })
})
