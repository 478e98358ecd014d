import { connect } from 'node:net'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { Address } from '../core/network.ts'
import type { KafkaNode } from '../core/topology.ts'
import { within } from '../core/wait.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'
import { systemClock } from '../system-clock.ts'

/**
 * Set-up is no client of the platform: it reaches the brokers past the links that are measured.
 * @param direct of each broker, in the order of the nodes
 */
export function setUpAdmin(nodes: readonly KafkaNode[], direct: readonly Address[]): Admin {
  const byHost = new Map(nodes.map((node, index) => [node.host, direct[index] as Address]))
  return new Kafka({
    clientId: 'aftershock-setup',
    brokers: nodes.map(node => `${node.host}:9092`),
    logLevel: logLevel.NOTHING,
    socketFactory: ({ host, port, onConnect }) => {
      const address = byHost.get(host) ?? { host, port }
      return connect({ host: address.host, port: address.port, noDelay: true }, onConnect)
    },
  }).admin()
}

/** kafkajs tries again with growing pauses, and may wait for an answer for 30 s each time. */
const ADMIN_MS = 120_000
const DISCONNECT_MS = 5000

/** One piece of work over a connection of its own, which ends in bounded time whatever the brokers do. */
export async function withConnected<T>(admin: Admin, work: (admin: Admin) => Promise<T>): Promise<T> {
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
    await within('a connection of set-up to end', admin.disconnect(), {
      clock: systemClock,
      deadlineMs: DISCONNECT_MS,
    }).catch(() => {})
  }
}

/** Connects for one piece of work. */
export async function withAdmin<T>(layout: LabLayout, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { nodes } = layout.topology
  const admin = setUpAdmin(
    nodes,
    nodes.map(node => layout.directAddress(node.id)),
  )
  return withConnected(admin, work)
}
