import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { fakeDriver, type FakeWorld, fakeWorld } from './fake-driver.ts'
import { shippedSpec } from './fault-life.ts'
import { live, type Noise, noiseProvesNothing, steady } from './noise-lives.ts'

describe('readings that change by noise alone', () => {
  // Further ones: test/drills/noise.test.ts.
  noiseProvesNothing([1])
})

describe('an effect that noise could have', () => {
  const links = { zone: 'az-b' }
  const onA = (noise: Noise) => Object.assign(fakeWorld(), { noise })

  it('is refused with both numbers, and nothing is injected', async () => {
    const life = await live('link-latency', { links, delayMs: 1 }, onA(steady(1, 0.4, 0)))
    assert.deepEqual(life.kinds, ['fault.unproven'])
    assert.match(
      life.reason ?? '',
      /^nothing was injected: round trip az-.* took 1(\.\d)? ms before, and 0(\.\d)? ms more or less by itself; an effect of 1 ms is less than the 10 ms/,
    )
    const busy = await live('link-latency', { links, delayMs: 50 }, onA(steady(1, 400, 0)))
    assert.deepEqual(busy.kinds, ['fault.unproven'])
    assert.match(
      busy.reason ?? '',
      /an effect of 50 ms cannot be distinguished from that: it takes 3 times as much/,
    )
  })

  it('is refused where the jitter is as large as the delay', async () => {
    const life = await live('link-latency', { links, delayMs: 100, jitterMs: 100 }, fakeWorld())
    assert.match(life.reason ?? '', /an effect of 0 ms/)
  })

  it('is refused where a limit is wider than what a link carries', async () => {
    const slow = onA(() => ({ ms: 400, lost: false }))
    const life = await live('link-bandwidth', { links, kilobytesPerSecond: 50_000 }, slow)
    assert.deepEqual(life.kinds, ['fault.unproven'])
    assert.match(
      life.reason ?? '',
      /carries 1\.5 MB\/s; a limit of 50 MB\/s narrows nothing that could be distinguished from that/,
    )
    assert.equal(life.healed, true)
  })

  it('has a schema that stops where no probe can tell', () => {
    const parse = (kilobytesPerSecond: number) =>
      faultOf('link-bandwidth').spec.safeParse({ links, kilobytesPerSecond }).success
    assert.deepEqual([parse(60_000), parse(60_001), parse(1_000_000)], [true, false, false])
  })

  it('is refused for an object store too', async () => {
    const life = await live('s3-latency', { delayMs: 5 }, fakeWorld())
    assert.match(life.reason ?? '', /GetObject from az-a took 1 ms before, .* less than the 10 ms/)
  })

  it('is proven and healed with what was seen before, during and after, and what it had to be', async () => {
    const life = await live(
      'link-latency',
      { links: { from: 'az-a', to: 'az-b', traffic: 'clients' }, delayMs: 100 },
      fakeWorld(),
    )
    const said = life.lines.flatMap(line =>
      line.kind === 'fault.intended'
        ? [line.baseline]
        : line.kind === 'fault.proven' || line.kind === 'fault.heal-proven'
          ? [line.observations]
          : [],
    )
    const what = 'round trip az-a>2:client'
    assert.deepEqual(
      said.map(seen => seen?.[0]),
      [
        { what, value: 1, unit: 'ms', limit: '± 0 ms by itself' },
        { what, value: 101, unit: 'ms', limit: 'at least 81 ms' },
        { what, value: 1, unit: 'ms', limit: 'below 51 ms' },
      ],
    )
  })
})

describe('a fault that touches new connections only', () => {
  for (const kind of ['link-latency', 'link-bandwidth', 'zone-cut']) {
    it(`is no ${kind}: what was open before goes on as before`, async () => {
      const world = fakeWorld()
      world.sparesOld = true
      const life = await live(kind, await shippedSpec(kind), world)
      assert.equal(life.proven, false)
      assert.equal(life.healed, true)
    })
  }
})

