import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { linkId, type Topology, ZONES } from '../../../chaos/core/topology.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { chooseLinks, type LinkSelector } from '../../../chaos/faults/select-links.ts'
import { chooseNodes, type NodeSelector } from '../../../chaos/faults/select-nodes.ts'
import { fakeDriver, fakeWorld, THREE_ZONES, topologyOf } from './fake-driver.ts'

const random = () => seededRandom('selectors')

describe('the selector of brokers', () => {
  const world = fakeWorld()
  const nodesBy = async (selector: NodeSelector) =>
    (await chooseNodes(fakeDriver(world), selector, random())).nodes

  it('takes a broker by its number', async () => assert.deepEqual(await nodesBy({ node: 3 }), [3]))
  it('takes the brokers of a zone', async () => assert.deepEqual(await nodesBy({ zone: 'az-b' }), [2]))
  it('takes the active controller', async () => assert.deepEqual(await nodesBy('active-controller'), [1]))
  it('takes the leader of a partition as it is now', async () => {
    assert.deepEqual(await nodesBy({ 'leader-of': 'telemetry/1' }), [2])
    const without2 = fakeWorld()
    await fakeDriver(without2).processes?.kill(2)
    const chosen = await chooseNodes(fakeDriver(without2), { 'leader-of': 'telemetry/1' }, random())
    assert.deepEqual(chosen.nodes, [3])
  })
  it('draws so many brokers, or a share of them, or one', async () => {
    assert.equal(new Set(await nodesBy({ count: 2 })).size, 2)
    assert.equal((await nodesBy({ share: 0.67 })).length, 2)
    assert.equal((await nodesBy({ share: 0.01 })).length, 1)
    assert.equal((await nodesBy('random')).length, 1)
  })
  it('draws differently for different seeds', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 20 }, (_, seed) => chooseNodes(fakeDriver(world), 'random', seededRandom(seed))),
    )
    assert.ok(new Set(drawn.map(({ nodes }) => nodes[0])).size > 1)
  })
  it('refuses when nothing fits', async () => {
    const nobody = fakeDriver(fakeWorld(), { ...THREE_ZONES, nodes: [] })
    const selectors: NodeSelector[] = [{ node: 7 }, { 'leader-of': 'telemetry/99' }]
    for (const selector of selectors) await assert.rejects(nodesBy(selector), { code: 'refused' })
    await assert.rejects(chooseNodes(nobody, { zone: 'az-a' }, random()), { code: 'refused' })
  })
})

describe('the selector of links', () => {
  const both = { direction: 'both', traffic: 'all' } as const
  const linksBy = (selector: LinkSelector) =>
    chooseLinks(THREE_ZONES, selector, random()).links.map(link => linkId(link))

  it('takes both directions between a zone and the others, and nothing inside it', () => {
    const links = linksBy({ zone: 'az-c', ...both })
    assert.equal(links.length, 12)
    assert.ok(links.includes('az-c>1:client') && links.includes('az-a>3:replication'))
    assert.ok(!links.includes('az-c>3:client') && !links.includes('az-a>2:client'))
  })
  it('takes one direction', () => {
    assert.ok(linksBy({ zone: 'az-c', direction: 'in', traffic: 'all' }).every(link => link.includes('>3:')))
    assert.ok(
      linksBy({ zone: 'az-c', direction: 'out', traffic: 'all' }).every(link => link.startsWith('az-c>')),
    )
  })
  it('takes only what clients use, or only what brokers use', () => {
    const clients = linksBy({ zone: 'az-c', direction: 'both', traffic: 'clients' })
    assert.equal(clients.length, 4)
    assert.ok(clients.every(link => link.endsWith(':client')))
    const brokers = linksBy({ zone: 'az-c', direction: 'both', traffic: 'brokers' })
    assert.equal(brokers.length, 8)
    assert.ok(brokers.every(link => !link.endsWith(':client')))
  })
  it('takes a pair of zones, one way', () => {
    assert.deepEqual(linksBy({ from: 'az-a', to: 'az-b', traffic: 'clients' }), ['az-a>2:client'])
  })
  it('takes what leads to one broker from other zones', () => {
    assert.deepEqual(linksBy({ node: 2, traffic: 'clients' }), ['az-a>2:client', 'az-c>2:client'])
  })
  it('draws a zone', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seededRandom(seed))
    const zones = seeds.map(seed => chooseLinks(THREE_ZONES, { zone: 'random', ...both }, seed).zones[0])
    assert.ok(new Set(zones).size > 1)
  })
  it('refuses when nothing fits', () => {
    assert.throws(() => linksBy({ node: 7, traffic: 'all' }), { code: 'refused' })
  })
})

