import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { type Link, linkId } from '../../chaos/core/topology.ts'
import { clientLinks } from '../../chaos/drivers/attach/client-links.ts'
import { type ClientProxies, startClientProxies } from '../../chaos/drivers/attach/client-proxies.ts'
import { type DiscoveredCluster, discoverCluster } from '../../chaos/drivers/attach/discovered-cluster.ts'
import type { Links } from '../../chaos/drivers/driver.ts'
import { LinkMeter } from '../../chaos/drivers/link-meter.ts'
import { frame, int32, string } from '../../chaos/kafka/wire.ts'
import { findAlive } from '../../chaos/machine/process-table.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { testSoftware } from './test-lab.ts'

const METADATA = 3
const NO_RACK = Buffer.from([0xff, 0xff])

/** Two questions of a broker's: who the brokers are (two of them, at this very port and another), and ApiVersions. */
async function answeringServer(): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', question => {
      const { port } = server.address() as AddressInfo
      const broker = (id: number, at: number) => [int32(id), string('127.0.0.1'), int32(at), NO_RACK]
      const brokers = [int32(1), int32(0), int32(2), ...broker(7, port), ...broker(4, port + 1)]
      const isMetadata = question.readInt16BE(4) === METADATA
      socket.write(
        frame(
          Buffer.concat(
            isMetadata
              ? [...brokers, string('a-cluster'), int32(4), int32(0)]
              : [int32(1), Buffer.from([0, 0]), int32(0)],
          ),
        ),
      )
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  return server
}

describe('the way of clients to a cluster that is there, through a real Toxiproxy', function () {
  this.timeout(60_000)
  const runDir = mkdtempSync(join(tmpdir(), 'aftershock-attach-'))
  let server: Server
  let cluster: DiscoveredCluster
  let proxies: ClientProxies
  let links: Links
  const link: Link = { from: 'az-b', to: 7, listener: 'client' }

  before(async () => {
    mkdirSync(join(runDir, 'logs'))
    server = await answeringServer()
    const { port } = server.address() as AddressInfo
    cluster = await discoverCluster([{ host: '127.0.0.1', port }], null, systemClock)
    const { binary } = (await testSoftware()).toxiproxy
    const { topology } = cluster
    proxies = await startClientProxies({ binary, topology, runDir, clock: systemClock, onStart: () => {} })
    links = clientLinks(proxies, null, systemClock)
  })
  after(async () => {
    await proxies?.end()
    server?.close()
    rmSync(runDir, { recursive: true, force: true })
  })

  it('is what the brokers say of themselves, also where they share a host', () => {
    const { port } = server.address() as AddressInfo
    assert.equal(cluster.clusterId, 'a-cluster')
    assert.deepEqual(
      cluster.topology.nodes.map(({ id, host, port: at, zone }) => [id, host, at, zone]),
      [
        [4, '127.0.0.1', port + 1, 'az-a'],
        [7, '127.0.0.1', port, 'az-b'],
      ],
    )
    assert.equal(new Set(cluster.topology.links.map(one => proxies.addressOf(one).port)).size, 6)
  })

  it('is slowed, cut both ways and healed, on one link and past no other', async () => {
    const other: Link = { ...link, from: 'az-c' }
    await links.delay([link], 'slow', { delayMs: 300, jitterMs: 0 })
    assert.ok((await links.roundTrip(link, 3000)).ms >= 290)
    await links.clear([link], 'slow')
    await links.cut([link], 'silent', { mode: 'silent' })
    assert.equal((await links.roundTrip(link, 300)).outcome, 'silent')
    assert.equal((await links.roundTrip(other, 3000)).outcome, 'answered')
    assert.equal((await links.past(link, 0, 3000)).outcome, 'answered')
    await links.clear([link], 'silent')
    await links.cut([link], 'refused', { mode: 'refuse' })
    assert.equal((await links.roundTrip(link, 3000)).outcome, 'refused')
    await links.clear([link], 'refused')
    assert.equal((await links.roundTrip(link, 3000)).outcome, 'answered')
  })

  it('is reset, and seen by connections that die', async () => {
    assert.deepEqual(await links.idle(link, 3, 200), { opened: 3, ended: 0 })
    await links.reset([link], 'reset', { afterMs: 50, share: 1 })
    assert.deepEqual(await links.idle(link, 3, 500), { opened: 3, ended: 3 })
    await links.clear([link], 'reset')
  })

  it('is metered by link', async function () {
    if (process.platform !== 'linux') this.skip()
    const meter = new LinkMeter(proxies, true)
    const connection = links.connect(link)
    assert.equal((await connection?.ask(10_000, 3000))?.outcome, 'answered')
    const seen = await meter.sample()
    connection?.close()
    assert.ok((seen[linkId(link)]?.[0] ?? 0) > 10_000)
    assert.deepEqual(seen['az-c>7:client'], [0, 0])
  })

  it('ends with its process', async () => {
    await proxies.end()
    assert.equal(findAlive(proxies.process), undefined)
  })
})

describe('a cluster that does not answer', () => {
  it('is said to be silent or to refuse, address by address', async () => {
    await assert.rejects(
      discoverCluster([{ host: '127.0.0.1', port: 1 }], null, systemClock),
      /the brokers did not say who they are: 127\.0\.0\.1:1 refused the connection/,
    )
  })
})
