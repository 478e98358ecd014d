import type { Clock } from '../../../core/clock.ts'
import type { Address } from '../../../core/network.ts'
import type { Link } from '../../../core/topology.ts'
import type { LinkConnection, Links, RoundTrip } from '../../driver.ts'
import { askBroker, exchangeWithBroker, watchIdleBrokers } from '../../broker-questions.ts'
import { linkToxics } from '../../link-toxics.ts'
import { DatabaseSession, knockOnDatabase, OWNER, SINK_DATABASE } from '../database/database-session.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import { watchIdle } from './idle-connections.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { ProbeConnection } from '../../../kafka/probe-connection.ts'
import { HEALTH_PATH } from '../store/s3-proxy/protocol.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'

/** Links through Toxiproxy. The looks dial the links themselves, or past them. */
export function toxiproxyLinks(
  address: Address,
  { addressOf, upstreamOf }: Pick<LabLayout, 'addressOf' | 'upstreamOf'>,
  clock: Clock,
): Links {
  return {
    ...linkToxics(toxiproxyApi(address, clock)),
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
      return watchIdleBrokers(connections, forMs, clock)
    },
  }
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
  if (link.listener !== 's3') return exchangeWithBroker(new ProbeConnection(address), bytes, timeoutMs, clock)
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