describe('the selector of gateways', () => {
  const gatewaysBy = async (gateways: unknown) => {
    const target = await faultOf('clients-crash').choose(fakeDriver(fakeWorld()), { gateways }, random())
    return (target as unknown as { gateways: string[] }).gateways
  }

  it('takes all, those of a zone, so many, or a share', async () => {
    assert.equal((await gatewaysBy('all')).length, 6)
    assert.deepEqual(await gatewaysBy({ zone: 'az-a' }), ['az-a-1', 'az-a-2'])
    assert.equal(new Set(await gatewaysBy({ count: 4 })).size, 4)
    assert.equal((await gatewaysBy({ share: 0.5 })).length, 3)
  })
  it('refuses when nothing fits', async () => {
    await assert.rejects(gatewaysBy({ zone: 'az-x' }), { code: 'refused' })
  })
})

describe('any selector on any topology', () => {
  const topology = fc
    .integer({ min: 1, max: 3 })
    .chain(zones =>
      fc
        .array(fc.integer({ min: 0, max: zones - 1 }), { minLength: 1, maxLength: 6 })
        .map(nodeZones => topologyOf(ZONES.slice(0, zones), nodeZones)),
    )
  const zone = fc.constantFrom(...ZONES)
  const traffic = fc.constantFrom('all', 'clients', 'brokers' as const)
  const node = fc.integer({ min: 1, max: 8 })
  const links: fc.Arbitrary<LinkSelector> = fc.oneof(
    fc.record({
      zone: fc.constantFrom(...ZONES, 'random' as const),
      direction: fc.constantFrom('both', 'in', 'out' as const),
      traffic,
    }),
    fc.record({ from: zone, to: zone, traffic }),
    fc.record({ node, traffic }),
  )
  const nodes: fc.Arbitrary<NodeSelector> = fc.oneof(
    fc.constantFrom('active-controller' as const, 'random' as const),
    fc.record({ node }),
    fc.record({ zone }),
    fc.record({ 'leader-of': fc.integer({ min: 0, max: 8 }).map(index => `telemetry/${index}`) }),
    fc.record({ count: node }),
    fc.record({ share: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
  )

  it('chooses links that exist, at least one, each once, or refuses', () => {
    fc.assert(
      fc.property(topology, links, fc.integer(), (where: Topology, selector, seed) => {
        const choice = unlessRefused(() => chooseLinks(where, selector, seededRandom(seed)))
        if (!choice) return
        assert.ok(choice.links.length > 0)
        assert.equal(new Set(choice.links.map(link => linkId(link))).size, choice.links.length)
        for (const link of choice.links) assert.ok(where.links.includes(link))
        for (const name of choice.zones) assert.ok(where.zones.includes(name))
        assert.deepEqual(chooseLinks(where, selector, seededRandom(seed)), choice)
      }),
    )
  })

  it('chooses brokers that exist, at least one, each once, or refuses', async () => {
    await fc.assert(
      fc.asyncProperty(topology, nodes, fc.integer(), async (where: Topology, selector, seed) => {
        const driver = fakeDriver(fakeWorld(where), where)
        const choose = () => chooseNodes(driver, selector, seededRandom(seed))
        const choice = await choose().catch((error: unknown) => unlessRefused(() => rethrow(error)))
        if (!choice) return
        assert.ok(choice.nodes.length > 0)
        assert.equal(new Set(choice.nodes).size, choice.nodes.length)
        for (const id of choice.nodes) assert.ok(where.nodes.some(candidate => candidate.id === id))
        for (const name of choice.zones) assert.ok(where.zones.includes(name))
        assert.deepEqual(await choose(), choice)
      }),
    )
  })
})

function unlessRefused<T>(choose: () => T): T | undefined {
  try {
    return choose()
  } catch (error) {
    if (error instanceof AftershockError && error.code === 'refused') return undefined
    throw error
  }
}

function rethrow(error: unknown): never {
  throw error
}
