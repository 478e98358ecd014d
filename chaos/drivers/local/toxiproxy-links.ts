import { type Proxy, Toxic, Toxiproxy, type ToxicType } from 'toxiproxy-node-client'
import { AftershockError } from '../../core/errors.ts'
import type { Clock } from '../../core/clock.ts'
import { type Link, linkId } from '../../core/topology.ts'
import type { Links, Outcome, RoundTrip } from '../driver.ts'
import { askOverHttp, watchIdle } from './http-probe.ts'
import { apiVersionsRequest } from './kafka-wire.ts'
import { type Address, ProbeConnection, ProbeFailure } from './probe-connection.ts'
import { HEALTH_PATH } from './s3-proxy/protocol.ts'

/** A link's name in Toxiproxy: its client does not encode names in URLs, so only plain letters are used. */
export function proxyName(link: Link): string {
  return `${link.from}.${link.to}.${link.listener}`
}

type ToxicSpec = {
  readonly suffix: string
  readonly type: ToxicType
  readonly stream: 'upstream' | 'downstream'
  readonly toxicity?: number
  readonly attributes: object
}

const TOXIPROXY_DEADLINE_MS = 10_000

/**
 * Links through Toxiproxy. Each change puts toxics named after the fault's tag on every link, so that faults
 * can overlap and each takes away only its own. The three looks dial the links themselves.
 */
export function toxiproxyLinks(api: string, addressOf: (link: Link) => Address, clock: Clock): Links {
  const toxiproxy = new Toxiproxy(api)
  const proxyOf = (link: Link) =>
    inTime(toxiproxy.get(proxyName(link)), `Toxiproxy to answer for ${linkId(link)}`, clock)

  const add = (links: readonly Link[], tag: string, specs: readonly ToxicSpec[]) =>
    forEach(links, async link => {
      const proxy = await proxyOf(link)
      await forEach(specs, spec => addToxic(proxy, tag, spec, clock))
    })

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
      if (mode === 'refuse') await forEach(links, async link => enable(await proxyOf(link), false, clock))
    },
    clear: (links, tag) =>
      forEach(links, async link => {
        const proxy = await proxyOf(link)
        for (const suffix of ['up', 'down']) await removeToxic(proxy, `${tag}-${suffix}`, clock)
        if (!proxy.enabled && !(await otherCuts(api, proxy))) await enable(proxy, true, clock)
      }),
    roundTrip: (link, timeoutMs) => exchange(link, addressOf(link), 0, timeoutMs, clock),
    transfer: (link, bytes, timeoutMs) => exchange(link, addressOf(link), bytes, timeoutMs, clock),
    async idle(link, count, forMs) {
      if (link.listener === 's3')
        return watchIdle(addressOf(link), { count, forMs, path: HEALTH_PATH }, clock)
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

const bothWays = (type: ToxicType, attributes: object): ToxicSpec[] => [
  { suffix: 'up', type, stream: 'upstream', attributes },
  { suffix: 'down', type, stream: 'downstream', attributes },
]

async function addToxic(proxy: Proxy, tag: string, spec: ToxicSpec, clock: Clock): Promise<void> {
  const name = `${tag}-${spec.suffix}`
  const body = {
    name,
    type: spec.type,
    stream: spec.stream,
    toxicity: spec.toxicity ?? 1,
    attributes: spec.attributes,
  }
  try {
    await inTime(proxy.addToxic(body), `Toxiproxy to add ${name} to ${proxy.name}`, clock)
  } catch (error) {
    const exists = await proxy.getToxic(name).then(
      () => true,
      () => false,
    )
    if (!exists) throw error
  }
}

async function removeToxic(proxy: Proxy, name: string, clock: Clock): Promise<void> {
  const toxic = new Toxic(proxy.api, proxy.getPath(), {
    name,
    type: 'timeout',
    stream: 'upstream',
    toxicity: 1,
    attributes: {},
  })
  try {
    await inTime(toxic.remove(), `Toxiproxy to remove ${name} from ${proxy.name}`, clock)
  } catch (error) {
    const stillThere = await proxy.getToxic(name).then(
      () => true,
      () => false,
    )
    if (stillThere) throw error
  }
}

async function enable(proxy: Proxy, enabled: boolean, clock: Clock): Promise<void> {
  await inTime(
    proxy.update({ enabled, listen: proxy.listen, upstream: proxy.upstream }),
    `Toxiproxy to ${enabled ? 'enable' : 'disable'} ${proxy.name}`,
    clock,
  )
}

/** Whether another fault still cuts this link; the client has no call that lists toxics. */
async function otherCuts(api: string, proxy: Proxy): Promise<boolean> {
  const response = await fetch(`${api}/proxies/${proxy.name}/toxics`, {
    signal: AbortSignal.timeout(TOXIPROXY_DEADLINE_MS),
  })
  const toxics = (await response.json()) as readonly { readonly type: string }[]
  return toxics.some(toxic => toxic.type === 'timeout')
}

/** Every item's work at once; afterwards the first error, so that nothing is still under way when it throws. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(items.map(work))
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function inTime<T>(work: Promise<T>, what: string, clock: Clock): Promise<T> {
  const stop = new AbortController()
  const deadline = clock.sleep(TOXIPROXY_DEADLINE_MS, stop.signal).then(() => {
    throw new AftershockError('unavailable', `waited ${TOXIPROXY_DEADLINE_MS / 1000} s for ${what}`)
  })
  deadline.catch(() => {})
  try {
    return await Promise.race([work, deadline])
  } finally {
    stop.abort()
  }
}

async function exchange(
  link: Link,
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  if (link.listener !== 's3') return exchangeWithBroker(address, bytes, timeoutMs, clock)
  const question = { method: bytes === 0 ? 'GET' : 'PUT', path: HEALTH_PATH, body: Buffer.alloc(bytes) }
  const { outcome, status, ms } = await askOverHttp(address, question, timeoutMs, clock)
  // An error comes from the proxy, whose store is not there: nobody answered.
  return { outcome: outcome === 'answered' && status !== 200 ? 'reset' : outcome, ms }
}

/** A client id is at most 32 kB long, so a larger transfer is several requests, one after the other's reply. */
async function exchangeWithBroker(
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const connection = new ProbeConnection(address)
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
  } finally {
    connection.close()
  }
  return { outcome, ms: clock.now() - start }
}
