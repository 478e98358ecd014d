import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import type { Link, Topology } from '../../../chaos/core/topology.ts'
import { zoneCutBy } from '../../../chaos/drivers/aws/aws-driver.ts'
import { bytesBetween } from '../../../chaos/drivers/aws/between-brokers.ts'
import type { DeployedCluster } from '../../../chaos/drivers/aws/deployed-cluster.ts'
import { LinkDeeds, rulesOf, zonesCutBy } from '../../../chaos/drivers/aws/link-deeds.ts'
import { NodeDeeds, tagOf } from '../../../chaos/drivers/aws/node-deeds.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { deployedInventory, memoryAccount } from './memory-account.ts'
import { randomInventory, touchable } from './random-inventory.ts'

const ZONES = ['az-a', 'az-b', 'az-c']
const nodes = ZONES.map((zone, index) => ({ id: index + 1, zone, host: `kafka-${index + 1}` }))
const links: Link[] = ZONES.flatMap(from =>
  nodes.flatMap(({ id, zone }) => [
    { from, to: id, listener: 'client' as const },
    ...(zone === from ? [] : [{ from, to: id, listener: 'replication' as const }]),
  ]),
)
const topology: Topology = { zones: ZONES, nodes, links }
const machineOf = new Map(nodes.map(({ id, host }) => [id, host]))
const cluster = { topology, machineOf } as unknown as DeployedCluster
const pick = (from: string, to: number, listener: Link['listener']) => ({ from, to, listener })

function made(inventory = deployedInventory()) {
  const clock = new VirtualClock()
  const account = memoryAccount(inventory)
  const options = {
    account,
    environment: inventory.environment,
    clock,
    permit: async () => {},
    leaseMs: 90_000,
  }
  const nodeDeeds = new NodeDeeds(options)
  const deeds = new LinkDeeds({ cluster, deeds: nodeDeeds, look: () => account.inventory('kafka') })
  return { account, deeds, nodes: nodeDeeds, run: <T>(work: Promise<T>) => clock.run(work) }
}

describe('what is done to single links in an account', () => {
  it('is done at the end that is dialled, by who dials and which port', () => {
    const rules = rulesOf(
      [pick('az-c', 1, 'client'), pick('az-b', 1, 'replication'), pick('az-c', 2, 'client')],
      deployedInventory(),
      cluster,
      false,
    )
    assert.deepEqual(
      [...rules],
      [
        ['kafka-1', ['10.0.5.0/24=9092', '10.0.1.0/24=9094']],
        ['kafka-2', ['10.0.5.0/24=9092']],
      ],
    )
  })

  it('is done at both ends where bytes of both directions are meant', () => {
    const rules = rulesOf([pick('az-b', 1, 'replication')], deployedInventory(), cluster, true)
    assert.deepEqual(
      [...rules],
      [
        ['kafka-1', ['10.0.1.0/24=9094']],
        ['kafka-2', ['10.0.0.1/32>9094']],
        ['controller-2', ['10.0.0.1/32>9094']],
      ],
    )
  })

  it('hands the document no more than it knows, and a lease with each deed', async () => {
    const { account, deeds, run } = made()
    await run(deeds.do([pick('az-c', 1, 'client')], 'slow', { mode: 'reset', afterMs: 500, share: 0.25 }))
    await run(deeds.clear([pick('az-c', 1, 'client')], 'slow'))
    const [first, ...others] = account.documents
    assert.deepEqual(first, [
      'aftershock-kafka-node',
      'i-kafka-1',
      {
        Deed: 'link',
        LeaseSeconds: '90',
        Tag: 'link-slow',
        Links: '10.0.5.0/24=9092',
        Mode: 'reset',
        Milliseconds: '500',
        Share: '250000',
      },
    ])
    assert.ok(others.every(([, , { Deed, Tag }]) => Deed === 'clear' && Tag === 'link-slow'))
  })

  it('is refused where who dials, or who is dialled, may not be touched, before anything is done', async () => {
    const whole = deployedInventory()
    const locked = {
      ...whole,
      subnets: whole.subnets.map(one => ({ ...one, tags: { ...one.tags, 'chaos-ready': 'false' } })),
    }
    const place = made(locked)
    const cut = place.deeds.do([pick('az-c', 1, 'client')], 'cut', { mode: 'drop' })
    await assert.rejects(place.run(cut), /tags: no subnet of clients in az-c/)
    assert.deepEqual(place.account.written, [])
    const machines = whole.machines.map(one => ({ ...one, tags: { ...one.tags, environment: 'theirs' } }))
    const theirs = made({ ...whole, machines })
    await assert.rejects(
      theirs.run(theirs.deeds.do([pick('az-c', 1, 'client')], 'cut', { mode: 'drop' })),
      /tags: there is no machine kafka-1/,
    )
    assert.deepEqual(theirs.account.written, [])
  })

  it('leaves machines alone that do not run when it is healed: what was there is gone', async () => {
    const whole = deployedInventory()
    const machines = whole.machines.map(one => (one.id === 'i-kafka-1' ? { ...one, state: 'stopped' } : one))
    const { account, deeds, run } = made({ ...whole, machines })
    await run(deeds.clear([pick('az-a', 1, 'replication'), pick('az-a', 2, 'replication')], 'cut'))
    assert.ok(account.documents.length > 0)
    assert.ok(account.documents.every(([, machine]) => machine !== 'i-kafka-1'))
  })

  it('never has anything done on a machine without the tags of this environment', async () => {
    const names = fc.constantFrom('kafka-1', 'kafka-2', 'controller-1', 'database')
    const some = fc.subarray(links, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(randomInventory, some, names, fc.boolean(), async (inventory, chosen, name, both) => {
        const { account, deeds, nodes: alone, run } = made(inventory)
        const damage = both ? ({ mode: 'narrow', bytesPerSecond: 9 } as const) : ({ mode: 'drop' } as const)
        for (const work of [
          () => deeds.do(chosen, 'cut', damage),
          () => deeds.clear(chosen, 'cut'),
          () => alone.do({ deed: 'wipe' }, name, 1000),
          () => alone.do({ deed: 'heal' }, name, 1000),
        ])
          await run<unknown>(work()).catch((error: unknown) => {
            assert.ok(error instanceof AftershockError && error.code === 'refused', String(error))
          })
        const allowed = touchable(inventory)
        assert.deepEqual(
          account.written.filter(id => !allowed.includes(id)),
          [],
        )
      }),
      { numRuns: 200 },
    )
  })

  it('has a name for each fault that a table and a unit can have, and no two the same', () => {
    assert.equal(tagOf('zone-cut-2'), 'link-zone-cut-2')
    const [one, two] = ['a'.repeat(60), `${'a'.repeat(59)}b`].map(tagOf)
    assert.match(one ?? '', /^link-[a-z0-9-]{1,35}$/)
    assert.notEqual(one, two)
  })
})

