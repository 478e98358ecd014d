import { hostname } from 'node:os'
import type { Clock } from '../../core/clock.ts'
import type { Drill } from '../../core/drill.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Address } from '../../core/network.ts'
import { linkId } from '../../core/topology.ts'
import { withAdmin } from '../../kafka/admin.ts'
import { ClusterOperator } from '../../kafka/cluster-operator.ts'
import type { LoginRecipe } from '../../kafka/login-recipe.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import { type PlatformName, usesObjectStore } from '../../platforms/index.ts'
import type { Environment, EnvironmentKind, OpenOptions, StartedEnvironment } from '../environment.ts'
import { MadeTopics } from '../own-topics.ts'
import type { Account } from './account.ts'
import { alarmsOf, AlarmWatch, breached, type StopAlarms } from './alarm-watch.ts'
import { awsDriver } from './aws-driver.ts'
import { permitted } from './break-and-heal.ts'
import { bytesBetween } from './between-brokers.ts'
import { type Holder, releaseLock, SwitchWatch, takeLock } from './chaos-lock.ts'
import { type DeployedCluster, findCluster, heldOn, openTunnels } from './deployed-cluster.ts'
import { absent, leaseOf } from './fit.ts'
import { type Place, reachRefusals, refuseIf } from './guards.ts'
import { AwsHands } from './hands.ts'
import { NodeDeeds } from './node-deeds.ts'
import { overNetwork, type Reach } from './reach/reach.ts'
import { WayWatch } from './reach/way-watch.ts'
import { fittedThere, lastsMs, outlineIn } from './outline.ts'
import { healStanding, standing } from './standing.ts'

export interface AwsOptions {
  readonly account: Account
  readonly place: Place & { readonly platform: PlatformName; readonly alarms: StopAlarms }
  /** null: plain connections, and nobody logs in. */
  readonly recipe: LoginRecipe | null
  /** Where the client properties are; null: there are none. */
  readonly commandConfig: string | null
  /** What the names of the run's topics begin with. */
  readonly topicPrefix: string
  /**
   * By which name the lock is held already, by whoever has the run carried out and heals after it: the run neither takes
   * nor returns it. @default the run's own
   */
  readonly heldFor?: string
  /** Ended with the environment that is found by it. @default addresses of the network */
  readonly reach?: Reach
  readonly clock: Clock
}

type Options = AwsOptions & { readonly reach: Reach }

/** A deployed environment, and what a run of this drill would touch there. */
export interface AwsEnvironmentKind extends EnvironmentKind {
  /** Every read of a run, and no write. */
  foresee(drill: Drill): Promise<{ readonly lines: readonly string[]; readonly refusals: readonly string[] }>
  /** Which of the alarms that end this drill is not OK now, in words; null: none. */
  alarmed(drill: Drill): Promise<string | null>
}

const LEAVE_MS = 330_000
const TOPICS_MS = 40_000

/** @throws AftershockError `unavailable` when the account, an agent or the brokers do not answer */
export async function awsEnvironment(given: AwsOptions): Promise<AwsEnvironmentKind> {
  const options = { reach: overNetwork, ...given }
  const { account, place, recipe, reach, clock, topicPrefix } = options
  const cluster = await findCluster({ account, place, login: recipe && loginOf(recipe), reach, clock })
  const { topology } = cluster
  const outline = outlineIn(place.platform, topology)
  return {
    name: 'aws',
    fitted: drill =>
      fittedThere(drill, { platform: place.platform, topology, prefix: topicPrefix, way: reach.name }),
    outline: () => outline,
    parts: drill => partsOf(drill, cluster, options),
    async end() {
      await reach[Symbol.asyncDispose]()
    },
    foresee: drill => foresee(drill, cluster, options),
    alarmed: drill => breached(account, alarmsOf(place.alarms, drill), clock),
    prepare: async (): Promise<Environment> => ({
      outline,
      header: {
        driver: 'aws',
        labDir: '',
        ownsLab: false,
        versions: {},
        software: {
          name: `${place.environment}, deployed in ${place.region}`,
          kind: 'product',
          notes: [
            'The brokers were deployed before this run: their version and their settings are those of the environment’s file.',
            'The run’s devices are on the runner; those of a zone connect from a machine of that zone, through its agent. Shards of the fleet that run there besides are not this run’s, and not in its evidence.',
            ...(reach.name === 'sessions' ? [THROUGH_SESSIONS] : []),
          ],
          absent: absent(),
        },
      },
      open: run => open(options, cluster, run),
    }),
  }
}

const THROUGH_SESSIONS =
  'The runner was outside of the network: what its devices and readers sent and were sent went through sessions of Systems Manager, which are slower than the network by far. A time that is good enough is good enough; one that is not says nothing of the platform.'