describe('healing of a link whose broker has ended itself', () => {
  /** From the healing on, nobody answers for so long: neither over the links nor past them. */
  const awayFor = async (kind: string, ms: number) => {
    const world = fakeWorld()
    const life = await live(kind, await shippedSpec(kind), world, (line, clock) => {
      const since = clock.now()
      if (line.kind === 'fault.healed') world.noise = () => ({ ms: 0, lost: clock.now() - since < ms })
    })
    const last = life.lines.at(-1)
    return { ...life, last: last?.kind === 'fault.heal-unproven' ? last.reason : last?.kind }
  }

  for (const kind of ['zone-cut', 'link-latency', 'link-bandwidth']) {
    it(`is waited for until the broker is back: ${kind}`, async () => {
      const { healed, last } = await awayFor(kind, 130_000)
      assert.deepEqual([healed, last], [true, 'fault.heal-proven'])
    }).timeout(60_000)
  }

  it('is not proven when nobody comes back, and the reason is not that the fault was seen', async () => {
    const { healed, last } = await awayFor('zone-cut', 10_000_000)
    assert.equal(healed, false)
    assert.match(last ?? '', /does not answer past the links either/)
  }).timeout(60_000)

  it('is not waited for longer where brokers answer past the link', async () => {
    const world = fakeWorld()
    let healedAt = 0
    let gaveUpAt = 0
    const { healed } = await live('zone-cut', await shippedSpec('zone-cut'), world, (line, clock) => {
      // Whatever clears links from now on does nothing.
      if (line.kind === 'fault.proven') world.obeys = false
      if (line.kind === 'fault.healed') healedAt = clock.now()
      if (line.kind === 'fault.heal-unproven') gaveUpAt = clock.now()
    })
    assert.equal(healed, false)
    assert.ok(gaveUpAt - healedAt < 61_000, `${gaveUpAt - healedAt} ms`)
  }).timeout(60_000)
})

describe('healing of a broker that takes long to start', () => {
  for (const kind of ['broker-kill', 'broker-stop', 'broker-hang', 'broker-replace']) {
    it(`is waited for on a busy machine: ${kind}`, async () => {
      const world = fakeWorld()
      const life = await live(kind, { target: { node: 2 } }, world, (line, clock) => {
        if (line.kind !== 'fault.healed') return
        const since = clock.now()
        const get = () => (clock.now() - since < 120_000 ? 'stopped' : 'running')
        Object.defineProperty(world.nodes.get(2), 'state', { get, set: () => {} })
      })
      assert.deepEqual([life.healed, life.kinds.at(-1)], [true, 'fault.heal-proven'])
    }).timeout(60_000)
  }
})

describe('a cut', () => {
  it('is not proven by brokers that died meanwhile', async () => {
    const world = fakeWorld()
    world.obeys = false
    const driver = fakeDriver(world)
    const fault = faultOf('zone-cut')
    const target = await fault.choose(driver, fault.spec.parse({ zone: 'az-b' }), seededRandom(1))
    const before = fault.baseline([await fault.probe(driver, target, 'one')])
    world.noise = () => ({ ms: 0, lost: true })
    assert.equal(fault.isEffective(await fault.probe(driver, target, 'one'), before, target), false)
  })

  it('is proven in the way of its mode only: silence is no refusal', async () => {
    for (const [mode, other] of [
      ['silent', 'refuse'],
      ['refuse', 'silent'],
    ] as const) {
      const driver = fakeDriver(fakeWorld())
      const fault = faultOf('zone-cut')
      const target = await fault.choose(driver, fault.spec.parse({ zone: 'az-b', mode }), seededRandom(1))
      const before = fault.baseline([await fault.probe(driver, target, 'one')])
      await driver.links?.cut(target.links, 'other', { mode: other })
      assert.equal(fault.isEffective(await fault.probe(driver, target, 'one'), before, target), false)
    }
  })
})

describe('a healing that ends connections', () => {
  const outlived = async (world: FakeWorld) => {
    const life = await live('link-latency', await shippedSpec('link-latency'), world)
    const healed = life.lines.find(line => line.kind === 'fault.heal-proven')
    return healed?.observations.find(({ what }) => /outlived the healing/.test(what))?.value
  }

  it('is told as the tool’s own doing, and one that leaves them alone says so', async () => {
    assert.equal(await outlived(fakeWorld()), '23 of 23')
    const world = Object.assign(fakeWorld(), { clearingEnds: true })
    assert.equal(await outlived(world), '0 of 23; the tool itself ended the others by healing')
  })
})
