import assert from 'node:assert/strict'
import { waitFor } from '../../chaos/core/wait.ts'
import { type AwsDriver, awsDriver } from '../../chaos/drivers/aws/aws-driver.ts'
import { type DeployedTunnels, findCluster, openTunnels } from '../../chaos/drivers/aws/deployed-cluster.ts'
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
    const cluster = await findCluster({ account, place: PLACE, login: null, clock: systemClock })
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
      const timers = await lab.machine(1).run('systemctl list-timers --no-legend aftershock-heal.timer')
      assert.match(timers, /aftershock-heal\.timer/)
      await processes().start(2)
      await answers(2)
      const after = await processes().look(2)
      assert.notEqual(after.process?.pid, before.process?.pid)
      assert.equal(await lab.machine(1).run('systemctl list-timers --no-legend aftershock-heal.timer'), '')
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

  it('heals a machine that nobody reaches any more, by the lease on it', async () => {
    await processes().kill(3)
    await lab.unplug(2, false)
    try {
      await waitFor('the lease to start the broker', async () => (await unitOf(3)) === 'active', {
        clock: systemClock,
        deadlineMs: 100_000,
        everyMs: 500,
      })
    } finally {
      await lab.unplug(2, true)
    }
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

  it('refuses what an ACL cannot do', async () => {
    const one = [{ from: 'az-c', to: 1, listener: 'client' as const }]
    await assert.rejects(links().cut(one, 'x', { mode: 'silent' }), /cuts a zone as a whole/)
    await assert.rejects(links().delay(one, 'x', { delayMs: 5, jitterMs: 0 }), /cuts a zone as a whole/)
  })
})
