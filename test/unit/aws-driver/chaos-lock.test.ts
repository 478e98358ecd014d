import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  lockName,
  releaseLock,
  switchedOff,
  switchName,
  SwitchWatch,
  takeLock,
} from '../../../chaos/drivers/aws/chaos-lock.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { deployedInventory, memoryAccount } from './memory-account.ts'

const MINE = { run: 'run-1', host: 'here', pid: 7, at: '2026-11-30T10:00:00Z' }
const OTHER = { ...MINE, run: 'run-2', host: 'there' }

describe('the switch and the lock of an environment', () => {
  it('let nothing be broken until somebody has armed it, and after somebody has not', async () => {
    const account = memoryAccount(deployedInventory())
    assert.match(
      (await switchedOff(account, 'kafka')) ?? '',
      /^switch: there is no parameter \/aftershock\/kafka\/chaos\/switch; to allow drills: aws ssm put-parameter --region eu-west-1 .* --value armed$/,
    )
    account.parameters.set(switchName('kafka'), 'armed')
    assert.equal(await switchedOff(account, 'kafka'), null)
    account.parameters.set(switchName('kafka'), 'no, production has trouble')
    assert.match(
      (await switchedOff(account, 'kafka')) ?? '',
      /is 'no, production has trouble', and not 'armed'/,
    )
  })

  it('count a switch that cannot be read as off', async () => {
    const account = memoryAccount(deployedInventory())
    const deaf = { ...account, parameter: () => Promise.reject(new Error('timed out')) }
    assert.match(
      (await switchedOff(deaf, 'kafka')) ?? '',
      /could not be read, which counts as off: timed out/,
    )
  })

  it('tell a drill that runs within a second that it is off', async () => {
    const account = memoryAccount(deployedInventory())
    account.parameters.set(switchName('kafka'), 'armed')
    const clock = new VirtualClock()
    let told: { readonly why: string; readonly at: number } | null = null
    await using watch = new SwitchWatch({
      account,
      environment: 'kafka',
      clock,
      onOff: why => {
        told = { why, at: clock.now() }
      },
    })
    await clock.run(clock.sleep(5000))
    assert.equal(told, null)
    account.parameters.delete(switchName('kafka'))
    const before = clock.now()
    await clock.run(clock.sleep(2000))
    const heard = told as { readonly why: string; readonly at: number } | null
    assert.match(heard?.why ?? '', /there is no parameter/)
    assert.ok((heard?.at ?? Number.POSITIVE_INFINITY) - before <= 1000)
    void watch
  })

  it('tell a drill that runs within a second that somebody took the lock over', async () => {
    const account = memoryAccount(deployedInventory())
    account.parameters.set(switchName('kafka'), 'armed')
    account.parameters.set(lockName('kafka'), JSON.stringify(MINE))
    const clock = new VirtualClock()
    const told: string[] = []
    await using watch = new SwitchWatch({
      account,
      environment: 'kafka',
      clock,
      holder: 'run-1',
      onOff: why => told.push(why),
    })
    await clock.run(clock.sleep(5000))
    assert.deepEqual(told, [])
    account.parameters.set(lockName('kafka'), JSON.stringify({ ...MINE, run: 'run-1:healing' }))
    await clock.run(clock.sleep(1000))
    assert.match(told.join(), /^lock: held by run run-1:healing /)
    void watch
  })

  it('give the environment to one run, and say to the other who has it', async () => {
    const account = memoryAccount(deployedInventory())
    await takeLock(account, 'kafka', MINE)
    await assert.rejects(takeLock(account, 'kafka', OTHER), {
      code: 'refused',
      message:
        'lock: kafka is held by run run-1 (process 7 on here, since 2026-11-30T10:00:00Z); nothing was touched',
    })
  })

  it('know their own lock again when the answer was lost after it was written', async () => {
    const account = memoryAccount(deployedInventory())
    account.parameters.set(lockName('kafka'), JSON.stringify(MINE))
    await takeLock(account, 'kafka', MINE)
  })

  it("leave another run's lock where it is, also one that nobody can read", async () => {
    const account = memoryAccount(deployedInventory())
    assert.equal(await releaseLock(account, 'kafka', 'run-1'), true, 'none is there')
    await takeLock(account, 'kafka', OTHER)
    assert.equal(await releaseLock(account, 'kafka', 'run-1'), false)
    account.parameters.set(lockName('kafka'), 'do not touch, Ada')
    assert.equal(await releaseLock(account, 'kafka', 'run-1'), false)
    await assert.rejects(
      takeLock(account, 'kafka', MINE),
      /somebody whose parameter reads "do not touch, Ada"/,
    )
    account.parameters.set(lockName('kafka'), JSON.stringify(MINE))
    assert.equal(await releaseLock(account, 'kafka', 'run-1'), true)
    assert.equal(account.parameters.has(lockName('kafka')), false)
  })
})
