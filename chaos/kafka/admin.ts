import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { within } from '../core/wait.ts'
import { systemClock } from '../system-clock.ts'
import { type BrokerLogin, openBrokerSocket, saslOptions, whenReady } from './broker-login.ts'

export interface AdminOptions {
  readonly clientId: string
  /** As the brokers advertise themselves. */
  readonly brokers: readonly Address[]
  /** Where an advertised address is dialled. @default there */
  readonly dial?: (advertised: Address) => Address
  /** @default null: brokers that ask nobody who they are */
  readonly login?: BrokerLogin | null
  /** kafkajs's own, with growing pauses. @default 5 */
  readonly retries?: number
}

/** kafkajs tries again with growing pauses, and may wait for an answer for 30 s each time. */
const ADMIN_MS = 120_000
const DISCONNECT_MS = 5000

/** One piece of work over a connection of its own, which ends in bounded time whatever the brokers do. */
export async function withAdmin<T>(options: AdminOptions, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = adminClient(options)
  const whole = async () => {
    await admin.connect()
    return work(admin)
  }
  try {
    return await within('the brokers to do what set-up asks', whole(), {
      clock: systemClock,
      deadlineMs: ADMIN_MS,
    })
  } finally {
    await endAdmin(admin, systemClock)
  }
}

/** Ends the connection in bounded time, whatever the brokers do. */
export async function endAdmin(admin: Admin, clock: Clock): Promise<void> {
  await within('a connection to end', admin.disconnect(), { clock, deadlineMs: DISCONNECT_MS }).catch(
    () => {},
  )
}

/** Not connected. Whoever connects it ends it with `endAdmin`. */
export const adminClient = (options: AdminOptions): Admin => kafkaClient(options).admin()

/** What clients of kafkajs are made of, dialled as asked. */
export function kafkaClient({ clientId, brokers, dial, login = null, retries }: AdminOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: brokers.map(({ host, port }) => `${host}:${port}`),
    logLevel: logLevel.NOTHING,
    ...(retries !== undefined && { retry: { retries } }),
    ...saslOptions(login),
    socketFactory: ({ host, port, onConnect }) => {
      const socket = openBrokerSocket(dial?.({ host, port }) ?? { host, port }, host, login)
      whenReady(socket, onConnect)
      return socket
    },
  })
}
