import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type Breaking, breakAndHeal, foresee } from '../../../chaos/drivers/aws/break-and-heal.ts'
import { lockName, switchName } from '../../../chaos/drivers/aws/chaos-lock.ts'
import { damageIn } from '../../../chaos/drivers/aws/hands.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { deployedInventory, type MemoryAccount, memoryAccount } from './memory-account.ts'

const PLACE = {
  environment: 'kafka',
  account: '123456789012',
  region: 'eu-west-1',
  zones: ['az-a', 'az-b', 'az-c'],
  window: null,
}

describe('one thing that is broken for a while', () => {
  function made(change: Partial<Breaking> = {}) {
    const clock = new VirtualClock()
    const account = memoryAccount(deployedInventory())
    account.parameters.set(switchName('kafka'), 'armed')
    const lines: string[] = []
    const breaking: Breaking = {
      account,
      place: PLACE,
      clock,
      deed: { kind: 'zone-cut', zone: 'az-b', cut: 'cut' },
      forMs: 60_000,
      named: false,
      holder: { run: 'run-1', host: 'here', pid: 7, at: 'now' },
      signal: new AbortController().signal,
      progress: line => void lines.push(line),
      ...change,
    }
    return { clock, account, lines, breaking }
  }

  const isWhole = (account: MemoryAccount) => {
    assert.deepEqual(damageIn(account.now), [])
    assert.equal(account.parameters.has(lockName('kafka')), false)
  }

  it('is healed when its time is over, and gives the lock back', async () => {
    const { clock, account, lines, breaking } = made()
    assert.deepEqual(await clock.run(breakAndHeal(breaking)), { endedBy: 'time' })
    isWhole(account)
    const subnets = ['subnet-brokers-az-b', 'subnet-clients-az-b']
    assert.deepEqual(account.written, [...subnets, ...subnets])
    assert.equal(lines.at(-1), 'healed: all is as it was deployed')
    assert.ok(clock.now() >= 60_000)
  })

  it('is healed within two seconds when somebody turns the switch off', async () => {
    const { clock, account, breaking } = made()
    const work = breakAndHeal(breaking)
    const turned = clock.sleep(10_000).then(() => account.parameters.set(switchName('kafka'), 'off'))
    assert.deepEqual(await clock.run(work), { endedBy: 'switch' })
    await turned
    isWhole(account)
    assert.ok(clock.now() <= 13_000, String(clock.now()))
  })

  it('is healed when it is interrupted, also before it was broken', async () => {
    const stop = new AbortController()
    const { clock, account, breaking } = made({ signal: stop.signal })
    const work = breakAndHeal(breaking)
    const stopped = clock.sleep(5000).then(() => stop.abort(new Error('Ctrl-C')))
    assert.deepEqual(await clock.run(work), { endedBy: 'signal' })
    await stopped
    isWhole(account)
    const early = made({ signal: AbortSignal.abort(new Error('Ctrl-C')) })
    assert.deepEqual(await early.clock.run(breakAndHeal(early.breaking)), { endedBy: 'signal' })
    assert.deepEqual(early.account.written, [])
    isWhole(early.account)
  })

  it('is healed when breaking fails in its middle', async () => {
    const { clock, account, breaking } = made()
    let calls = 0
    const { associate } = account.change
    account.change.associate = (id, acl) => {
      calls++
      return calls === 2 ? Promise.reject(new Error('the network is down')) : associate(id, acl)
    }
    await assert.rejects(clock.run(breakAndHeal(breaking)), /the network is down/)
    isWhole(account)
  })

  it('keeps the lock when it could not be healed, and says who heals it', async () => {
    const { clock, account, breaking } = made()
    const { associate } = account.change
    let calls = 0
    account.change.associate = (id, acl) => {
      calls++
      return calls > 2 ? Promise.reject(new Error('credentials are over')) : associate(id, acl)
    }
    await assert.rejects(clock.run(breakAndHeal(breaking)), {
      code: 'unhealed',
      message: 'kafka is not healed: credentials are over',
      hint: 'The lock stays. Heal it from anywhere: aftershock aws heal --environment kafka --break-lock',
    })
    assert.ok(account.parameters.has(lockName('kafka')))
  })

  it('is refused, with every reason and no write, by what stands in its way', async () => {
    const { clock, account, breaking } = made({
      deed: { kind: 'machine-stop', machines: ['kafka-1', 'kafka-2'] },
    })
    account.parameters.set(switchName('kafka'), 'off')
    account.parameters.set(lockName('kafka'), JSON.stringify({ run: 'other', host: 'h', pid: 1, at: 'then' }))
    const { refusals } = await clock.run(foresee(breaking))
    assert.deepEqual(
      refusals.map(one => one.split(':')[0]),
      ['switch', 'lock', 'zones'],
    )
    await assert.rejects(clock.run(breakAndHeal(breaking)), { code: 'refused' })
    assert.deepEqual(account.written, [])
  })

  it('is refused where something is broken already', async () => {
    const { clock, account, breaking } = made()
    await account.change.stop(['i-kafka-3'])
    const { refusals } = await clock.run(foresee(breaking))
    assert.deepEqual(refusals, [
      'damage: kafka-3 (i-kafka-3) is stopped already, so that nobody could tell what this one did',
    ])
  })
})
