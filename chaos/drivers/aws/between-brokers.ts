import { type Link, linkId, type NodeId } from '../../core/topology.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import type { DeployedCluster } from './deployed-cluster.ts'

type Bytes = [toNode: number, back: number]

/** Links that no way of this program leads over: brokers of one zone to a broker of another. */
function linksBetween({ topology: { zones, nodes }, hasOwnVoters }: DeployedCluster): Link[] {
  const listeners = hasOwnVoters ? (['replication'] as const) : (['control', 'replication'] as const)
  return zones.flatMap(from =>
    nodes.flatMap(({ id, zone }) =>
      zone === from ? [] : listeners.map(listener => ({ from, to: id, listener })),
    ),
  )
}

/**
 * What brokers said to each other, by link, as the kernels of their machines counted it where it arrived. A link with an
 * end whose agent does not say is left out.
 */
export async function bytesBetween(cluster: DeployedCluster): Promise<Readonly<Record<string, Bytes>>> {
  const { topology, agentOf, addressOf } = cluster
  const told = new Map<NodeId, Readonly<Record<string, number>>>()
  await Promise.all(
    [...agentOf].map(async ([id, agent]) => {
      const bytes = await agent.bytes().catch(() => null)
      if (bytes) told.set(id, bytes)
    }),
  )
  const all: Record<string, Bytes> = {}
  for (const link of linksBetween(cluster)) {
    const there = topology.nodes.filter(({ zone }) => zone === link.from).map(({ id }) => id)
    if (there.length === 0 || ![link.to, ...there].every(id => told.has(id))) continue
    const port = LAB_PORTS[link.listener as keyof typeof LAB_PORTS]
    const count = (at: NodeId, way: 'in' | 'back', peer: NodeId) =>
      told.get(at)?.[`${way} ${port} ${addressOf.get(peer)}`] ?? 0
    all[linkId(link)] = [
      there.reduce((sum, id) => sum + count(link.to, 'in', id), 0),
      there.reduce((sum, id) => sum + count(id, 'back', link.to), 0),
    ]
  }
  return all
}
