import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import { CONNECT_REST_PORT } from '../../chaos/platforms/connect.ts'
import { NODE_PORTS } from '../node-ports.ts'

export const ROLES = ['broker', 'controller', 'connect', 'database', 'fleet', 'runner', 'endpoint'] as const
export type SecurityRole = (typeof ROLES)[number]

/** Who may open a connection to whom: everything else between the roles is refused, in both directions. */
export const CONNECTIONS: readonly {
  readonly from: SecurityRole
  readonly to: SecurityRole
  readonly port: number
  readonly why: string
}[] = [
  { from: 'fleet', to: 'broker', port: NODE_PORTS.client, why: 'devices produce, readers consume' },
  { from: 'connect', to: 'broker', port: NODE_PORTS.client, why: 'workers consume' },
  { from: 'broker', to: 'broker', port: NODE_PORTS.client, why: 'tools on the node, metrics reporter' },
  { from: 'broker', to: 'broker', port: NODE_PORTS.control, why: 'quorum of combined nodes' },
  { from: 'broker', to: 'broker', port: NODE_PORTS.replication, why: 'replication' },
  { from: 'broker', to: 'controller', port: NODE_PORTS.control, why: 'brokers register with the quorum' },
  { from: 'controller', to: 'controller', port: NODE_PORTS.control, why: 'quorum' },
  { from: 'connect', to: 'connect', port: CONNECT_REST_PORT, why: 'workers forward to their leader' },
  { from: 'runner', to: 'connect', port: CONNECT_REST_PORT, why: 'a drill starts and stops connectors' },
  { from: 'runner', to: 'broker', port: NODE_PORTS.client, why: 'a drill probes, replays and audits' },
  { from: 'runner', to: 'broker', port: NODE_PORTS.agent, why: 'a drill looks at the node' },
  { from: 'runner', to: 'fleet', port: NODE_PORTS.agent, why: 'devices of a drill connect from there' },
  { from: 'connect', to: 'database', port: NODE_PORTS.database, why: 'the sink writes' },
]

/** Roles that talk to AWS itself: through endpoints, and to S3 through its gateway. */
const CALLERS: readonly SecurityRole[] = ['broker', 'controller', 'connect', 'fleet', 'runner']

/** One security group for each role of a node. No rule names an address outside of the network but S3's. */
export class RoleSecurityGroups extends Construct {
  readonly #groups: Readonly<Record<SecurityRole, SecurityGroup>>

  constructor(scope: Construct, id: string, vpc: IVpc) {
    super(scope, id)
    const group = (role: SecurityRole) =>
      new SecurityGroup(this, role, { vpc, allowAllOutbound: false, description: `aftershock ${role}` })
    this.#groups = Object.fromEntries(ROLES.map(role => [role, group(role)])) as Record<
      SecurityRole,
      SecurityGroup
    >
    for (const { from, to, port, why } of CONNECTIONS) this.#allow(from, to, port, why)
    for (const role of CALLERS) {
      this.#allow(role, 'endpoint', 443, 'AWS interface endpoints')
      // The addresses of S3 are many and change. Without NAT the only route there is the gateway endpoint.
      this.of(role).addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'S3 through the gateway endpoint')
    }
  }

  /** Both ends explicitly: `connections.allowTo` leaves out the ingress of a group that talks to itself. */
  #allow(from: SecurityRole, to: SecurityRole, port: number, why: string): void {
    this.of(from).addEgressRule(this.of(to), Port.tcp(port), why)
    this.of(to).addIngressRule(this.of(from), Port.tcp(port), why)
  }

  of(role: SecurityRole): SecurityGroup {
    return this.#groups[role]
  }
}
