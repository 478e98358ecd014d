import type { Clock } from '../../core/clock.ts'
import type { Drill } from '../../core/drill.ts'
import type { Address, Dial } from '../../core/network.ts'
import { nodeName } from '../../core/topology.ts'
import { formatBytes } from '../../core/units.ts'
import { withAdmin } from '../../kafka/admin.ts'
import { operatorOver } from '../../kafka/cluster-operator.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import type { LoginRecipe } from '../../kafka/login-recipe.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import { platformOf } from '../../platforms/index.ts'
import { topicSettings } from '../../platforms/topics.ts'
import { driverCommands } from '../driver-commands.ts'
import { clusterProbe } from '../cluster-probe.ts'
import type { Capability, Driver } from '../driver.ts'
import type {
  Environment,
  EnvironmentKind,
  OpenOptions,
  Outline,
  Setup,
  StartedEnvironment,
} from '../environment.ts'
import { LinkMeter } from '../link-meter.ts'
import { byteNeed, clientCeiling, needWords, rateLimit, refuseBeyond } from './byte-ceiling.ts'
import { clientLinks } from './client-links.ts'
import { type ClientProxies, startClientProxies } from './client-proxies.ts'
import { type DiscoveredCluster, discoverCluster, nodeOf } from './discovered-cluster.ts'
import { type FleetQuota, makeFleetQuota, removeFleetQuota } from './fleet-quota.ts'
import { fittedDrill } from '../fitted-drill.ts'
import { MadeTopics, refuseTakenNames } from '../own-topics.ts'

export interface AttachOptions {
  readonly bootstrap: readonly Address[]
  /** null: plain connections, and nobody logs in. */
  readonly recipe: LoginRecipe | null
  /** Where the client properties are; null: in the environment, or there are none. */
  readonly commandConfig: string | null
  /** Names of those variables of the environment; never what is in them. */
  readonly variables: readonly string[]
  /** What the names of the run's topics begin with. */
  readonly topicPrefix: string
  /** The most that a run may move. */
  readonly maxBytes: number
  /** The most that its devices send a second, together; null: by the drill (`rateLimit`). */
  readonly maxBytesPerSecond: number | null
  readonly clock: Clock
  readonly ensureProxy: (setup: Setup) => Promise<{ readonly binary: string; readonly version: string }>
}

/** Brokers of others are far away: a login and a question take several round trips. */
const PROBE_MS = 2500
const LEAVE_MS = 40_000
/** What is absent here, and why: a drill that needs it is refused, and plans and scorecards say it. */
export const ABSENT: Readonly<Partial<Record<Capability, string>>> = {
  processes: 'processes of brokers, which are not ours to kill, stop or freeze',
  disks: 'disks of brokers',
  settings: 'settings of brokers',
  objectStore: 'the object store behind the brokers',
  access: 'rights of principals',
  connectors: 'Connect workers of the run’s own',
  processor: 'a stateful processor of the run’s own',
  regions: 'a second region',
}
const CAPABILITIES: readonly Capability[] = ['links', 'clients', 'commands']

/** @throws AftershockError `unavailable` when no broker answers */
export async function attachEnvironment(options: AttachOptions): Promise<EnvironmentKind> {
  const login = options.recipe && loginOf(options.recipe)
  const cluster = await discoverCluster(options.bootstrap, login, options.clock)
  const { topology } = cluster
  const outlined = (platform: Outline['platform']): Outline => ({
    name: 'attach',
    platform,
    capabilities: new Set(CAPABILITIES),
    topology,
    topics: contract => topicSettings(contract, { isReplicated: true, tier: null }),
  })
  return {
    name: 'attach',
    fitted(drill) {
      const fitted = fittedDrill(drill, options.topicPrefix, topology.nodes.length)
      const above = clientCeiling(options.maxBytes, byteNeed(fitted))
      return { ...fitted, abort: [...fitted.abort, { probe: 'client-bytes', above }] }
    },
    outline: (_drill, platform) => outlined(platform),
    parts: drill => partsOf(drill, cluster, options),
    async prepare(drill, { platform }, setup): Promise<Environment> {
      refuseBeyond(options.maxBytes, byteNeed(drill), drill.drill)
      rateLimit(drill, options.maxBytesPerSecond)
      const proxy = await options.ensureProxy(setup)
      return {
        outline: outlined(platform),
        header: {
          driver: 'attach',
          labDir: '',
          ownsLab: false,
          versions: { toxiproxy: proxy.version },
          software: {
            name: `a cluster that was there${cluster.clusterId === null ? '' : `, ${cluster.clusterId}`}`,
            kind: 'product',
            notes: [
              'The cluster was not started by this program: its version and its settings are its owner’s.',
              `Zones are where clients stand: ${cluster.zonesBy}.`,
            ],
            absent: [...Object.values(ABSENT), 'links between brokers'],
          },
        },
        open: run => open(options, cluster, { binary: proxy.binary, platform }, run),
      }
    },
  }
}

function partsOf(
  drill: Drill,
  { topology, clusterId, zonesBy }: DiscoveredCluster,
  options: AttachOptions,
): string[] {
  const need = byteNeed(drill)
  const rate = formatBytes(rateLimit(drill, options.maxBytesPerSecond))
  return [
    `nothing in the cluster ${clusterId ?? 'that was asked'} (brokers ${topology.nodes.map(({ id, host, port }) => `${id} at ${host}:${port}`).join(', ')})`,
    `Toxiproxy, with a proxy for each of ${topology.zones.length} client zones in front of each broker (${zonesBy})`,
    `topics that begin with ${options.topicPrefix}; they alone are deleted at the end, by their ids`,
    `up to ${formatBytes(need.total)} moved (${needWords(need)}); the ceiling is ${formatBytes(options.maxBytes)}`,
    `no more than ${rate} a second from all devices; brokers are asked for the same by a produce quota, which goes at the end`,
    `absent: ${Object.values(ABSENT).join('; ')}; links between brokers`,
  ]
}

