import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Address } from '../../chaos/core/network.ts'
import { storeLink } from '../../chaos/core/topology.ts'
import { waitFor, within } from '../../chaos/core/wait.ts'
import { autoMqSoftware } from '../../chaos/drivers/local/nodes/automq-node.ts'
import { connectRest } from '../../chaos/drivers/local/connect/connect-rest.ts'
import { callOverHttp, exchangeOverHttp } from '../../chaos/net/http-call.ts'
import { kafkaSoftware } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { type LabLayout, labLayout } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { toxiproxyTotals } from '../../chaos/drivers/link-meter.ts'
import { storeAnswers } from '../../chaos/drivers/local/store/object-store-node.ts'
import { storeControl } from '../../chaos/drivers/local/store/store-control.ts'
import { askStore } from '../../chaos/drivers/local/store/store-probe.ts'
import { toxiproxyApi } from '../../chaos/drivers/toxiproxy-api.ts'
import { toxiproxyLinks } from '../../chaos/drivers/local/links/toxiproxy-links.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const TEXT = Array.from({ length: 4000 }, (_, i) => `metric_${i}{a="${i * 7919}"} ${i / 7}\n`).join('')
const head = (length: number, more = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`
const GZIP = 'Content-Encoding: gzip\r\n'

interface Body {
  readonly bytes: Buffer
  readonly more: string
}
const BODIES: Readonly<Record<string, Body>> = {
  plain: { bytes: Buffer.from(TEXT), more: '' },
  gzip: { bytes: gzipSync(TEXT), more: GZIP },
}

/** What a server does with a connection once something came. None of them gives a whole answer in time. */
type Behaviour = (socket: Socket, said: string) => void

const behaviours: Record<string, Behaviour> = {
  'accepts and stays silent': () => {},
  'ends the connection without a word': socket => socket.end(),
}
for (const [kind, { bytes, more }] of Object.entries(BODIES)) {
  behaviours[`stops in the middle of a body (${kind})`] = socket => {
    socket.write(head(bytes.length, more))
    socket.write(bytes.subarray(0, bytes.length / 2))
  }
  behaviours[`breaks off in the middle of a body (${kind})`] = socket => {
    socket.write(head(bytes.length, more))
    socket.end(bytes.subarray(0, bytes.length / 2))
  }
  behaviours[`answers a byte at a time (${kind})`] = socket => {
    socket.write(head(bytes.length, more))
    let at = 0
    const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 20)
    socket.on('close', () => clearInterval(timer))
  }
}

interface StartedServer extends AsyncDisposable {
  readonly address: Address
  open(): number
}

async function serve(behaviour: Behaviour): Promise<StartedServer> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('end', () => socket.destroy())
    socket.once('data', said => behaviour(socket, said.toString()))
    socket.resume()
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const { port } = server.address() as { port: number }
  return {
    address: { host: '127.0.0.1', port },
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
}

/** A lab of which every part answers at one address. */
function labAt(address: Address): LabLayout {
  const layout = labLayout(9, '/nowhere', 'kafka-tiered')
  return {
    ...layout,
    addresses: { ...layout.addresses, toxiproxy: { ...layout.addresses.toxiproxy, ...address } },
    addressOf: () => address,
    metricsAddress: () => address,
    storeAddress: address,
    storeProxyAddress: () => address,
    storeControl: address,
    connectAddress: address,
  }
}

const MS = 300
const SHORT = 'waited'

/** Everything that is asked over HTTP. */
function callers(address: Address): Record<string, () => Promise<unknown>> {
  const layout = labAt(address)
  const runtime = { java: '', classPath: '', cdsArchive: null, metricsAgent: null }
  const kafka = kafkaSoftware({ layout, clusterId: '', timeouts: 'tuned', runtime })
  const store = {
    endpoint: '',
    dataBucket: '',
    opsBucket: '',
    accessKeyId: '',
    secretAccessKey: '',
    region: '',
  }
  const automq = autoMqSoftware({
    layout,
    state: { clusterId: '', timeouts: 'tuned' },
    distribution: { home: '' },
    zoneRouter: false,
    store,
  })
  const links = toxiproxyLinks(address, { addressOf: () => address, upstreamOf: () => address }, systemClock)
  const link = storeLink('az-a')
  const control = storeControl(address)
  const rest = connectRest(address)
  const api = toxiproxyApi(address, systemClock, MS)
  const proxy = { name: 'a', listen: '127.0.0.1:1', upstream: '127.0.0.1:2', enabled: true }
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' }
  return {
    'a broker’s metrics': () => kafka.metrics(1, MS),
    'an AutoMQ node’s metrics': () => automq.metrics(1, MS),
    'Toxiproxy’s totals': () => toxiproxyTotals(layout),
    'Toxiproxy’s proxies': () => api.proxies(),
    'one proxy': () => api.proxy('a'),
    'a new proxy': () => api.create(proxy),
    'a proxy’s removal': () => api.remove('a'),
    'a proxy’s switch': () => api.enable({ ...proxy, toxics: [] }, false),
    'a toxic': () =>
      api.addToxic('a', { name: 't', type: 'latency', stream: 'upstream', toxicity: 1, attributes: {} }),
    'a toxic’s removal': () => api.removeToxic('a', 't'),
    'a delayed link': () => links.delay([link], 't', { delayMs: 1, jitterMs: 0 }),
    'a cut link': () => links.cut([link], 't', { mode: 'refuse' }),
    'a healed link': () => links.clear([link], 't'),
    'a round trip to the store': () => links.roundTrip(link, MS),
    'bytes to the store': () => links.transfer(link, 100_000, MS),
    'idle connections to the store': () => links.idle(link, 2, MS),
    'the store’s health': () => storeAnswers(address),
    'a signed request': () => askStore(address, keys, 'az-a', 'PutObject', MS, systemClock),
    'an injection': () => control.put(['az-a'], 't', { kind: 'delay', delayMs: 1, operations: 'all' }),
    'an injection’s end': () => control.clear(['az-a'], 't'),
    'an injection’s count': () => control.injected('t'),
    'the store’s use': () => control.use(),
    'a worker’s health': () => rest.ready(),
    'a connector’s configuration': () => rest.configure('c', {}),
    'a connector’s status': () => rest.status('c', MS),
  }
}

/** Well above every deadline that a caller has of its own. */
const BOUND = { clock: systemClock, deadlineMs: 45_000 }

async function neverHeld(address: Address): Promise<string[]> {
  const asked = Object.entries(callers(address)).map(async ([what, ask]) => {
    const answer = await within(what, ask(), BOUND).catch((error: Error) => error)
    return answer instanceof Error && answer.message.startsWith(SHORT) ? [what] : []
  })
  return (await Promise.all(asked)).flat()
}

describe('whatever is asked over HTTP', function () {
  this.timeout(60_000)

  it('ends in bounded time, and lets go of the connection, whatever the server does', async () => {
    const tried = Object.entries(behaviours).map(async ([what, behaviour]) => {
      await using server = await serve(behaviour)
      const held = await neverHeld(server.address)
      await waitFor(
        `every connection to a server that ${what} to be closed`,
        () => server.open() === 0,
        BOUND,
      )
      return held.map(caller => `${caller} from a server that ${what}`)
    })
    assert.deepEqual((await Promise.all(tried)).flat(), [])
  })

  it('ends when the connection is refused', async () => {
    const server = await serve(() => {})
    await server[Symbol.asyncDispose]()
    assert.deepEqual(await neverHeld(server.address), [])
    const { outcome } = await exchangeOverHttp(server.address, { path: '/', timeoutMs: MS })
    assert.equal(outcome, 'refused')
  })

  it('settles whenever its time ends within a body, packed or not', async () => {
    for (const { bytes, more } of Object.values(BODIES)) {
      await using server = await serve(socket => {
        socket.write(head(bytes.length, more))
        let at = 0
        const timer = setInterval(() => {
          if (at >= bytes.length) socket.end()
          else socket.write(bytes.subarray(at, (at += 4096)))
        }, 1)
        socket.on('close', () => clearInterval(timer))
      })
      const asked = Array.from({ length: 200 }, (_, i) =>
        exchangeOverHttp(server.address, { path: '/', timeoutMs: 5 + (i % 50) }),
      )
      await within('all of them to settle', Promise.all(asked), BOUND)
    }
  })

  it('reads a whole answer, also one that is packed though it was not asked for', async () => {
    for (const { bytes, more } of Object.values(BODIES)) {
      await using server = await serve(socket => {
        socket.write(head(bytes.length, more))
        socket.end(bytes)
      })
      const { text } = await callOverHttp(server.address, { path: '/', timeoutMs: 10_000 })
      assert.equal(text, TEXT)
    }
  })

  it('takes no more than it was told to, packed or not', async () => {
    for (const { bytes, more } of Object.values(BODIES)) {
      await using server = await serve(socket => {
        socket.write(head(bytes.length, more))
        socket.end(bytes)
      })
      const question = { path: '/', timeoutMs: 10_000, maxBytes: 50_000 }
      await assert.rejects(callOverHttp(server.address, question), /longer than 50000 bytes|unpacked/)
    }
  })

  it('asks for an answer that is not packed', async () => {
    let asked = ''
    await using server = await serve((socket, said) => {
      asked = said
      socket.end(head(0))
    })
    await callOverHttp(server.address, { path: '/', timeoutMs: 10_000 })
    assert.match(asked, /^accept-encoding: identity\r$/im)
  })
})