describe('how far a cut of links reaches', () => {
  const home = (id: number) => nodes.find(node => node.id === id)?.zone
  const whole = links.filter(({ from, to }) => (from === 'az-b') !== (home(to) === 'az-b'))

  it('counts a zone as away that loses all of one kind that comes in or goes out, and no other', () => {
    assert.deepEqual(zonesCutBy(whole, topology), ['az-b'])
    const into = whole.filter(({ to, listener }) => home(to) === 'az-b' && listener === 'replication')
    assert.deepEqual(zonesCutBy(into, topology), ['az-b'])
    assert.deepEqual(zonesCutBy([pick('az-a', 2, 'client')], topology), [])
    assert.deepEqual(zonesCutBy(links, topology), ZONES)
  })

  it('is by network ACL only where it is a whole zone', () => {
    assert.equal(zoneCutBy(whole, topology), 'az-b')
    assert.equal(zoneCutBy(whole.slice(1), topology), null)
    assert.equal(zoneCutBy([], topology), null)
  })
})

describe('what brokers say to each other, as their machines count it', () => {
  const addressOf = new Map([
    [1, '10.0.0.1'],
    [2, '10.0.1.1'],
    [3, '10.0.2.1'],
  ])
  const agent = (bytes: Record<string, number> | null) =>
    ({
      bytes: () => (bytes === null ? Promise.reject(new Error('silent')) : Promise.resolve(bytes)),
    }) as never
  const between = (agents: readonly (Record<string, number> | null)[]) =>
    bytesBetween({
      ...cluster,
      addressOf,
      hasOwnVoters: true,
      agentOf: new Map(agents.map((bytes, index) => [index + 1, agent(bytes)])),
    } as Partial<DeployedCluster> as DeployedCluster)

  it('is counted where it arrives: at the broker what was asked, at who asked what came back', async () => {
    const all = await between([
      { 'in 9094 10.0.1.1': 100, 'back 9094 10.0.1.1': 7000 },
      { 'in 9094 10.0.0.1': 50, 'back 9094 10.0.0.1': 900, 'in 9092 10.0.0.1': 1 },
      {},
    ])
    assert.deepEqual(all['az-b>1:replication'], [100, 900])
    assert.deepEqual(all['az-a>2:replication'], [50, 7000])
    assert.deepEqual(all['az-c>1:replication'], [0, 0])
    assert.equal(Object.keys(all).length, 6)
  })

  it('is not known of links with an end that does not say, and never 0 there', async () => {
    const all = await between([{}, null, {}])
    assert.deepEqual(Object.keys(all).toSorted(), ['az-a>3:replication', 'az-c>1:replication'])
  })
})
