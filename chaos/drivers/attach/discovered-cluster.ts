import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Address } from '../../core/network.ts'
import { type KafkaNode, type Link, nodeName, type Topology, ZONES } from '../../core/topology.ts'
import type { BrokerLogin } from '../../kafka/broker-login.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import { ProbeFailure } from '../../kafka/probe-connection.ts'
import { type AdvertisedBroker, metadataRequest, Reader, readAdvertised } from '../../kafka/wire.ts'

/** What brokers say of themselves. */
export interface DiscoveredCluster {
  readonly clusterId: string | null
  readonly brokers: readonly AdvertisedBroker[]
  readonly topology: Topology
  /** Why brokers are in the zones in which they are, in words. */
  readonly zonesBy: string
}

const ANSWER_MS = 10_000

/**
 * Asks the first broker that answers who the brokers are, and for nothing else.
 * @throws AftershockError `unavailable`, with what each of them did
 */
export async function discoverCluster(
  bootstrap: readonly Address[],
  login: BrokerLogin | null,
  clock: Clock,
): Promise<DiscoveredCluster> {
  const seen: string[] = []
  for (const { host, port } of bootstrap) {
    const connection = new LoggedInConnection({ host, port }, host, login)
    try {
      const answer = await connection.request(metadataRequest(1, []), ANSWER_MS, clock)
      const brokers = readAdvertised(answer).toSorted((a, b) => a.id - b.id)
      if (brokers.length > 0) return { clusterId: clusterIdIn(answer), brokers, ...placed(brokers) }
      seen.push(`${host}:${port} knows no brokers`)
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error
      seen.push(`${host}:${port} ${error.message === error.outcome ? words[error.outcome] : error.message}`)
    } finally {
      connection.close()
    }
  }
  throw new AftershockError('unavailable', `the brokers did not say who they are: ${seen.join('; ')}`, {
    hint: login
      ? 'is the login right, is the authority that of the brokers, and is the listener one for this security.protocol?'
      : 'do the brokers run, can this machine reach them, and is the listener one without TLS and login? Else give --command-config',
  })
}

const words = {
  refused: 'refused the connection',
  silent: 'was silent',
  reset: 'ended the connection',
} as const

function clusterIdIn(payload: Buffer): string | null {
  const reader = new Reader(payload)
  reader.skip(8)
  reader.array(() => {
    reader.skip(4)
    reader.skipString()
    reader.skip(4)
    reader.skipString()
  })
  return reader.string()
}

/** By their racks where those are at most three, else in turn: zones are where clients stand, not where brokers are. */
function placed(brokers: readonly AdvertisedBroker[]): Pick<DiscoveredCluster, 'topology' | 'zonesBy'> {
  const racks = [...new Set(brokers.map(({ rack }) => rack))].filter(rack => rack !== null).toSorted()
  const hasRacks =
    racks.length > 0 && racks.length <= ZONES.length && brokers.every(({ rack }) => rack !== null)
  const zoneAt = (index: number) => ZONES[index % ZONES.length] as string
  const nodes: KafkaNode[] = brokers.map(({ id, host, port, rack }, index) => ({
    id,
    host,
    port,
    zone: zoneAt(hasRacks ? racks.indexOf(rack ?? '') : index),
  }))
  const links: Link[] = ZONES.flatMap(from =>
    nodes.map(({ id }) => ({ from, to: id, listener: 'client' as const })),
  )
  return {
    topology: { zones: ZONES, nodes, links },
    zonesBy: hasRacks
      ? racks.map((rack, index) => `${zoneAt(index)} is rack ${rack}`).join(', ')
      : 'brokers have no racks that could be zones, and are put into them in turn',
  }
}

/** @throws AftershockError `internal` for a broker that is not there */
export function nodeOf({ nodes }: Topology, name: string): KafkaNode {
  const found = nodes.find(node => nodeName(node) === name || node.host === name)
  if (found) return found
  throw new AftershockError('internal', `no broker advertised ${name} when the run began`)
}
