import kafkajs, { type Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address, Dial } from '../core/network.ts'
import { nodeName, type Topology } from '../core/topology.ts'
import type { Access } from '../drivers/driver.ts'
import type { AdminWork } from '../drivers/environment.ts'
import { type AdminOptions, withAdmin } from '../kafka/admin.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { ClusterAccess } from '../kafka/cluster-access.ts'
import { ClusterOperator } from '../kafka/cluster-operator.ts'
import { ClusterView } from '../kafka/cluster-view.ts'

/** A cluster with an authorizer, and how it is reached: by whoever reads, and by whoever may change rights. */
export interface ReplayPlace extends AsyncDisposable {
  readonly topology: Topology
  readonly dial: Dial
  readonly zone: string
  readonly reader: BrokerLogin
  readonly access: Access
  readonly admin: AdminWork
  /** For other clients of whoever may change rights. */
  readonly operator: AdminOptions
  readonly logSizes: () => Promise<Readonly<Record<string, number>> | null>
  /** Whether records may be in a store. */
  readonly mayBeCold: boolean
}

export interface ReplayClusterOptions {
  readonly bootstrap: readonly Address[]
  readonly reader: BrokerLogin
  readonly operator: BrokerLogin
  /** Those that the contract names. */
  readonly topics: readonly string[]
  /** Whether the object store keeps the one copy, as with AutoMQ. */
  readonly usesSharedStorage: boolean
  readonly clock: Clock
  readonly onTrouble: (message: string) => void
  readonly signal: AbortSignal
}

const FIND_MS = 30_000
/** Clients are no part of the zones of a cluster that is not ours. */
const OUTSIDE = 'outside'
const { ConfigResourceTypes: CONFIGURED } = kafkajs

/**
 * Any cluster that this machine reaches as its brokers advertise themselves.
 * @throws AftershockError `unavailable` when nobody answers, or the operator is not let in
 */
export async function openReplayCluster(options: ReplayClusterOptions): Promise<ReplayPlace> {
  const { bootstrap, reader, operator: login, topics, clock, onTrouble, signal } = options
  const found = { bootstrap, zone: OUTSIDE, clock, onTrouble, login: reader }
  const view = await ClusterView.find(found, FIND_MS, signal)
  try {
    const { topology, dial } = view
    const brokers = () => topology.nodes.map(({ id }) => id)
    const listener = (node: number) => {
      const broker = topology.nodes.find(({ id }) => id === node) ?? { host: '' }
      return { address: dial(OUTSIDE, nodeName(broker), 'client'), host: broker.host }
    }
    const operator: AdminOptions = { clientId: 'aftershock-replay', brokers: bootstrap, login, retries: 2 }
    const admin: AdminWork = work => withAdmin(operator, work)
    const hands = new ClusterOperator({ brokers, listener, login, clock })
    const asPrincipal = () => reader
    const isTiered = await admin(client => areTiered(client, topics)).catch((error: unknown) => {
      throw new AftershockError(
        'unavailable',
        `${login.username} cannot look at the topics: ${messageOf(error)}`,
        {
          hint: 'are they there, and is the login of the operator right (OPERATOR_USERNAME, OPERATOR_PASSWORD)?',
          cause: error,
        },
      )
    })
    return {
      topology,
      dial,
      zone: OUTSIDE,
      reader,
      access: new ClusterAccess({ brokers, admin, operator: hands, asPrincipal, listener, clock }),
      admin,
      operator,
      logSizes: () => hands.logSizes(),
      mayBeCold: options.usesSharedStorage || isTiered,
      [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
    }
  } catch (error) {
    await view[Symbol.asyncDispose]()
    throw error
  }
}

async function areTiered(client: Admin, topics: readonly string[]): Promise<boolean> {
  const resources = topics.map(name => ({ type: CONFIGURED.TOPIC, name }))
  const told = await client.describeConfigs({ includeSynonyms: false, resources })
  return told.resources.some(({ configEntries }) =>
    configEntries.some(
      ({ configName, configValue }) => configName === 'remote.storage.enable' && configValue === 'true',
    ),
  )
}
