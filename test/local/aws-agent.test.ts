import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'mocha'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import { lineOf, macOf } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import {
  type AgentOptions,
  startAgent,
  type StartedAgent,
} from '../../chaos/drivers/aws/agent/agent-server.ts'
import { StoreWay } from '../../chaos/drivers/aws/agent/store-way.ts'
import { LinkTunnels } from '../../chaos/drivers/aws/agent/link-tunnels.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const KEY = Buffer.from('a-key-of-this-test-and-of-nothing-else')
const HOST = '127.0.0.1'

/** The agent and whoever asks it, over real sockets. */
describe('the agent on a node', function () {
  this.timeout(30_000)
  let echo: Server
  let port: number
  let agent: StartedAgent
  const complaints: string[] = []

  before(async () => {
    echo = createServer(socket => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    await new Promise<void>(resolve => echo.listen(0, HOST, () => resolve()))
    port = (echo.address() as AddressInfo).port
    agent = await startAgent(options())
  })
  after(async () => {
    await agent?.[Symbol.asyncDispose]()
    echo?.close()
  })
  const options = (): AgentOptions => ({
    name: 'kafka-2',
    host: 'kafka-2.mine',
    key: KEY,
    listen: { host: HOST, port: 0 },
    mark: null,
    logDir: null,
    store: null,
    ports: [port, 9],
    clock: systemClock,
    log: line => complaints.push(line),
  })
  const client = (key = KEY, name = 'kafka-2') =>
    new AgentClient({ name, address: agent.address, key, clock: systemClock })
  const never = new AbortController().signal

  it('says who it is to whom has the key', async () => {
    const seen = await client().look()
    assert.deepEqual(seen, {
      name: 'kafka-2',
      host: 'kafka-2.mine',
      state: 'absent',
      process: null,
      ageMs: null,
      faults: [],
    })
    await assert.rejects(client().disk(), /answered no: there is no broker here/)
  })

  it('answers nobody who has another key, and does what is asked for none of them', async () => {
    const stranger = client(Buffer.from('another-key-that-is-as-long-as-it'))
    await assert.rejects(stranger.look(), /the agent of kafka-2 .* did not answer: the connection ended/)
    await assert.rejects(stranger.tunnel({ host: HOST, port }, never), /did not answer/)
    assert.match(complaints.join('\n'), /not signed with this environment’s key/)
  })

  it('takes no question twice, since each is signed for a number of its own', async () => {
    const heard: Buffer[] = []
    const overheard = createServer(socket => {
      const on = connect(agent.address)
      for (const end of [socket, on]) end.on('error', () => {})
      socket.on('data', (chunk: Buffer) => heard.push(chunk))
      socket.pipe(on)
      on.pipe(socket)
    })
    await new Promise<void>(resolve => overheard.listen(0, HOST, () => resolve()))
    const at = { host: HOST, port: (overheard.address() as AddressInfo).port }
    await new AgentClient({ name: 'kafka-2', address: at, key: KEY, clock: systemClock }).look()
    overheard.close()
    const again = connect(agent.address)
    again.on('error', () => {})
    again.write(Buffer.concat(heard))
    const said: Buffer[] = []
    again.on('data', (chunk: Buffer) => said.push(chunk))
    await once(again, 'close')
    const lines = Buffer.concat(said).toString().trim().split('\n')
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', /"nonce"/)
  })

  it('is believed by nobody when its answer is not signed, or is that of another machine', async () => {
    const liar = createServer(socket => {
      socket.on('error', () => {})
      socket.write(lineOf({ agent: 1, nonce: '0'.repeat(32) }))
      socket.once('data', () => {
        const text = JSON.stringify({ is: 'knocked', outcome: 'refused' })
        socket.write(lineOf({ text, mac: macOf(Buffer.from('guessed'), ['answer'], text) }))
      })
    })
    await new Promise<void>(resolve => liar.listen(0, HOST, () => resolve()))
    const at = { host: HOST, port: (liar.address() as AddressInfo).port }
    const deceived = new AgentClient({ name: 'kafka-2', address: at, key: KEY, clock: systemClock })
    await assert.rejects(deceived.knock({ host: HOST, port }, 500), /its answer is not signed/)
    liar.close()
    await assert.rejects(client(KEY, 'kafka-3').look(), /is that of kafka-2, and not of kafka-3/)
  })

  it('tells whether a broker listens, and connects to no other port', async () => {
    assert.equal(await client().knock({ host: HOST, port }, 1000), 'answered')
    assert.equal(await client().knock({ host: HOST, port: 9 }, 1000), 'refused')
    await assert.rejects(
      client().knock({ host: HOST, port: 22 }, 1000),
      /answered no: port 22 is no broker’s/,
    )
    await assert.rejects(client().tunnel({ host: HOST, port: 22 }, never), /port 22 is no broker’s/)
  })

  it('carries a connection both ways, counts it, and ends with it', async () => {
    const way = { id: 'az-a>2:client', agent: client(), to: { host: HOST, port } }
    const closed = { ...way, id: 'az-a>3:client', to: { host: HOST, port: 9 } }
    await using tunnels = await LinkTunnels.open([way, closed])
    const socket = connect(tunnels.addressOf(way.id))
    const text = 'x'.repeat(100_000)
    socket.write(text)
    let back = 0
    const whole = new Promise<void>(resolve => {
      socket.on('data', (chunk: Buffer) => {
        back += chunk.length
        if (back === text.length) resolve()
      })
    })
    await whole
    assert.deepEqual(tunnels.bytes().all[way.id], [text.length, text.length])
    const ended = once(socket, 'close')
    await agent[Symbol.asyncDispose]()
    await ended
    const refused = connect(tunnels.addressOf(closed.id))
    await once(refused, 'close')
  })

  it('counts what arrives from others on brokers’ ports, at both ends', async () => {
    await using counting = await startAgent({ ...options(), ports: [port], store: null })
    const asked = new AgentClient({
      name: 'kafka-2',
      address: counting.address,
      key: KEY,
      clock: systemClock,
    })
    const earlier = await asked.bytes()
    const [into, back] = [`in ${port} ${HOST}`, `back ${port} ${HOST}`]
    const socket = connect({ host: HOST, port })
    let came = 0
    const whole = new Promise<void>(resolve => {
      socket.on('data', (chunk: Buffer) => {
        came += chunk.length
        if (came === 50_000) resolve()
      })
    })
    socket.write('x'.repeat(50_000))
    await whole
    const later = await asked.bytes()
    socket.destroy()
    for (const name of [into, back])
      assert.equal((later[name] ?? 0) - (earlier[name] ?? 0), 50_000, `${name}: ${JSON.stringify(later)}`)
  })

  it('asks the store for an object that is nobody’s, signed with the key of its machine’s role', async () => {
    const seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = []
    const server = createHttpServer((asking, answer) => {
      const { url = '', headers } = asking
      seen.push({ url, headers })
      const role = {
        AccessKeyId: 'AKID',
        SecretAccessKey: 's',
        Token: 'session',
        Expiration: '2999-01-01T00:00:00Z',
      }
      if (url === '/latest/api/token') answer.end('imds')
      else if (url === '/latest/meta-data/iam/security-credentials/') answer.end('of-the-node')
      else if (url.startsWith('/latest/meta-data')) answer.end(JSON.stringify(role))
      else answer.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
    })
    await new Promise<void>(resolve => server.listen(0, HOST, () => resolve()))
    const at = `http://${HOST}:${(server.address() as AddressInfo).port}`
    const store = new StoreWay({
      bucket: 'tier',
      region: 'eu-west-1',
      endpoint: at,
      metadata: `${at}/latest`,
      env: {},
      clock: systemClock,
    })
    await using asking = await startAgent({ ...options(), store })
    const asker = new AgentClient({ name: 'kafka-2', address: asking.address, key: KEY, clock: systemClock })
    const { outcome, status, code } = await asker.store(2000)
    assert.deepEqual([outcome, status, code], ['answered', 404, 'NoSuchKey'])
    await asker.store(2000)
    const requests = seen.filter(({ url }) => url.startsWith('/tier/'))
    assert.deepEqual(
      requests.map(({ url, headers }) => [url, headers['x-amz-security-token']]),
      [
        ['/tier/aftershock-probe/kafka-2', 'session'],
        ['/tier/aftershock-probe/kafka-2', 'session'],
      ],
    )
    assert.match(
      requests[0]?.headers.authorization ?? '',
      /Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request/,
    )
    assert.equal(seen.length, 5, 'a key that lasts is asked for once')
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    assert.deepEqual((await asker.store(1000)).outcome, 'refused')
    await using without = await startAgent(options())
    const other = new AgentClient({ name: 'kafka-2', address: without.address, key: KEY, clock: systemClock })
    await assert.rejects(other.store(1000), /keeps nothing in an object store/)
  })
})
