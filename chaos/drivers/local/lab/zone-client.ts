import type { Kafka } from 'kafkajs'
import type { ClientPrincipal } from '../../../core/security-settings.ts'
import type { ZoneName } from '../../../core/topology.ts'
import { kafkaClient } from '../../../kafka/admin.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import type { LabLayout } from './lab-layout.ts'
import { labLogin } from './lab-logins.ts'

export interface ZoneClientOptions {
  readonly clientId: string
  readonly zone: ZoneName
  /** As whom it logs in where somebody has to. */
  readonly principal: ClientPrincipal
  /** kafkajs's own, with growing pauses. @default 5 */
  readonly retries?: number
}

/** A client in a zone: it reaches the brokers over that zone's links. */
export function zoneClient(
  layout: LabLayout,
  { clientId, zone, principal, retries }: ZoneClientOptions,
): Kafka {
  return kafkaClient({
    clientId,
    brokers: layout.topology.nodes.map(({ host }) => ({ host, port: LAB_PORTS.client })),
    dial: ({ host }) => layout.dial(zone, host, 'client'),
    login: layout.hasAuthorizer ? labLogin(layout.dir, principal) : null,
    ...(retries !== undefined && { retries }),
  })
}
