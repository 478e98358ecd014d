import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Address, Dial } from '../../chaos/core/network.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { labTopics } from '../../chaos/drivers/local/lab/lab-topics.ts'
import { localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { createTopics } from '../../chaos/run/topics.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { startTestLab } from './test-lab.ts'
import type { ZoneClients } from './zone-clients.ts'

/** Stands in the way of every client of a zone, passes all bytes on, and keeps the names in their requests. */
class Listeners implements Disposable {
  readonly heard = new Map<string, Set<string>>()
  private readonly servers: Server[] = []
  private readonly sockets = new Set<Socket>()

  /** Where clients dial instead, by `zone host`. */
  async between(
    zones: readonly string[],
    hosts: readonly string[],
    dial: Dial,
  ): Promise<ZoneClients['addresses']> {
    const addresses: Record<string, Address> = {}
    for (const zone of zones)
      for (const host of hosts)
        addresses[`${zone} ${host}`] = await this.listen(zone, dial(zone, host, 'client'))
    return addresses
  }

  private async listen(zone: string, upstream: Address): Promise<Address> {
    const names = this.heard.get(zone) ?? new Set()
    this.heard.set(zone, names)
    const server = createServer(client => {
      const broker = connect(upstream)
      client.pipe(broker).pipe(client)
      const read = requestNames(name => names.add(name))
      client.on('data', read)
      for (const socket of [client, broker]) {
        this.sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.sockets.delete(socket)
          client.destroy()
          broker.destroy()
        })
      }
    })
    this.servers.push(server)
    await new Promise<void>(resolve => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
  }

  [Symbol.dispose](): void {
    for (const server of this.servers) server.close()
    for (const socket of this.sockets) socket.destroy()
  }
}

/** A request: its size, then key and version (2 bytes each), a number (4), and the client's name with its length. */
function requestNames(onName: (name: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const request = rest.subarray(4, 4 + rest.readInt32BE(0))
      rest = rest.subarray(4 + request.length)
      const length = request.readInt16BE(8)
      onName(length < 0 ? '(none)' : request.toString('utf8', 10, 10 + length))
    }
  }
}

describe('all clients of a run on a platform that routes by zone', function () {
  this.timeout(180_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-names-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('say their zone in every request: devices, tail, replay and the last read', async () => {
    await using test = await startTestLab()
    using listeners = new Listeners()
    const { layout } = test.lab
    const { topology } = layout
    const { contract } = (await loadDrill('first')).drill
    using driver = localDriver(test.lab)
    await createTopics({
      topics: labTopics(contract, 'kafka', new Set()),
      driver,
      admin: work => withLabAdmin(layout, work),
      clock: systemClock,
    })
    const hosts = topology.nodes.map(node => node.host)
    const addresses = await listeners.between(topology.zones, hosts, layout.dial)
    await clients({ folder, addresses })
    assert.deepEqual(
      topology.zones.map(zone => [zone, [...(listeners.heard.get(zone) ?? [])]]),
      topology.zones.map(zone => [zone, [`automq_az=${zone}`]]),
    )
  })
})

/** Rejects, with what they said, when they do not end well; ends them when the test is given up. */
async function clients(told: ZoneClients): Promise<void> {
  const program = packageFile('test', 'local', 'zone-clients.ts')
  await promisify(execFile)(process.execPath, ['--import', 'tsx', program, JSON.stringify(told)], {
    cwd: packageFile('.'),
    timeout: 120_000,
  })
}
