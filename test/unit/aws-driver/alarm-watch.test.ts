import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Drill } from '../../../chaos/core/drill.ts'
import { alarmsOf, AlarmWatch, breached } from '../../../chaos/drivers/aws/alarm-watch.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { deployedInventory, memoryAccount } from './memory-account.ts'

const NAMES = ['stop-az-a', 'stop-az-b']

function quiet() {
  const account = memoryAccount(deployedInventory())
  for (const name of NAMES) account.alarmStates.set(name, 'OK')
  return account
}

/** Lets a watch look for five seconds, breaches an alarm, and says how long it took to be told. */
async function toldAfter(breach: (account: ReturnType<typeof quiet>) => void, names = NAMES) {
  const account = quiet()
  const clock = new VirtualClock()
  const told: { readonly why: string; readonly at: number }[] = []
  const onBreach = (why: string) => void told.push({ why, at: clock.now() })
  await using watch = new AlarmWatch({ account, names, clock, onBreach })
  await clock.run(clock.sleep(5000))
  assert.deepEqual(told, [])
  breach(account)
  const since = clock.now()
  await clock.run(clock.sleep(20_000))
  void watch
  return told.map(({ why, at }) => ({ why, afterMs: at - since }))
}

describe('the alarms that end a drill', () => {
  it('tell a drill within a second that one is in ALARM, once, and why', async () => {
    const [told, ...more] = await toldAfter(({ alarmStates }) => alarmStates.set('stop-az-b', 'ALARM'))
    assert.equal(told?.why, 'alarms: stop-az-b is ALARM (the test has it so)')
    assert.ok((told?.afterMs ?? Number.POSITIVE_INFINITY) <= 1000)
    assert.deepEqual(more, [])
  })

  it('count one without data, one that is gone, and those that cannot be read, as breached', async () => {
    const [noData] = await toldAfter(({ alarmStates }) => alarmStates.set('stop-az-a', 'INSUFFICIENT_DATA'))
    assert.match(noData?.why ?? '', /stop-az-a is INSUFFICIENT_DATA/)
    const [gone] = await toldAfter(({ alarmStates }) => void alarmStates.delete('stop-az-a'))
    assert.match(gone?.why ?? '', /stop-az-a is not there/)
    const account = { ...quiet(), alarms: () => Promise.reject(new Error('throttled')) }
    assert.match(
      (await breached(account, NAMES, new VirtualClock())) ?? '',
      /cannot be read, which counts as breached: throttled/,
    )
  })

  it('are given up for after ten seconds without an answer, as breached', async () => {
    const account = { ...quiet(), alarms: () => new Promise<never>(() => {}) }
    const clock = new VirtualClock()
    const why = await clock.run(breached(account, NAMES, clock))
    assert.match(why ?? '', /waited 10 s for the state of the alarms/)
  })

  it('are those of the zones that a drill leaves alone', () => {
    const alarms = { 'az-a': 'a', 'az-b': 'b', 'az-c': 'c' }
    const of = (...faults: readonly (readonly [string, object])[]) =>
      alarmsOf(alarms, { timeline: faults.map(([kind, spec]) => ({ kind, spec })) } as unknown as Drill)
    assert.deepEqual(of(['broker-stop', { target: { zone: 'az-b' } }]), ['a', 'b', 'c'])
    assert.deepEqual(of(['zone-cut', { zone: 'az-b' }], ['broker-kill', {}]), ['a', 'c'])
    assert.deepEqual(of(['zone-cut', { zone: 'random' }]), [])
  })

  it('are not asked where an environment has none', async () => {
    assert.deepEqual(await toldAfter(({ alarmStates }) => alarmStates.set('stop-az-b', 'ALARM'), []), [])
  })
})