function partsOf(
  drill: Drill,
  { topology, machineOf, clientsOf }: DeployedCluster,
  options: Options,
): string[] {
  const { place, topicPrefix, reach } = options
  const brokers = topology.nodes.map(
    ({ id, host, zone }) => `${id} is ${host} on ${machineOf.get(id)} in ${zone}`,
  )
  return [
    `nothing in ${place.environment} (account ${place.account ?? 'unknown'}, ${place.region}): ${brokers.join('; ')}`,
    `devices of a zone connect from ${[...clientsOf].map(([zone, { machine }]) => `${machine} (${zone})`).join(', ')}`,
    ...(reach.name === 'sessions'
      ? [
          'agents are reached through sessions of Systems Manager, one to each machine: no time that fails can be the platform’s',
        ]
      : []),
    `topics that begin with ${topicPrefix}; they alone are deleted at the end, by their ids`,
    `on each machine that a fault touches, a lease of ${Math.round(leaseOf(drill) / 1000)} s that heals it without anybody`,
    `absent: ${absent().join('; ')}`,
  ]
}

async function foresee(drill: Drill, cluster: DeployedCluster, options: Options) {
  const { account, place, clock, heldFor } = options
  const now = await standing(account, place, clock, lastsMs(drill), heldFor)
  const [found, held, alarmed] = await Promise.all([
    account.inventory(place.environment),
    heldOn(cluster),
    breached(account, alarmsOf(place.alarms, drill), clock),
  ])
  const zones = drill.timeline.flatMap(({ kind, spec }) =>
    kind === 'zone-cut' && typeof spec['zone'] === 'string' && spec['zone'] !== 'random'
      ? [spec['zone']]
      : [],
  )
  const reach = zones.flatMap(zone => reachRefusals(found, { machines: [], zones: [zone], named: false }))
  return {
    lines: [
      ...Object.entries(now.targets).flatMap(([kind, all]) => all.map(one => `may touch ${kind}: ${one}`)),
      ...[...cluster.machineOf].map(
        ([id, machine]) => `broker ${id} is on ${machine}, and its agent answers`,
      ),
      ...[...cluster.clientsOf].map(([zone, { machine }]) => `devices of ${zone} connect from ${machine}`),
    ],
    refusals: [
      ...now.refusals,
      ...(alarmed === null ? [] : [alarmed]),
      ...new Set(reach),
      ...[
        ...now.damage,
        ...held.flatMap(({ machine, faults }) =>
          faults.length === 0 ? [] : [`${machine} is held (${faults.join(', ')})`],
        ),
      ].map(one => `damage: ${one} already, so that nobody could tell what this run did`),
    ],
  }
}

