import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { FleetSpec } from '../core/drill.ts'
import type { Address, Dial } from '../core/network.ts'
import type { NodeId, Topology } from '../core/topology.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { seedsOf } from '../kafka/broker-seeds.ts'
import { SHARD_FORMAT, type ShardHeader } from '../record/history.ts'
import { ShardWriter } from '../record/shard-writer.ts'
import { BrokerLane } from './broker-lane.ts'
import type { GatewayOptions } from './gateway.ts'

/** What a gateway needs of the cluster that it sends to: its ways there, and a history of what it sends. */

export interface LanesOptions {
  readonly spec: Pick<FleetSpec, 'acks' | 'idempotent' | 'compression'>
  readonly clock: Clock
  readonly clientId: string
  readonly login: BrokerLogin | null
  /** Read again for each new connection. */
  readonly seeds: (leader: NodeId | null) => string[]
  readonly openSocket: (broker: Address) => Socket
  readonly onThrottled?: (ms: number) => void
}

export function brokerLanes({
  spec: { acks, idempotent, compression },
  clock,
  clientId,
  login,
  seeds: of,
  openSocket,
  onThrottled,
}: LanesOptions): GatewayOptions['senderFor'] {
  return leader =>
    new BrokerLane({
      clientId,
      login,
      acks,
      idempotent,
      compression,
      get seeds() {
        return of(leader)
      },
      now: () => clock.now(),
      openSocket,
      onThrottled,
    })
}

/** The leader itself, then the gateway's own zone, then the rest: a lane touches no broker that it can do without. */
export function seedsFor(
  { topology, dial }: { readonly topology: Topology; readonly dial: Dial },
  zone: string,
  leader: NodeId | null,
): string[] {
  const rank = (node: { id: NodeId; zone: string }) => (node.id === leader ? 0 : node.zone === zone ? 1 : 2)
  const nodes = [...topology.nodes].sort((a, b) => rank(a) - rank(b))
  return seedsOf(nodes, zone, dial)
}

/** Written ahead: whoever is killed leaves no record that nobody has sent. */
export const createShard = (
  historyDir: string,
  process: string,
  of: Pick<ShardHeader, 'zone' | 'region'>,
  onTrouble: (message: string) => void,
): Promise<ShardWriter> =>
  ShardWriter.create(
    join(historyDir, `${process}.jsonl`),
    { kind: 'header', format: SHARD_FORMAT, process, role: 'gateway', ...of },
    onTrouble,
    'ahead',
  )
