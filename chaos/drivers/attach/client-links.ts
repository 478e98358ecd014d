import type { Clock } from '../../core/clock.ts'
import type { Address } from '../../core/network.ts'
import type { Link } from '../../core/topology.ts'
import type { BrokerLogin } from '../../kafka/broker-login.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import { askBroker, exchangeWithBroker, watchIdleBrokers } from '../broker-questions.ts'
import type { Links } from '../driver.ts'
import { linkToxics } from '../link-toxics.ts'
import type { ClientProxies } from './client-proxies.ts'

/** The links of clients: faults touch the proxies, and probes log in as clients do, which is not timed. */
export function clientLinks(proxies: ClientProxies, login: BrokerLogin | null, clock: Clock): Links {
  const { api } = proxies
  const addressOf = (link: Link) => proxies.addressOf(link)
  const upstreamOf = (link: Link) => proxies.upstreamOf(link)
  const open = (link: Link, address: Address) => new LoggedInConnection(address, upstreamOf(link).host, login)
  return {
    ...linkToxics(api),
    roundTrip: (link, timeoutMs) => exchangeWithBroker(open(link, addressOf(link)), 0, timeoutMs, clock),
    transfer: (link, bytes, timeoutMs) =>
      exchangeWithBroker(open(link, addressOf(link)), bytes, timeoutMs, clock),
    past: (link, bytes, timeoutMs) =>
      exchangeWithBroker(open(link, upstreamOf(link)), bytes, timeoutMs, clock),
    connect(link) {
      const connection = open(link, addressOf(link))
      return {
        ask: (bytes, timeoutMs) => askBroker(connection, bytes, timeoutMs, clock),
        close: () => connection.close(),
      }
    },
    idle: (link, count, forMs) =>
      watchIdleBrokers(
        Array.from({ length: count }, () => open(link, addressOf(link))),
        forMs,
        clock,
      ),
  }
}