async function open(
  options: AttachOptions,
  cluster: DiscoveredCluster,
  { binary, platform }: { readonly binary: string; readonly platform: Outline['platform'] },
  run: OpenOptions,
): Promise<StartedEnvironment> {
  const { clock, record, endings, runDir } = run
  const { topology, clusterId } = cluster
  const login = options.recipe && loginOf(options.recipe)
  const topics = run.topics.map(({ topic }) => topic)
  const own = { nodes: topology.nodes, login, clock }
  const brokers = topology.nodes.map(({ host, port = 9092 }) => ({ host, port }))
  const operator = operatorOver(brokers, own)
  const quota: FleetQuota = {
    client: `${options.topicPrefix}fleet`,
    bytesPerSecond: rateLimit(run.drill, options.maxBytesPerSecond),
  }
  await refuseTakenNames(own, topics)
  record({
    kind: 'cluster.attached',
    bootstrap: options.bootstrap.map(({ host, port }) => `${host}:${port}`).join(','),
    clusterId,
    commandConfig: options.commandConfig,
    variables: [...options.variables],
    brokers: topology.nodes.map(({ id, host, port }) => `${id} ${host}:${port}`),
    topicPrefix: options.topicPrefix,
    topics,
    maxBytes: options.maxBytes,
    expectedBytes: byteNeed(run.drill).total,
  })
  if (clientsHaveNames(platform))
    record({
      kind: 'quota.absent',
      client: quota.client,
      why: 'the platform says how clients call themselves',
    })
  else await guardByQuota(quota, { operator, user: userOf(options.recipe), record, clock }, endings)
  const proxies = await startClientProxies({
    binary,
    topology,
    runDir,
    clock,
    onStart(process) {
      record({ kind: 'process.started', role: 'toxiproxy', node: null, process })
      endings.add('Toxiproxy', async () => {
        await proxies.end()
        record({ kind: 'process.ended', role: 'toxiproxy', node: null, process })
      })
    },
  })
  const made = new MadeTopics(own, record)
  endings.add('the topics of the run', () => made.leave(topics), LEAVE_MS)
  const driver = attachDriver(proxies, cluster, topics, options, clock)
  endings.add('the cluster probe', () => driver.end())
  const meter = new LinkMeter(proxies, true)
  return {
    driver: driver.driver,
    dial: dialOver(proxies, cluster),
    ...(login && { loginOf: () => login }),
    admin: work => withAdmin({ clientId: 'aftershock-setup', brokers, login }, work),
    logSizes: () => operator.logSizes(),
    limitReads: (name, bytesPerSecond) => operator.limitTo({ kind: 'client-id', name }, bytesPerSecond),
    fleetLimit: quota,
    keepsTopics: true,
    claimTopics: () => [],
    topicsMade: names => made.learn(names),
    meters: [
      {
        name: 'links',
        everyMs: 1000,
        sample: async t => [{ t, links: await meter.sample(), probes: meter.probeBytes() }],
      },
    ],
    connector: null,
    connectors: null,
    processor: null,
    regions: null,
  }
}

/** By their zones, say: then others may have the same names, and a quota would hold them too. */
const clientsHaveNames = (platform: Outline['platform']): boolean => platformOf(platform).clientId !== null

/** Whatever becomes of the request, what may be there is taken away. */
async function guardByQuota(
  quota: FleetQuota,
  by: Parameters<typeof makeFleetQuota>[1],
  endings: OpenOptions['endings'],
): Promise<void> {
  let mayBeThere = false
  const record: typeof by.record = event => {
    if (event.kind === 'quota.intended') mayBeThere = true
    else if (event.kind === 'quota.absent') mayBeThere = false
    by.record(event)
  }
  const remove = async () => {
    if (mayBeThere) await removeFleetQuota(quota.client, by.operator, by.record)
  }
  endings.add('the produce quota of the run', remove, LEAVE_MS)
  await makeFleetQuota(quota, { ...by, record })
}

/** As brokers call whoever logs in so, where that is known beforehand. */
const userOf = (recipe: LoginRecipe | null): string | null =>
  recipe === null ? 'ANONYMOUS' : recipe.username || null

/** A broker that joined since the run began has no proxy, and is not dialled past those that there are. */
function dialOver(proxies: ClientProxies, { topology }: DiscoveredCluster): Dial {
  return (zone, host, listener, port) => {
    const { id } = nodeOf(topology, port === undefined ? host : nodeName({ host, port }))
    return proxies.addressOf({ from: zone, to: id, listener })
  }
}

function attachDriver(
  proxies: ClientProxies,
  { topology }: DiscoveredCluster,
  topics: readonly string[],
  { recipe }: AttachOptions,
  clock: Clock,
): { readonly driver: Driver; end(): void } {
  const login = recipe && loginOf(recipe)
  const addresses = new Map(topology.nodes.map(({ id, host, port = 9092 }) => [id, { host, port }]))
  const cluster = clusterProbe(
    addresses,
    clock,
    PROBE_MS,
    address => new LoggedInConnection(address, address.host, login),
    topics,
  )
  return {
    driver: {
      name: 'attach',
      topology,
      capabilities: new Set<Capability>(['links', 'commands']),
      cluster,
      links: clientLinks(proxies, login, clock),
      commands: driverCommands(clock),
    },
    end: () => cluster[Symbol.dispose](),
  }
}
