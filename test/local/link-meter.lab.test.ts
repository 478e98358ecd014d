import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, createConnection, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { type Link, type LinkId, linkId } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { removeLab, type StartedLab, startLab, stopBrokers } from '../../chaos/drivers/local/lab/lab.ts'
import { type LabLayout, labLayout, toxiproxyConfig } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { finalTotals, type LinkBytes, LinkMeter } from '../../chaos/drivers/link-meter.ts'
import { localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { identityOf } from '../../chaos/machine/process-table.ts'
import { ensureToxiproxy } from '../../chaos/drivers/local/setup/toxiproxy.ts'
import { KafkaSession } from '../../chaos/replay/kafka-session.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { testSoftware } from './test-lab.ts'

/** A block of its own: other tests may have a lab up. */
const BLOCK = 2
const MB = 1_000_000
/** What a meter may be off the payload: beside it there is only what opens and ends a connection. */
const TOLERANCE = 0.02

const soon = { clock: systemClock, deadlineMs: 15_000, everyMs: 20 }

/** A node that answers eight digits with as many bytes, and takes whatever comes after them. */
async function startNode(host: string, port: number): Promise<Server> {
  const server = createServer(socket => {
    socket.once('data', first => {
      socket.write(Buffer.alloc(Number(first.subarray(0, 8).toString())))
      socket.resume()
    })
    socket.on('error', () => {})
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

interface Payload {
  readonly link: Link
  readonly connections: number
  /** Of each connection. */
  readonly toNode: number
  readonly back: number
}

/** Resolves once each side has all that the other sent; the connections stay open. */
async function move(layout: LabLayout, { link, connections, toNode, back }: Payload): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const { host, port } = layout.addressOf(link)
      const socket = createConnection({ host, port })
      await once(socket, 'connect')
      let received = 0
      const all = new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        socket.on('data', chunk => {
          received += chunk.length
          if (received === back) resolve()
        })
      })
      const body = Buffer.alloc(toNode)
      body.write(String(back).padStart(8, '0'))
      await new Promise(resolve => socket.write(body, resolve))
      await all
      return socket
    }),
  )
}

const PAYLOADS: readonly Payload[] = [
  {
    link: { from: 'az-a', to: 2, listener: 'client' },
    connections: 4,
    toNode: 3 * MB,
    back: MB,
  },
  {
    link: { from: 'az-c', to: 1, listener: 'replication' },
    connections: 3,
    toNode: 200_000,
    back: 2 * MB,
  },
]

const within = (found: number | undefined, payload: number): boolean =>
  found !== undefined && Math.abs(found / payload - 1) <= TOLERANCE

function agrees(meter: LinkBytes, { link, connections, toNode, back }: Payload, what: string): void {
  const [to, from] = meter[linkId(link)] ?? []
  const sent = [connections * toNode, connections * back] as const
  assert.ok(within(to, sent[0]), `${what}, ${linkId(link)}: ${to} towards the node, ${sent[0]} were sent`)
  assert.ok(within(from, sent[1]), `${what}, ${linkId(link)}: ${from} back, ${sent[1]} were sent`)
}

