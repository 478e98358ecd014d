import type { Admin } from 'kafkajs'
import { withAdmin } from '../../../kafka/admin.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import type { LabLayout } from './lab-layout.ts'

/** Set-up is no client of the platform: it reaches the brokers past the links that are measured. */
export function withLabAdmin<T>(layout: LabLayout, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { nodes } = layout.topology
  const direct = new Map(nodes.map(({ id, host }) => [host, layout.directAddress(id)]))
  return withAdmin(
    {
      clientId: 'aftershock-setup',
      brokers: nodes.map(({ host }) => ({ host, port: LAB_PORTS.client })),
      dial: advertised => direct.get(advertised.host) ?? advertised,
    },
    work,
  )
}
