import type { Clock } from '../../core/clock.ts'
import type { PartitionState } from '../../core/samples.ts'
import type { NodeId } from '../../core/topology.ts'
import type { Cluster, ClusterReading, Outcome } from '../driver.ts'
import {
  apiVersionsRequest,
  type BrokerView,
  describeQuorumRequest,
  metadataRequest,
  type QuorumView,
  readMetadata,
  readQuorum,
} from './kafka-wire.ts'
import { type Address, ProbeConnection, ProbeFailure } from './probe-connection.ts'

interface NodeAnswer {
  readonly node: NodeId
  readonly view: BrokerView
  readonly quorum: QuorumView | null
}

export interface ClusterProbe extends Cluster, Disposable {
  /** Nodes that the answering ones list as registered. */
  registered(): Promise<ReadonlySet<NodeId>>
}

/**
 * Asks every node directly, each on a connection that is kept, so that a sample costs no connect. A node that
 * does not answer within `timeoutMs` is left out, and asked on a new connection next time.
 */
export function clusterProbe(
  addresses: ReadonlyMap<NodeId, Address>,
  clock: Clock,
  timeoutMs = 600,
): ClusterProbe {
  const connections = new Map<NodeId, ProbeConnection>()

  async function ask(node: NodeId, address: Address): Promise<NodeAnswer | undefined> {
    let connection = connections.get(node)
    if (!connection || connection.closed) {
      connection = new ProbeConnection(address)
      connections.set(node, connection)
    }
    const view = await unlessSilent(connection, async () =>
      readMetadata(await connection.request(metadataRequest(1), timeoutMs, clock)),
    )
    if (!view) return undefined
    // A broker that is cut off lives and tells its view, but must ask the quorum's leader, whom it cannot reach.
    const quorum = await unlessSilent(connection, async () =>
      readQuorum(await connection.request(describeQuorumRequest(2), timeoutMs, clock)),
    )
    return { node, view, quorum: quorum ?? null }
  }

  async function answers(): Promise<NodeAnswer[]> {
    const all = await Promise.all([...addresses].map(([node, address]) => ask(node, address)))
    return all.filter(answer => answer !== undefined)
  }

  return {
    describe: async () => mergeAnswers(await answers()),
    registered: async () => new Set((await answers()).flatMap(answer => answer.view.brokers)),
    [Symbol.dispose]() {
      for (const connection of connections.values()) connection.close()
    },
  }
}

/**
 * One picture from several. For each partition the newest leader epoch wins, since a node that was cut off
 * keeps telling what it knew; within an epoch the active controller's node knows the in-sync replicas first.
 */
export function mergeAnswers(answers: readonly NodeAnswer[]): ClusterReading {
  let newest: QuorumView | null = null
  for (const { quorum } of answers) if (quorum && (!newest || quorum.epoch > newest.epoch)) newest = quorum
  const controller = newest?.leader ?? null
  const trusted = [...answers].sort((a, b) => Number(b.node === controller) - Number(a.node === controller))
  const partitions: Record<string, PartitionState> = {}
  for (const { view } of trusted) {
    for (const [name, state] of Object.entries(view.partitions)) {
      const known = partitions[name]
      if (!known || state.leaderEpoch > known.leaderEpoch) partitions[name] = state
    }
  }
  return { answered: answers.map(answer => answer.node).sort((a, b) => a - b), controller, partitions }
}

/** A connection on which something went wrong is not used again: a late reply would be taken for the next one's. */
async function unlessSilent<T>(connection: ProbeConnection, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    connection.close()
    if (error instanceof ProbeFailure) return undefined
    throw error
  }
}

/** One request on a connection of its own: does this listener serve? */
export async function answerOf(address: Address, timeoutMs: number, clock: Clock): Promise<Outcome> {
  const connection = new ProbeConnection(address)
  try {
    await connection.request(apiVersionsRequest(1), timeoutMs, clock)
    return 'answered'
  } catch (error) {
    if (error instanceof ProbeFailure) return error.outcome
    throw error
  } finally {
    connection.close()
  }
}