async function open(
  options: Options,
  cluster: DeployedCluster,
  run: OpenOptions,
): Promise<StartedEnvironment> {
  const { account, place, recipe, reach, clock, topicPrefix, commandConfig, heldFor } = options
  const { record, endings, drill } = run
  const { environment, platform } = place
  const { topology } = cluster
  const login = recipe && loginOf(recipe)
  refuseIf((await foresee(drill, cluster, options)).refusals, `${drill.drill} in ${environment}`)
  const at = new Date(clock.wallMs()).toISOString()
  const holder: Holder = { run: heldFor ?? run.run, host: hostname(), pid: process.pid, at }
  if (heldFor === undefined) await takeLock(account, environment, holder)
  endings.add('the environment', () => leave(options, cluster, holder, record), LEAVE_MS)
  const leaseMs = leaseOf(drill)
  record({
    kind: 'account.entered',
    environment,
    account: place.account ?? '',
    region: place.region,
    commandConfig,
    clusterId: null,
    brokers: topology.nodes.map(({ id, host }) => `${id} ${host} on ${cluster.machineOf.get(id)}`),
    clientsOf: Object.fromEntries([...cluster.clientsOf].map(([zone, { machine }]) => [zone, machine])),
    topicPrefix,
    leaseMs,
    ...(heldFor !== undefined && { heldFor }),
    through: reach.name,
  })
  const watch = new SwitchWatch({
    account,
    environment,
    clock,
    holder: holder.run,
    onOff: why =>
      run.stop(
        new AftershockError('refused', `the run was ended early, and everything is healed: ${why}`, {
          hint: 'run the drill again when the reason is gone; `aftershock aws status` shows the environment',
        }),
      ),
  })
  endings.add('the watch of the switch', () => watch[Symbol.asyncDispose]())
  const alarms = new AlarmWatch({
    account,
    names: alarmsOf(place.alarms, drill),
    clock,
    onBreach: run.abort,
  })
  endings.add('the watch of the alarms', () => alarms[Symbol.asyncDispose]())
  const way = reach.name === 'sessions' ? watchWay(cluster, reach, run) : null
  if (way) endings.add('the watch of the way', () => way[Symbol.asyncDispose]())
  const ways = await openTunnels(cluster)
  endings.add('the tunnels', () => ways.tunnels[Symbol.asyncDispose]())
  const permit = () => permitted({ account, place, holder })
  const hands = new AwsHands({ account, environment, clock, permit })
  const topics = run.topics.map(({ topic }) => topic)
  const driver = awsDriver({
    cluster,
    ways,
    hands,
    deeds: new NodeDeeds({ account, environment, clock, permit, leaseMs }),
    login,
    clock,
    cut: usesObjectStore(platform) ? 'cut-keep-s3' : 'cut',
    usesStore: usesObjectStore(platform),
    held: run.held,
    topics,
  })
  const near = topology.nodes.map(({ id, host }) => ({
    host,
    port: LAB_PORTS.client,
    at: ways.directAddress(id),
  }))
  const direct = ({ host }: Address): Address => {
    const node = topology.nodes.find(one => one.host === host)
    if (!node) throw new AftershockError('internal', `no broker advertised ${host} when the run began`)
    return ways.directAddress(node.id)
  }
  const operator = new ClusterOperator({
    brokers: () => topology.nodes.map(({ id }) => id),
    listener: id => ({ address: ways.directAddress(id), host: ways.hostOf(id) }),
    login,
    clock,
  })
  const own = { nodes: near, login, clock }
  const made = new MadeTopics(own, record)
  endings.add('the topics of the run', () => made.leave([]), TOPICS_MS)
  endings.add('the cluster probe', () => driver[Symbol.dispose]())
  const links = new Set<string>(ways.links.map(linkId))
  const only = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => links.has(id)))
  return {
    driver,
    dial(zone, host, listener) {
      const node = topology.nodes.find(one => one.host === host)
      if (!node) throw new AftershockError('internal', `no broker advertised ${host} when the run began`)
      return ways.addressOf({ from: zone, to: node.id, listener })
    },
    ...(login && { loginOf: () => login }),
    admin: work => withAdmin({ clientId: 'aftershock-setup', brokers: near, dial: direct, login }, work),
    logSizes: () => operator.logSizes(),
    limitReads: (name, bytesPerSecond) => operator.limitTo({ kind: 'client-id', name }, bytesPerSecond),
    keepsTopics: true,
    ...(way && { way }),
    claimTopics: () => [],
    topicsMade: names => made.learn(names),
    meters: [
      {
        name: 'links',
        everyMs: 1000,
        // What brokers say to each other goes no way of ours; over the ways of those links there is nothing but probes.
        async sample(t) {
          const between = await bytesBetween(cluster)
          const { all, probes } = ways.tunnels.bytes()
          const isClients = ([id]: readonly [string, unknown]) => id.endsWith(':client')
          const clients = Object.fromEntries(Object.entries(only(all)).filter(isClients))
          const asked = Object.fromEntries(Object.entries(only(all)).filter(one => !isClients(one)))
          return [{ t, links: { ...clients, ...between }, probes: { ...only(probes), ...asked } }]
        },
      },
    ],
    connector: null,
    connectors: null,
    processor: null,
    regions: null,
  }
}

/** Whoever loses the way to agents sees brokers fall silent that are not: the run ends before that is anybody's verdict. */
function watchWay(
  { agentOf, machineOf, clientsOf }: DeployedCluster,
  reach: Reach,
  run: OpenOptions,
): WayWatch {
  const lost = (why: string) =>
    run.stop(
      new AftershockError(
        'unavailable',
        `the run was ended early, and healed, for want of evidence: ${why}`,
        {
          hint: 'what devices saw since was the way to them, and not the platform. Run it again; on a machine of the network nothing is in between (docs/drills-on-aws.md)',
        },
      ),
    )
  reach.onLoss(lost)
  const ofBrokers = [...agentOf].map(([id, agent]) => [machineOf.get(id) ?? String(id), agent] as const)
  const ofClients = [...clientsOf.values()].map(({ machine, agent }) => [machine, agent] as const)
  return new WayWatch({ agents: new Map([...ofBrokers, ...ofClients]), clock: run.clock, onSilence: lost })
}

/** By what is seen, whatever the journal says; the environment is free only once nothing is left. */
async function leave(
  { account, place, clock, heldFor }: Options,
  cluster: DeployedCluster,
  holder: Holder,
  record: OpenOptions['record'],
) {
  const held = (await heldOn(cluster)).filter(({ faults }) => faults.length > 0)
  const nodes = held.map(({ machine }) => machine)
  const { healed, left } = await healStanding(account, place, clock, { breakLock: false, nodes })
  const isOurs = heldFor === undefined
  const unlocked =
    left.length === 0 && (!isOurs || (await releaseLock(account, place.environment, holder.run)))
  record({ kind: 'account.left', healed: [...healed], left: [...left], unlocked })
  if (left.length > 0)
    throw new AftershockError('unhealed', `${place.environment} is not healed: ${left.join('; ')}`)
}
