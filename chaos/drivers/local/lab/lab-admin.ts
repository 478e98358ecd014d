import type { Admin, Kafka } from 'kafkajs'
import { adminClient, type AdminOptions, kafkaClient, withAdmin } from '../../../kafka/admin.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import type { LabLayout } from './lab-layout.ts'
import { onceMoreIfClosed } from './once-more.ts'

/**
 * Set-up is no client of the platform: it reaches the brokers past the links that are measured.
 * @param work is done again where a broker closed the connection: it may be repeated
 * @throws AftershockError `unavailable` where brokers close it each time
 */
export const withLabAdmin = <T>(layout: LabLayout, work: (admin: Admin) => Promise<T>): Promise<T> =>
  onceMoreIfClosed(() => withAdmin(pastTheLinks(layout), work))

/** Other clients of the lab's own, past the links as well. */
export const labKafka = (layout: LabLayout): Kafka => kafkaClient(pastTheLinks(layout))

/** Not connected. Whoever connects it ends it with `endAdmin`. */
export const labAdmin = (layout: LabLayout): Admin => adminClient({ ...pastTheLinks(layout), retries: 0 })

export function pastTheLinks(layout: LabLayout): AdminOptions {
  const { nodes } = layout.topology
  const direct = new Map(nodes.map(({ id, host }) => [host, layout.directAddress(id)]))
  return {
    clientId: 'aftershock-setup',
    brokers: nodes.map(({ host }) => ({ host, port: LAB_PORTS.client })),
    dial: advertised => direct.get(advertised.host) ?? advertised,
  }
}
