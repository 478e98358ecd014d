import { connect } from 'node:net'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { KafkaNode } from '../core/topology.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'
import type { Address } from '../drivers/local/probe-connection.ts'

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

/** Connects for one piece of work. */
export async function withAdmin<T>(layout: LabLayout, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { nodes } = layout.topology
  const admin = setUpAdmin(
    nodes,
    nodes.map(node => layout.directAddress(node.id)),
  )
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