describe('the meters of links against a payload that is known', function () {
  this.timeout(60_000)
  const root = mkdtempSync(join(tmpdir(), 'aftershock-meter-'))
  const layout = labLayout(BLOCK, root)
  const servers: Server[] = []
  let toxiproxy: ChildProcess | undefined
  let open: Socket[] = []

  before(async () => {
    const progress = (line: string) => void process.stderr.write(`    ${line}\n`)
    const { binary } = await ensureToxiproxy({ env: process.env, clock: systemClock, progress })
    const config = join(root, 'toxiproxy.json')
    writeFileSync(config, JSON.stringify(toxiproxyConfig(layout)))
    const { host, port } = layout.addresses.toxiproxy
    const args = [`-host=${host}`, `-port=${port}`, `-config=${config}`, '-proxy-metrics']
    toxiproxy = spawn(binary, args, { stdio: 'ignore' })
    for (const { link } of PAYLOADS) {
      const { port: listener } = layout.addressOf(link)
      servers.push(await startNode(layout.addresses.nodes[link.to - 1] as string, listener))
    }
    const ready = async () => (await fetch(`${layout.toxiproxyApi}/proxies`)).ok
    await waitFor('the links to be up', () => ready().catch(() => false), soon)
  })
  after(async () => {
    for (const socket of open) socket.destroy()
    for (const server of servers) server.close()
    if (toxiproxy?.exitCode === null) {
      toxiproxy.kill()
      await once(toxiproxy, 'exit')
    }
    rmSync(root, { recursive: true, force: true })
  })

  it('agree with it within 2%, live while connections are open and exactly when they have ended', async () => {
    const meter = new LinkMeter(layout, true)
    open = (await Promise.all(PAYLOADS.map(payload => move(layout, payload)))).flat()
    // The last bytes back count once their acknowledgement has come, which may take the kernel a moment.
    const isWhole = async () => {
      const live = await meter.sample()
      return PAYLOADS.every(({ link, connections, back }) =>
        within(live[linkId(link)]?.[1], connections * back),
      )
    }
    await waitFor('the kernel to have every acknowledgement', isWhole, soon)
    const live = await meter.sample()
    for (const payload of PAYLOADS) agrees(live, payload, 'live')

    for (const socket of open) socket.destroy()
    const exact = await finalTotals(layout, systemClock)
    for (const payload of PAYLOADS) agrees(exact, payload, 'exact')
    // What nothing went over stays at zero in both.
    assert.deepEqual(
      [live['az-b>3:client'], exact['az-b>3:client']],
      [
        [0, 0],
        [0, 0],
      ],
    )
  })

  it('differ by what came and went between two samples: only the exact one has that', async () => {
    const [payload] = PAYLOADS as [Payload]
    const meter = new LinkMeter(layout, false)
    await meter.sample()
    const before = await finalTotals(layout, systemClock)
    for (const socket of await move(layout, payload)) socket.destroy()
    const exact = await finalTotals(layout, systemClock)
    const id = linkId(payload.link)
    assert.deepEqual((await meter.sample())[id], [0, 0])
    const moved = (direction: 0 | 1) => (exact[id]?.[direction] ?? 0) - (before[id]?.[direction] ?? 0)
    assert.ok(within(moved(0), payload.connections * payload.toNode), `${moved(0)} towards the node`)
    assert.ok(within(moved(1), payload.connections * payload.back), `${moved(1)} back`)
  })
})

describe('the meters of links against records that Kafka carries', function () {
  this.timeout(180_000)
  const root = mkdtempSync(join(tmpdir(), 'aftershock-meter-'))
  const dir = join(root, 'lab')
  let lab: StartedLab | undefined

  before(async () => {
    const user = identityOf(process.pid) as ProcessIdentity
    const software = await testSoftware()
    lab = await startLab({
      block: BLOCK,
      dir,
      kind: 'run',
      timeouts: 'tuned',
      user,
      software,
      clock: systemClock,
    })
  })
  after(async () => {
    await removeLab(dir, systemClock)
    rmSync(root, { recursive: true, force: true })
  })

  it('agree within 2% on the way to the leader, and on the way to each follower', async () => {
    assert.ok(lab)
    const { layout } = lab
    const session = new KafkaSession(
      { zone: 'az-a', topology: layout.topology, dial: layout.dial },
      'meter',
      0,
      5,
    )
    const admin = session.kafka.admin()
    await admin.connect()
    // Led from another zone than the producer's, so that what it sends crosses.
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: 'load', replicaAssignment: [{ partition: 0, replicas: [2, 1, 3] }] }],
    })
    await admin.disconnect()
    using driver = localDriver(lab)
    const hasAll = async () => {
      const load = (await driver.cluster.describe()).partitions['load/0']
      return load?.leader === 2 && load.isr.length === 3
    }
    await waitFor('every replica to be in sync', hasAll, { ...soon, deadlineMs: 60_000, everyMs: 200 })

    const meter = new LinkMeter(layout, true)
    const earlier = await meter.sample()
    const producer = session.kafka.producer({ retry: { retries: 20 } })
    await producer.connect()
    const messages = Array.from({ length: 90 }, () => ({ key: 'k', value: Buffer.alloc(10_000, 'v') }))
    const requests = 22
    for (let sent = 0; sent < requests; sent++) await producer.send({ topic: 'load', acks: -1, messages })
    const live = await meter.sample()
    await producer.disconnect()
    session.destroy()
    await stopBrokers(lab)
    const exact = await finalTotals(layout, systemClock)

    const payload = requests * messages.length * 10_001
    const produced = linkId({ from: 'az-a', to: 2, listener: 'client' })
    const ways: readonly (readonly [id: LinkId, direction: 0 | 1])[] = [
      [produced, 0],
      ...(['az-a', 'az-c'] as const).map(
        from => [linkId({ from, to: 2, listener: 'replication' }), 1] as const,
      ),
    ]
    for (const [id, direction] of ways) {
      const total = exact[id]?.[direction] ?? 0
      assert.ok(
        within(total, payload),
        `exact, ${id}: ${total} of ${payload}, ×${(total / payload).toFixed(4)}`,
      )
      const since = (live[id]?.[direction] ?? 0) - (earlier[id]?.[direction] ?? 0)
      assert.ok(
        within(since, payload),
        `live, ${id}: ${since} of ${payload}, ×${(since / payload).toFixed(4)}`,
      )
    }
  })
})
