import type { Clock } from '../../../core/clock.ts'
import type { Address, Outcome } from '../../../core/network.ts'
import type { Link } from '../../../core/topology.ts'
import type { LinkConnection, Links, RoundTrip } from '../../driver.ts'
import { DatabaseSession, knockOnDatabase, OWNER, SINK_DATABASE } from '../database/database-session.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import { watchIdle } from './idle-connections.ts'
import { apiVersionsRequest } from '../../../kafka/wire.ts'
import { type LabLayout, proxyName } from '../lab/lab-layout.ts'
import { ProbeConnection, ProbeFailure } from '../../../kafka/probe-connection.ts'
import { HEALTH_PATH } from '../store/s3-proxy/protocol.ts'
import { type NewToxic, type ProxyState, toxiproxyApi } from './toxiproxy-api.ts'

type ToxicSpec = Omit<NewToxic, 'name' | 'toxicity'> & {
  readonly suffix: 'up' | 'down'
  readonly toxicity?: number
}

/**
 * Links through Toxiproxy. Each change puts toxics named after the fault's tag on every link, so that faults
 * can overlap and each takes away only its own. The looks dial the links themselves, or past them.
 */
export function toxiproxyLinks(
  address: Address,
  { addressOf, upstreamOf }: Pick<LabLayout, 'addressOf' | 'upstreamOf'>,
  clock: Clock,
): Links {
  const api = toxiproxyApi(address, clock)

  const add = (links: readonly Link[], tag: string, specs: readonly ToxicSpec[]) =>
    forEach(links, link =>
      forEach(specs, ({ suffix, toxicity = 1, ...toxic }) =>
        api.addToxic(proxyName(link), { ...toxic, name: `${tag}-${suffix}`, toxicity }),
      ),
    )

  return {
    delay: (links, tag, { delayMs, jitterMs }) => {
      const attributes = (share: number) => ({
        latency: Math.round(delayMs * share),
        jitter: Math.round(jitterMs * share),
      })
      return add(links, tag, bothWays('latency', attributes(0.5)))
    },
    narrow: (links, tag, { bytesPerSecond }) =>
      // Toxiproxy counts in bytes per millisecond.
      add(links, tag, bothWays('bandwidth', { rate: Math.max(1, Math.round(bytesPerSecond / 1000)) })),
    reset: (links, tag, { afterMs, share }) =>
      add(links, tag, [
        {
          suffix: 'down',
          type: 'reset_peer',
          stream: 'downstream',
          toxicity: share,
          attributes: { timeout: afterMs },
        },
      ]),
    async cut(links, tag, { mode }) {
      // A stream that times out after 0 ms swallows its bytes and never closes: a black hole. Both are needed,
      // since with one alone requests still arrive.
      await add(links, tag, bothWays('timeout', { timeout: 0 }))
      if (mode === 'refuse')
        await forEach(links, async link => api.enable(await api.proxy(proxyName(link)), false))
    },
    clear: (links, tag) =>
      forEach(links, async link => {
        const name = proxyName(link)
        for (const suffix of ['up', 'down']) await api.removeToxic(name, `${tag}-${suffix}`)
        const proxy = await api.proxy(name)
        if (!proxy.enabled && !isCut(proxy)) await api.enable(proxy, true)
      }),
    roundTrip: (link, timeoutMs) => exchange(link, addressOf(link), 0, timeoutMs, clock),
    transfer: (link, bytes, timeoutMs) => exchange(link, addressOf(link), bytes, timeoutMs, clock),
    past: (link, bytes, timeoutMs) => exchange(link, upstreamOf(link), bytes, timeoutMs, clock),
    connect(link) {
      // Over HTTP each request of ours has a connection of its own.
      if (link.listener === 's3' || link.listener === 'rest') return null
      if (link.listener === 'database') return heldSession(addressOf(link), clock)
      const connection = new ProbeConnection(addressOf(link))
      return {
        ask: (bytes, timeoutMs) => askBroker(connection, bytes, timeoutMs, clock),
        close: () => connection.close(),
      }
    },
    async idle(link, count, forMs) {
      if (link.listener === 's3')
        return watchIdle(addressOf(link), { count, forMs, path: HEALTH_PATH }, clock)
      if (link.listener === 'database' || link.listener === 'rest')
        return watchIdle(
          addressOf(link),
          { count, forMs, path: link.listener === 'rest' ? '/' : null },
          clock,
        )
      const connections = Array.from({ length: count }, () => new ProbeConnection(addressOf(link)))
      await Promise.all(
        connections.map(c => c.request(apiVersionsRequest(1), forMs, clock).catch(() => undefined)),
      )
      const opened = connections.filter(connection => !connection.closed)
      await clock.sleep(forMs)
      const ended = opened.filter(connection => connection.closed).length
      for (const connection of connections) connection.close()
      return { opened: count, ended: ended + (count - opened.length) }
    },
  }
}

