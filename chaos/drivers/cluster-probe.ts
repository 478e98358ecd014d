import type { Clock } from '../core/clock.ts'
import type { Address, Outcome } from '../core/network.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { NodeId } from '../core/topology.ts'
import type { Cluster, ClusterReading } from './driver.ts'
import { listOffsetsRequest, type OffsetQuestion, readOffsets } from '../kafka/list-offsets.ts'
import {
  apiVersionsRequest,
  type BrokerView,
  describeQuorumRequest,
  metadataRequest,
  type QuorumView,
  readMetadata,
  readQuorum,
} from '../kafka/wire.ts'
import { ProbeConnection, ProbeFailure } from '../kafka/probe-connection.ts'

interface NodeAnswer {
  readonly node: NodeId
  readonly view: BrokerView
  readonly quorum: QuorumView | null
}

export interface ClusterProbe extends Cluster, Disposable {
  /** Nodes that the answering ones list as registered. */
  registered(): Promise<ReadonlySet<NodeId>>
  /**
   * By `topic/partition`, asked of its leader: the first offset on its own disk. Where there is a tier, what is older
   * can only have come from there. Leaders that do not answer in time are left out.
   */
  localLogStarts(partitions: ClusterReading['partitions']): Promise<Record<string, number>>
  /**
   * By `topic/partition`, asked of its leader: the last offset that is in the tier, -1 where nothing is. Leaders that do
   * not answer in time are left out.
   */
  uploadedTo(partitions: ClusterReading['partitions']): Promise<Record<string, number>>
}

/** The quorum has a connection of its own: a node asks the quorum's leader first, and may wait for that one. */
type Subject = 'metadata' | 'quorum'

/**
 * Asks every node directly, on connections that are kept, so that a sample costs no connect. A node that
 * does not answer within `timeoutMs` is left out, and asked on a new connection next time.
 */
export function clusterProbe(
  addresses: ReadonlyMap<NodeId, Address>,
  clock: Clock,
  timeoutMs = 600,
  connectTo = (address: Address) => new ProbeConnection(address),
  /** Null: all that there are. */
  topics: readonly string[] | null = null,
): ClusterProbe {
  const connections = new Map<string, ProbeConnection>()

  function connectionTo(node: NodeId, subject: Subject): ProbeConnection {
    const key = `${node} ${subject}`
    const known = connections.get(key)
    if (known && !known.closed) return known
    const connection = connectTo(addresses.get(node) as Address)
    connections.set(key, connection)
    return connection
  }

  async function askOnKept<T>(
    node: NodeId,
    subject: Subject,
    frame: Buffer,
    read: (reply: Buffer) => T,
  ): Promise<T | undefined> {
    const attempt = (connection: ProbeConnection) =>
      unlessSilent(connection, async () => read(await connection.request(frame, timeoutMs, clock)))
    const first = await attempt(connectionTo(node, subject))
    // Somebody else's question had no answer: that is not yet said of this one.
    const answer = first === 'not asked' ? await attempt(connectionTo(node, subject)) : first
    return answer === 'not asked' ? undefined : answer
  }

  async function ask(node: NodeId): Promise<NodeAnswer | undefined> {
    const view = await askOnKept(node, 'metadata', metadataRequest(1, topics), readMetadata)
    if (!view) return undefined
    // A broker that is cut off lives and tells its view, but must ask the quorum's leader, whom it cannot reach.
    const quorum = await askOnKept(node, 'quorum', describeQuorumRequest(2), readQuorum)
    return { node, view, quorum: quorum ?? null }
  }

  async function answers(): Promise<NodeAnswer[]> {
    const all = await Promise.all([...addresses.keys()].map(node => ask(node)))
    return all.filter(answer => answer !== undefined)
  }

  async function offsets(
    partitions: ClusterReading['partitions'],
    question: OffsetQuestion,
    least: number,
  ): Promise<Record<string, number>> {
    const asked = [...addresses].map(async ([node, address]) => {
      const led = ledBy(node, partitions)
      // On a connection of its own: two requests at once on one would be answered in either order.
      const connection = connectTo(address)
      const found =
        led.size === 0
          ? undefined
          : await unlessSilent(connection, async () =>
              readOffsets(
                await connection.request(listOffsetsRequest(3, led, question), timeoutMs, clock),
                least,
              ),
            )
      connection.close()
      return found === undefined || found === 'not asked' ? {} : found
    })
    return Object.assign({}, ...(await Promise.all(asked))) as Record<string, number>
  }

  return {
    describe: async () => mergeAnswers(await answers()),
    localLogStarts: partitions => offsets(partitions, 'earliest-local', 0),
    uploadedTo: partitions => offsets(partitions, 'latest-tiered', -1),
    registered: async () => new Set((await answers()).flatMap(answer => answer.view.brokers)),
    [Symbol.dispose]() {
      for (const connection of connections.values()) connection.close()
    },
  }
}

function ledBy(node: NodeId, partitions: ClusterReading['partitions']): Map<string, number[]> {
  const led = new Map<string, number[]>()
  for (const [name, { leader }] of Object.entries(partitions)) {
    if (leader !== node) continue
    const slash = name.lastIndexOf('/')
    const topic = name.slice(0, slash)
    led.set(topic, [...(led.get(topic) ?? []), Number(name.slice(slash + 1))])
  }
  return led
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
async function unlessSilent<T>(
  connection: ProbeConnection,
  ask: () => Promise<T>,
): Promise<T | 'not asked' | undefined> {
  try {
    return await ask()
  } catch (error) {
    connection.close()
    if (error instanceof ProbeFailure) return error.wasAsked ? undefined : 'not asked'
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
