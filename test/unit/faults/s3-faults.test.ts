import assert from 'node:assert/strict'
import { REQUESTS_MET } from '../../../chaos/core/observation.ts'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { linkId, storeLink } from '../../../chaos/core/topology.ts'
import { missingCapabilities } from '../../../chaos/drill/capabilities.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import type { Driver, ObjectStore, StoreReply } from '../../../chaos/drivers/driver.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { isPlausible } from '../../../chaos/faults/chances.ts'
import { requestsFor } from '../../../chaos/faults/s3-throttle.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { checkDrill } from '../../../chaos/run/check-drill.ts'
import { fakeDriver, fakeWorld, THREE_ZONES_AND_STORE } from './fake-driver.ts'
import { begin } from './fault-life.ts'

const driverOf = (world = fakeWorld()) => fakeDriver(world, THREE_ZONES_AND_STORE)
const parsed = (kind: string, spec: object) => faultOf(kind).spec.parse(spec)

/** A store whose replies are the test's; hands of the driver stay as they are. */
function answering(reply: (zone: string, asked: number) => Partial<StoreReply>): Driver {
  const driver = driverOf()
  const asked = new Map<string, number>()
  const objectStore: ObjectStore = {
    ...(driver.objectStore as ObjectStore),
    async request(zone) {
      const count = (asked.get(zone) ?? 0) + 1
      asked.set(zone, count)
      return { outcome: 'answered', status: 200, code: null, ms: 1, ...reply(zone, count) }
    },
  }
  return { ...driver, objectStore }
}
const REFUSED = { status: 503, code: 'SlowDown' }

describe('a throttled object store', () => {
  const readBy = async (driver: Driver, spec: object) => {
    const fault = faultOf('s3-throttle')
    const target = await fault.choose(driver, parsed('s3-throttle', spec), seededRandom(1))
    return { target, reading: await fault.probe(driver, target, 'one') }
  }
  const isEffective = async (before: Driver, now: Driver, spec: object) => {
    const [first, second] = [await readBy(before, spec), await readBy(now, spec)]
    return faultOf('s3-throttle').isEffective(second.reading, first.reading, second.target)
  }
  const well = () => answering(() => ({}))
  const every = (n: number) => answering((_, count) => (count % n === 0 ? REFUSED : {}))

  it('is proven by as many refusals as the share gives, and not by many more or fewer', async () => {
    assert.equal(await isEffective(well(), every(5), { share: 0.2 }), true)
    assert.equal(await isEffective(well(), every(2), { share: 0.2 }), false)
    assert.equal(await isEffective(well(), every(40), { share: 0.5 }), false)
    assert.equal(await isEffective(well(), well(), { share: 0.2 }), false)
  })

  it('is not proven by one zone for another, nor by another error', async () => {
    const oneZone = answering((zone, count) => (zone === 'az-a' && count % 5 === 0 ? REFUSED : {}))
    assert.equal(await isEffective(well(), oneZone, { share: 0.2 }), false)
    assert.equal(await isEffective(well(), oneZone, { share: 0.2, zones: 'az-a' }), true)
    const otherError = answering((_, count) => (count % 5 === 0 ? { status: 403 } : {}))
    assert.equal(await isEffective(well(), otherError, { share: 0.2 }), false)
  })

  it('is not proven by a throttle that was there before, and is by one that adds to it', async () => {
    assert.equal(await isEffective(every(5), every(5), { share: 0.2 }), false)
    assert.equal(await isEffective(every(5), every(1), { share: 1 }), true)
  })

  it('asks often enough that a share cannot be missed by chance, and judges by the chances', () => {
    for (const share of [0.05, 0.2, 0.5, 0.9]) assert.ok((1 - share) ** requestsFor(share) <= 1e-4)
    assert.equal(requestsFor(1), 20)
    assert.equal(isPlausible(42, 0, 0.2), false)
    assert.equal(isPlausible(42, 8, 0.2), true)
    assert.equal(isPlausible(42, 21, 0.2), false)
    assert.equal(isPlausible(20, 20, 1), true)
    assert.equal(isPlausible(20, 19, 1), false)
  })

  it('says how many were refused of how many', async () => {
    const { target, reading } = await readBy(every(6), { share: 0.2, zones: 'az-b' })
    const [observation] = faultOf('s3-throttle').describe(reading, reading, target, 'during')
    assert.deepEqual(observation, { what: 'GetObject from az-b told to slow down', value: '7 of 42' })
  })
})