const bothWays = (type: NewToxic['type'], attributes: object): ToxicSpec[] => [
  { suffix: 'up', type, stream: 'upstream', attributes },
  { suffix: 'down', type, stream: 'downstream', attributes },
]

/** Whether another fault still cuts this link. */
function isCut({ toxics }: ProxyState): boolean {
  return toxics.some(toxic => toxic.type === 'timeout')
}

/** Every item's work at once; afterwards the first error, so that nothing is still under way when it throws. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(items.map(work))
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function exchange(
  link: Link,
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  if (link.listener === 'database') return knockOnDatabase(address, bytes, timeoutMs, clock)
  if (link.listener === 'rest') return exchangeWithWorker(address, bytes, timeoutMs, clock)
  if (link.listener !== 's3') return exchangeWithBroker(address, bytes, timeoutMs, clock)
  const { outcome, status, ms } = await exchangeOverHttp(address, {
    method: bytes === 0 ? 'GET' : 'PUT',
    path: HEALTH_PATH,
    body: Buffer.alloc(bytes),
    timeoutMs,
    clock,
  })
  // An error comes from the proxy, whose store is not there: nobody answered.
  return { outcome: outcome === 'answered' && status !== 200 ? 'reset' : outcome, ms }
}

/** Whatever a worker says to it is an answer. */
async function exchangeWithWorker(
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const { outcome, ms } = await exchangeOverHttp(address, {
    method: bytes === 0 ? 'GET' : 'PUT',
    path: '/',
    ...(bytes > 0 && { body: Buffer.alloc(bytes) }),
    timeoutMs,
    clock,
  })
  return { outcome, ms }
}

/** A login over the link, by which the owner of the database asks. */
function heldSession(address: Address, clock: Clock): LinkConnection {
  const session = new DatabaseSession(address, OWNER, SINK_DATABASE, clock)
  return {
    async ask(bytes, timeoutMs) {
      const start = clock.now()
      const how = await session.query(`SELECT 1 /*${'x'.repeat(bytes)}*/`, timeoutMs).then(
        () => 'answered' as const,
        () => (clock.now() - start >= timeoutMs ? ('silent' as const) : ('reset' as const)),
      )
      return { outcome: how, ms: clock.now() - start }
    },
    close: () => session.close(),
  }
}

/** A client id is at most 32 kB long, so a larger transfer is several requests, one after the other's reply. */
async function exchangeWithBroker(
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const connection = new ProbeConnection(address)
  try {
    return await askBroker(connection, bytes, timeoutMs, clock)
  } finally {
    connection.close()
  }
}

async function askBroker(
  connection: ProbeConnection,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const start = clock.now()
  let outcome: Outcome = 'answered'
  try {
    let left = bytes
    do {
      const padding = Math.min(left, 30_000)
      await connection.request(
        apiVersionsRequest(1, padding),
        Math.max(1, timeoutMs - (clock.now() - start)),
        clock,
      )
      left -= padding
    } while (left > 0)
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    outcome = error.outcome
    connection.close()
  }
  return { outcome, ms: clock.now() - start }
}
