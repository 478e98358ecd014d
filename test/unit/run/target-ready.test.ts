import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ClusterReading, Driver } from '../../../chaos/drivers/driver.ts'
import { type TargetFacts, targetReady, waitForAge, waitForTarget } from '../../../chaos/run/target-ready.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'

function reading(leaders: readonly number[]): ClusterReading {
  return {
    answered: [1, 2, 3],
    controller: 1,
    partitions: Object.fromEntries(
      leaders.map((leader, index) => [
        `telemetry/${index}`,
        { leader, leaderEpoch: 0, replicas: [leader], isr: [leader] },
      ]),
    ),
  }
}

const facts = (changes: Partial<TargetFacts>): TargetFacts => ({
  nodes: [2],
  leastAgeMs: 65_000,
  cluster: reading([1, 2, 3]),
  ageMs: new Map([[2, 65_000]]),
  ...changes,
})

describe('a target for a fault', () => {
  it('is ready when it leads and is old enough', () => {
    assert.deepEqual(targetReady(facts({})), { ready: true })
  })

  it('is not ready while a node of it leads nothing, on any platform', () => {
    for (const leastAgeMs of [0, 65_000]) {
      const answer = targetReady(facts({ leastAgeMs, nodes: [2, 3], cluster: reading([1, 2, -1]) }))
      assert.ok(!answer.ready)
      assert.equal(answer.why, 'broker 3 leads no partition')
    }
    const both = targetReady(facts({ nodes: [2, 3], cluster: reading([1]) }))
    assert.ok(!both.ready)
    assert.equal(both.why, 'brokers 2, 3 lead no partition')
  })

  it('is not ready while another broker is away that no fault holds down, since both together are another fault', async () => {
    const alone = { ...reading([1, 2, 3]), answered: [2, 3] }
    const answer = targetReady(facts({ cluster: alone, expected: [1, 2, 3] }))
    assert.ok(!answer.ready)
    assert.equal(answer.why, 'broker 1 does not answer, and no fault holds it down')
    assert.deepEqual(targetReady(facts({ cluster: alone, expected: [2, 3] })), { ready: true })

    const world = fakeWorld()
    const driver = fakeDriver(world)
    await driver.processes?.kill(1)
    const clock = { now: () => 0, wallMs: () => 0, sleep: async () => {} }
    const options = { clock, leastAgeMs: 0, deadlineMs: 0 }
    const [free, held] = [
      await waitForTarget(driver, [2], options),
      await waitForTarget(driver, [2], { ...options, held: () => new Set([1]) }),
    ]
    assert.deepEqual([free.ready, held.ready], [false, true])
  })

  it('is not ready while it is too young on a shared platform, and says for how long', () => {
    const answer = targetReady(facts({ ageMs: new Map([[2, 20_000]]) }))
    assert.ok(!answer.ready)
    assert.equal(answer.waitMs, 65_000 - 20_000)
    assert.match(answer.why, /broker 2 is 20 s old.*failed over late/)
  })

  it('is judged by the youngest of its nodes', () => {
    const ageMs = new Map([
      [2, 70_000],
      [3, 64_000],
    ])
    const answer = targetReady(facts({ nodes: [2, 3], ageMs }))
    assert.ok(!answer.ready)
    assert.equal(answer.waitMs, 1000)
  })

  it('may be of any age where replicas take over', () => {
    assert.deepEqual(targetReady(facts({ leastAgeMs: 0, ageMs: new Map() })), { ready: true })
  })

  it('is never ready by not knowing', () => {
    for (const ageMs of [new Map<number, null>(), new Map([[2, null]])]) {
      const answer = targetReady(facts({ ageMs }))
      assert.ok(!answer.ready)
      assert.match(answer.why, /age of broker 2 is not known/)
    }
    const silent = targetReady(facts({ cluster: { ...reading([2]), answered: [] } }))
    assert.ok(!silent.ready)
    assert.match(silent.why, /no broker says/)
  })

  it('is ready at once when it has no nodes', () => {
    assert.deepEqual(targetReady(facts({ nodes: [], cluster: reading([]) })), { ready: true })
  })
})

describe('waiting for a target', () => {
  /** A broker whose process was started at `t` 0 of a clock that jumps when it sleeps. */
  function world(leaders: (now: number) => readonly number[]) {
    let now = 0
    const driver: Driver = {
      ...fakeDriver(fakeWorld()),
      cluster: { describe: async () => reading(leaders(now)) },
    }
    const said: string[] = []
    const options = {
      clock: {
        now: () => now,
        wallMs: () => now,
        sleep: async (ms: number) => void (now += ms),
      },
      onWait: (why: string) => void said.push(why),
    }
    const { processes } = driver
    assert.ok(processes)
    return {
      driver: { ...driver, processes: { ...processes, ageMs: async () => now } },
      options,
      said,
      at: () => now,
    }
  }

  it('ends as soon as its nodes are old enough, and says once what it waits for', async () => {
    const { driver, options, said, at } = world(() => [2])
    assert.deepEqual(await waitForTarget(driver, [2], { ...options, leastAgeMs: 65_000 }), { ready: true })
    assert.equal(at(), 65_000)
    assert.equal(said.length, 1)
  })

  it('has a broker lead that leads nothing, once, where nobody else does', async () => {
    let leads = false
    const { driver, options, at } = world(() => (leads ? [2] : [1]))
    const asked: (readonly number[])[] = []
    const giveLeaders = async (idle: readonly number[]) => {
      asked.push(idle)
      leads = true
    }
    assert.deepEqual(await waitForTarget(driver, [2], { ...options, leastAgeMs: 0, giveLeaders }), {
      ready: true,
    })
    assert.deepEqual([asked, at()], [[[2]], 1000])
  })

  it('does not wait for age on a platform with replicas', async () => {
    const { driver, options, said, at } = world(now => (now < 5000 ? [1] : [2]))
    assert.deepEqual(await waitForTarget(driver, [2], { ...options, leastAgeMs: 0 }), { ready: true })
    assert.equal(at(), 5000)
    assert.deepEqual(said, ['broker 2 leads no partition'])
  })

  it('says why not when the deadline passes', async () => {
    const { driver, options, at } = world(() => [1])
    const answer = await waitForTarget(driver, [2], { ...options, leastAgeMs: 65_000, deadlineMs: 10_000 })
    assert.ok(!answer.ready)
    assert.match(answer.why, /leads no partition/)
    assert.equal(at(), 10_000)
  })

  it('ends with the run', async () => {
    const { driver, options } = world(() => [1])
    const signal = AbortSignal.abort(new Error('interrupted'))
    await assert.rejects(
      waitForTarget(driver, [2], { ...options, leastAgeMs: 65_000, signal }),
      /interrupted/,
    )
  })

  it('can be done once for all brokers, before a timeline begins, by age alone', async () => {
    const { driver, options, said, at } = world(() => [])
    assert.deepEqual(await waitForAge(driver, { ...options, leastAgeMs: 65_000 }), { ready: true })
    assert.equal(at(), 65_000)
    assert.equal(said.length, 1)
  })

  it('is not done before a timeline where replicas take over at any age', async () => {
    const { driver, options, said, at } = world(() => [])
    assert.deepEqual(await waitForAge(driver, { ...options, leastAgeMs: 0 }), { ready: true })
    assert.deepEqual([at(), said], [0, []])
  })
})