describe('an object store out of reach', () => {
  it('is proven by the outcome that its mode has, and not by the other', async () => {
    for (const [mode, other] of [
      ['silent', 'refuse'],
      ['refuse', 'silent'],
    ] as const) {
      const driver = driverOf()
      const fault = faultOf('s3-outage')
      const life = await begin(fault, driver, parsed('s3-outage', { mode }))
      await driver.objectStore?.cut(['az-a', 'az-b', 'az-c'], 'x', { mode: other })
      assert.equal(await life.isEffective(), false)
      await driver.objectStore?.clear(['az-a', 'az-b', 'az-c'], 'x')
      await fault.inject(driver, life.target, 'one')
      assert.equal(await life.isEffective(), true)
    }
  })

  it('is not proven by errors that the store itself answers', async () => {
    const fault = faultOf('s3-outage')
    const target = await fault.choose(driverOf(), parsed('s3-outage', {}), seededRandom(1))
    const [before, now] = [
      await fault.probe(
        answering(() => ({})),
        target,
        'one',
      ),
      await fault.probe(
        answering(() => ({ status: 500 })),
        target,
        'one',
      ),
    ]
    assert.equal(fault.isEffective(now, before, target), false)
    assert.equal(fault.isHealed(now, before, target), false)
  })

  it('says how many requests of the platform met it, and which of the two outages it was', async () => {
    for (const [mode, words] of [
      ['silent', 'brokers in az-b, sent in vain'],
      ['refuse', 'brokers in az-b, refused'],
    ] as const) {
      const driver = driverOf()
      const counted = {
        ...driver,
        objectStore: { ...(driver.objectStore as ObjectStore), injected: async () => ({ 'az-b': 7 }) },
      }
      const fault = faultOf('s3-outage')
      const life = await begin(fault, counted, parsed('s3-outage', { mode, zones: 'az-b' }))
      const reading = await fault.probe(counted, life.target, 'one')
      assert.deepEqual(fault.describe(reading, life.before, life.target, 'during').at(-1), {
        what: words,
        value: 7,
        unit: REQUESTS_MET,
      })
    }
  })

  it('takes the links of its zones and no others', async () => {
    const { target } = await begin(faultOf('s3-outage'), driverOf(), parsed('s3-outage', { zones: ['az-b'] }))
    assert.deepEqual(target.links.map(linkId), ['az-b>9:s3'])
  })
})

describe('requests to the object store that fail once', () => {
  it('are proven by the status that was asked for only', async () => {
    const fault = faultOf('s3-error-once')
    const target = await fault.choose(driverOf(), parsed('s3-error-once', { status: 503 }), seededRandom(1))
    const read = (status: number) =>
      fault.probe(
        answering(() => ({ status })),
        target,
        'one',
      )
    const before = await read(200)
    assert.equal(fault.isEffective(await read(500), before, target), false)
    assert.equal(fault.isEffective(await read(503), before, target), true)
  })

  it('are asked by a request of the operation that is touched', async () => {
    const life = await begin(
      faultOf('s3-error-once'),
      driverOf(),
      parsed('s3-error-once', { operations: ['UploadPart', 'PutObject'] }),
    )
    assert.equal((life.target as unknown as { probe: string }).probe, 'UploadPart')
  })
})

describe('what faults of the object store say of themselves', () => {
  const summaryOf = async (kind: string, spec: object) =>
    (await begin(faultOf(kind), driverOf(), parsed(kind, spec))).target.summary

  it('tells silence from refusal, and one amount from another', async () => {
    const way = 'the way of az-a to the object store'
    const said = await Promise.all(
      (
        [
          ['s3-outage', { mode: 'silent' }],
          ['s3-outage', { mode: 'refuse' }],
          ['s3-throttle', { share: 0.33 }],
          ['s3-throttle', { share: 0.2, operations: ['PutObject'] }],
          ['s3-latency', { delayMs: 500 }],
          ['s3-error-once', { count: 3 }],
          ['s3-error-once', { status: 503 }],
        ] as const
      ).map(([kind, spec]) => summaryOf(kind, { zones: 'az-a', ...spec })),
    )
    assert.deepEqual(said, [
      `${way}: silent`,
      `${way}: refused`,
      `${way}: 33% of the requests told to slow down`,
      `${way}, PutObject only: 20% of the requests told to slow down`,
      `${way}: answers 500 ms later`,
      `${way}: the next 3 requests of each zone answered with 500`,
      `${way}: the next request of each zone answered with 503`,
    ])
  })
})

describe('a zone that is cut', () => {
  const linksCut = async (spec: object) => {
    const { target } = await begin(faultOf('zone-cut'), driverOf(), parsed('zone-cut', spec))
    return { summary: target.summary, links: target.links.map(linkId) }
  }
  const way = linkId(storeLink('az-c'))

  it('loses the object store too, unless the drill leaves it or cuts only what comes in', async () => {
    const whole = await linksCut({ zone: 'az-c' })
    assert.ok(whole.links.includes(way))
    assert.match(whole.summary, /and to the object store/)
    assert.ok((await linksCut({ zone: 'az-c', traffic: 'brokers' })).links.includes(way))
    for (const spec of [{ objectStore: 'keep' }, { direction: 'in' }, { traffic: 'clients' }]) {
      const { links, summary } = await linksCut({ zone: 'az-c', ...spec })
      assert.ok(!links.includes(way))
      assert.doesNotMatch(summary, /object store/)
    }
  })

  it('leaves the ways of other zones to the store alone', async () => {
    const { links } = await linksCut({ zone: 'az-c' })
    assert.deepEqual(
      links.filter(link => link.endsWith(':s3')),
      [way],
    )
  })
})

describe('drills of the object store', () => {
  const NAMES = [
    's3-outage',
    's3-outage-refuse',
    's3-throttle',
    's3-latency',
    's3-error-once',
    'tier-away',
    'tier-away-cold-read',
    'tier-away-cold-read-refuse',
    'tier-slow-cold-read',
  ]

  it('are refused on a platform that has none, with the platform to choose', async () => {
    for (const name of NAMES) {
      const loaded = await loadDrill(name)
      const outline = (platform: PlatformName) => environmentOf('local').outline(loaded.drill, platform)
      assert.notDeepEqual(missingCapabilities(loaded.drill, outline('kafka')), [])
      assert.deepEqual(missingCapabilities(loaded.drill, outline('kafka-tiered')), [])
      await assert.rejects(
        checkDrill(loaded, outline('kafka'), { seed: 'a seed', allowCommands: false }),
        (error: { code: string; hint: string; message: string }) =>
          error.code === 'refused' &&
          /needs objectStore/.test(error.message) &&
          error.hint.includes('--platform kafka-tiered'),
      )
    }
  })
})
