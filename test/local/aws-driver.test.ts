import assert from 'node:assert/strict'
import { type Link, linkId } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { type AwsDriver, awsDriver } from '../../chaos/drivers/aws/aws-driver.ts'
import { type DeployedTunnels, findCluster, openTunnels } from '../../chaos/drivers/aws/deployed-cluster.ts'
import { overNetwork } from '../../chaos/drivers/aws/reach/reach.ts'
import { AwsHands } from '../../chaos/drivers/aws/hands.ts'
import { NodeDeeds } from '../../chaos/drivers/aws/node-deeds.ts'
import { sdkAccount } from '../../chaos/drivers/aws/sdk-account.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { DeployedLab } from './deployed-lab.ts'
import { MOTO_ACCOUNT, pythonTools } from './moto.ts'
import { noSystemd } from './systemd-machine.ts'
import { noNamespaces } from './zone-network.ts'

const PLACE = {
  environment: 'mine',
  account: MOTO_ACCOUNT,
  region: 'eu-west-1',
  zones: ['az-a', 'az-b', 'az-c'],
  window: null,
}

/** Each deed on machines with a systemd, in subnets that are namespaces; brokers are stand-ins that only answer. */
describe('the driver of a deployed environment', function () {
  this.timeout(240_000)
  let lab: DeployedLab
  let driver: AwsDriver
  let ways: DeployedTunnels
  let account: Awaited<ReturnType<typeof sdkAccount>>
  const kept = { ...process.env }

  before(async function () {
    const tools = pythonTools('moto_server')
    const missing = typeof tools === 'string' ? tools : (noSystemd() ?? noNamespaces())
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`the driver of a deployed environment: skipped, because ${missing}\n`)
      this.skip()
    }
    lab = await DeployedLab.start(tools, 'stand-in')
    for (const [name, value] of Object.entries(lab.env))
      if (name.startsWith('AWS_')) process.env[name] = value
    account = await sdkAccount('eu-west-1', systemClock)
    const cluster = await findCluster({
      account,
      place: PLACE,
      login: null,
      reach: overNetwork,
      clock: systemClock,
    })
    ways = await openTunnels(cluster)
    const permit = async () => {}
    driver = awsDriver({
      cluster,
      ways,
      hands: new AwsHands({ account, environment: 'mine', clock: systemClock, permit }),
      deeds: new NodeDeeds({ account, environment: 'mine', clock: systemClock, permit, leaseMs: 60_000 }),
      login: null,
      clock: systemClock,
      cut: 'cut',
      usesStore: true,
      held: () => new Set(),
      topics: null,
    })
  })
  after(async () => {
    driver?.[Symbol.dispose]()
    await ways?.tunnels[Symbol.asyncDispose]()
    account?.[Symbol.dispose]()
    await lab?.[Symbol.asyncDispose]()
    for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name]
    Object.assign(process.env, kept)
  })
  afterEach(async () => {
    for (const node of [1, 2, 3]) await processes().start(node)
    await answers(1, 2, 3)
  })

  const processes = () => driver.processes as NonNullable<AwsDriver['processes']>
  const links = () => driver.links as NonNullable<AwsDriver['links']>
  const answers = async (...nodes: readonly number[]) => {
    for (const node of nodes)
      await waitFor(
        `broker ${node} to answer`,
        async () => (await processes().look(node)).answer === 'answered',
        {
          clock: systemClock,
          deadlineMs: 60_000,
        },
      )
  }
  const unitOf = (node: number) =>
    lab.machine(node - 1).run('systemctl show aftershock-node -p ActiveState --value')

  it('has the topology that the brokers say, in the zones of their machines', () => {
    assert.deepEqual(
      driver.topology.nodes.map(({ id, zone, host }) => [id, zone, host]),
      [
        [1, 'az-a', 'kafka-1.mine.internal'],
        [2, 'az-b', 'kafka-2.mine.internal'],
        [3, 'az-c', 'kafka-3.mine.internal'],
      ],
    )
    assert.equal(driver.topology.links.length, 9 + 2 * 6)
  })

  for (const deed of ['kill', 'stop'] as const)
    it(`${deed}s a broker, which systemd would start again, and holds it until it is healed`, async () => {
      const before = await processes().look(2)
      assert.equal(before.state, 'running')
      if (deed === 'kill') await processes().kill(2)
      else await processes().stop(2, 30_000)
      const during = await processes().look(2)
      assert.deepEqual([during.state, during.answer], ['absent', 'refused'])
      assert.match(await unitOf(2), /^(failed|inactive)$/)
      const timers = await lab.machine(1).run('systemctl list-timers --no-legend aftershock-heal-unit.timer')
      assert.match(timers, /aftershock-heal-unit\.timer/)
      await processes().start(2)
      await answers(2)
      const after = await processes().look(2)
      assert.notEqual(after.process?.pid, before.process?.pid)
      assert.equal(await lab.machine(1).run("systemctl list-timers --no-legend 'aftershock-heal-*'"), '')
    })

  it('freezes a broker, which lives and says nothing, and lets it go on', async () => {
    const before = await processes().look(1)
    await processes().pause(1)
    const during = await processes().look(1)
    assert.deepEqual([during.state, during.answer, during.process], ['stopped', 'silent', before.process])
    await processes().resume(1)
    await answers(1)
    assert.deepEqual((await processes().look(1)).process, before.process)
  })

  it('heals a machine that nobody reaches any more, by the lease of each fault on it', async () => {
    await processes().kill(3)
    await links().cut([{ from: 'az-a', to: 3, listener: 'client' }], 'leased', { mode: 'silent' })
    assert.deepEqual((await lab.agent(2).look()).faults, ['link-leased', 'unit'])
    await lab.unplug(2, false)
    try {
      await waitFor('the lease to start the broker', async () => (await unitOf(3)) === 'active', {
        clock: systemClock,
        deadlineMs: 100_000,
        everyMs: 500,
      })
      const tables = async () => (await lab.machine(2).run('nft list tables')) === ''
      await waitFor('the lease to take the rules away', tables, { clock: systemClock, deadlineMs: 60_000 })
    } finally {
      await lab.unplug(2, true)
    }
    assert.deepEqual((await lab.agent(2).look()).faults, [])
  })

  it('wipes the disk of a broker that is held down, and of no other', async () => {
    const disks = driver.disks as NonNullable<AwsDriver['disks']>
    const before = await disks.look(1)
    assert.ok(before.directoryId !== null && before.segmentBytes === 1000, JSON.stringify(before))
    await assert.rejects(disks.wipe(1), /the node is not held/)
    assert.deepEqual(await disks.look(1), before)
    await processes().kill(1)
    await disks.wipe(1)
    const after = await disks.look(1)
    assert.deepEqual([after.clusterId, after.segmentBytes], [before.clusterId, 0])
    assert.notEqual(after.directoryId, before.directoryId)
  })

  it('takes the way to the object store from the brokers of a zone, and counts who tries it in vain', async () => {
    const store = driver.objectStore as NonNullable<AwsDriver['objectStore']>
    const asks = async (zone: string) => {
      const { outcome, status } = await store.request(zone, 'GetObject', 1500)
      return `${outcome} ${status}`
    }
    assert.deepEqual([await asks('az-a'), await asks('az-b')], ['answered 404', 'answered 404'])
    await store.cut(['az-b'], 'no-store', { mode: 'silent' })
    await waitFor('the route to be gone', async () => (await asks('az-b')) === 'silent null', {
      clock: systemClock,
      deadlineMs: 20_000,
    })
    assert.equal(await asks('az-a'), 'answered 404')
    assert.equal((await store.past('az-b', 'GetObject', 1500)).status, 404)
    assert.deepEqual(
      await store.injected('no-store'),
      { 'az-b': 0 },
      'our own questions are not the platform’s',
    )
    const { host, port } = lab.storeAddress
    const trying = lab.machine(1).run(`timeout 8 bash -c '</dev/tcp/${host}/${port}' || true`)
    await waitFor('a try in vain', async () => (await store.injected('no-store'))['az-b'] === 1, {
      clock: systemClock,
      deadlineMs: 8000,
    })
    await trying
    await assert.rejects(store.cut(['az-a', 'az-c'], 'two', { mode: 'silent' }), /one zone is the limit/)
    await Promise.all([store.clear(['az-b'], 'no-store'), store.clear(['az-b'], 'no-store')])
    await waitFor('the route to be back', async () => (await asks('az-b')) === 'answered 404', {
      clock: systemClock,
      deadlineMs: 20_000,
    })
    assert.deepEqual(await store.injected('no-store'), { 'az-b': 1 })
  })

  const OUT = { from: 'az-c', to: 1, listener: 'client' } as const
  const BESIDE = { from: 'az-b', to: 1, listener: 'client' } as const
  const BETWEEN = { from: 'az-c', to: 1, listener: 'replication' } as const
  const BACK = { from: 'az-a', to: 3, listener: 'client' } as const
  const outcome = async (link: Link) => (await links().roundTrip(link, 1500)).outcome
  const rules = async (index: number) =>
    `${await lab.machine(index).run('nft list tables')}${await lab.machine(index).run('tc qdisc show dev eth0 root')}`
  const isWhole = async () => {
    for (const index of [0, 1, 2]) {
      assert.doesNotMatch(await rules(index), /aftershock|htb/)
      assert.deepEqual((await lab.agent(index).look()).faults, [])
    }
  }

  for (const mode of ['silent', 'refuse'] as const)
    it(`cuts one direction between two zones, ${mode}, on old and new connections, and nothing else`, async () => {
      const old = links().connect(OUT)
      assert.equal((await old?.ask(0, 2000))?.outcome, 'answered')
      await links().cut([OUT], 'one-way', { mode })
      const expected = mode === 'silent' ? 'silent' : 'refused'
      assert.equal(await outcome(OUT), expected)
      assert.notEqual((await old?.ask(0, 1000))?.outcome, 'answered')
      for (const link of [BESIDE, BETWEEN, BACK]) assert.equal(await outcome(link), 'answered', linkId(link))
      assert.equal((await links().past(OUT, 0, 2000)).outcome, 'answered')
      // Another fault on the same link, which is healed first, takes nothing of it away.
      await links().cut([OUT, BETWEEN], 'other', { mode: 'silent' })
      assert.equal(await outcome(BETWEEN), 'silent')
      await links().clear([OUT, BETWEEN], 'other')
      assert.equal(await outcome(BETWEEN), 'answered')
      assert.equal(await outcome(OUT), expected)
      await links().clear([OUT], 'one-way')
      await links().clear([OUT], 'one-way')
      assert.equal(await outcome(OUT), 'answered')
      await isWhole()
    })

  it('resets connections a while after they began, as many as it is told, and none of other links', async () => {
    await links().reset([OUT], 'resets', { afterMs: 500, share: 1 })
    const all = await links().idle(OUT, 8, 1500)
    assert.deepEqual(all, { opened: 8, ended: 8 })
    assert.equal((await links().idle(BESIDE, 8, 1500)).ended, 0)
    await links().clear([OUT], 'resets')
    assert.equal((await links().idle(OUT, 8, 1500)).ended, 0)
    await links().reset([OUT], 'half', { afterMs: 300, share: 0.5 })
    const { ended } = await links().idle(OUT, 40, 1300)
    assert.ok(ended > 5 && ended < 35, `${ended} of 40`)
    await links().clear([OUT], 'half')
    await isWhole()
  })

  it('narrows a link both ways, on old and new connections, and no other', async () => {
    const old = links().connect(OUT)
    assert.equal((await old?.ask(0, 2000))?.outcome, 'answered')
    await links().narrow([OUT], 'narrow', { bytesPerSecond: 50_000 })
    const slow = await links().transfer(OUT, 100_000, 20_000)
    assert.ok(slow.outcome === 'answered' && slow.ms > 1200, JSON.stringify(slow))
    const held = await old?.ask(100_000, 20_000)
    assert.ok(held?.outcome === 'answered' && held.ms > 1200, JSON.stringify(held))
    // What goes through the narrow class is the link's, and what goes over another one is not.
    const through = async () => {
      const shown = await lab.gateway(2).run('tc -s class show dev eth0')
      return Number(/Sent (\d+) bytes/.exec(shown)?.[1] ?? Number.NaN)
    }
    const [sent, other] = [await through(), { from: 'az-c', to: 2, listener: 'client' } as const]
    assert.ok(sent >= 200_000, `${sent} bytes`)
    assert.equal((await links().transfer(other, 100_000, 20_000)).outcome, 'answered')
    assert.ok((await through()) - sent < 50_000, `${await through()} bytes, of ${sent}`)
    await links().clear([OUT], 'narrow')
    assert.equal((await links().transfer(OUT, 100_000, 20_000)).outcome, 'answered')
    assert.doesNotMatch(await lab.gateway(2).run('tc qdisc show dev eth0'), /htb/)
    old?.close()
    await isWhole()
  })

  it('delays a link, or says that the kernel cannot and leaves nothing', async function () {
    const hasNetem = await lab
      .machine(0)
      .run('tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root')
      .then(
        () => true,
        () => false,
      )
    if (!hasNetem) {
      await assert.rejects(links().delay([OUT], 'late', { delayMs: 200, jitterMs: 0 }), /has no netem/)
      await isWhole()
      process.stderr.write('a delayed link: skipped, because this kernel has no sch_netem\n')
      return this.skip()
    }
    await links().delay([OUT], 'late', { delayMs: 200, jitterMs: 0 })
    const late = await links().roundTrip(OUT, 5000)
    assert.ok(late.outcome === 'answered' && late.ms >= 200, JSON.stringify(late))
    await links().clear([OUT], 'late')
    assert.equal(await outcome(OUT), 'answered')
    await isWhole()
  })

  it('cuts a zone off, on connections of before too, proves it past the cut, and heals it twice', async () => {
    const topology = driver.topology
    const cut = topology.links.filter(
      ({ from, to }) => (from === 'az-c') !== (topology.nodes.find(({ id }) => id === to)?.zone === 'az-c'),
    )
    const inside = { from: 'az-c', to: 3, listener: 'client' as const }
    const out = { from: 'az-c', to: 1, listener: 'client' as const }
    const between = { from: 'az-a', to: 3, listener: 'replication' as const }
    const old = links().connect(out)
    assert.equal((await old?.ask(0, 2000))?.outcome, 'answered')
    await links().cut(cut, 'cut', { mode: 'silent' })
    await waitFor(
      'the router to do what the ACL says',
      async () => (await links().roundTrip(between, 1000)).outcome === 'silent',
      { clock: systemClock, deadlineMs: 20_000 },
    )
    assert.equal((await old?.ask(0, 1000))?.outcome, 'silent')
    assert.equal((await links().roundTrip(out, 1000)).outcome, 'silent')
    assert.equal((await links().roundTrip(inside, 2000)).outcome, 'answered')
    for (const link of [out, between]) assert.equal((await links().past(link, 0, 2000)).outcome, 'answered')
    assert.equal((await processes().look(3)).answer, 'answered')
    await Promise.all([links().clear(cut, 'cut'), links().clear(cut, 'cut')])
    await waitFor(
      'both ways again',
      async () => (await links().roundTrip(out, 1000)).outcome === 'answered',
      {
        clock: systemClock,
        deadlineMs: 20_000,
      },
    )
    assert.equal((await links().roundTrip(between, 2000)).outcome, 'answered')
  })

  it('refuses links that would take two zones away', async () => {
    const into = driver.topology.links.filter(({ to, listener }) => listener === 'client' && to !== 1)
    await assert.rejects(
      links().cut(into, 'two', { mode: 'silent' }),
      /zones: it takes az-a and az-b and az-c, and one zone is the limit/,
    )
    await isWhole()
  })
})
