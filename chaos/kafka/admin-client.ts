import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { within } from '../core/wait.ts'
import { type BrokerLogin, openBrokerSocket, saslOptions, whenReady } from './broker-login.ts'

/** An administrator of any cluster, with or without a login. */
export function adminClient(clientId: string, brokers: readonly Address[], login: BrokerLogin | null): Admin {
  return new Kafka({
    clientId,
    brokers: brokers.map(({ host, port }) => `${host}:${port}`),
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
    ...(login && {
      sasl: saslOptions(login),
      socketFactory: ({ host, port, onConnect }) => {
        const socket = openBrokerSocket({ host, port }, host, login)
        whenReady(socket, onConnect)
        return socket
      },
    }),
  }).admin()
}

const DISCONNECT_MS = 5000

/** Ends the connection in bounded time, whatever the brokers do. */
export async function endAdmin(admin: Admin, clock: Clock): Promise<void> {
  await within('a connection to end', admin.disconnect(), { clock, deadlineMs: DISCONNECT_MS }).catch(
    () => {},
  )
}
