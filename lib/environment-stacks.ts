import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { type App, Duration, type Stack, Tags, Validations } from 'aws-cdk-lib'
import type { Drill } from '../chaos/core/drill.ts'
import { usesSharedStorage } from '../chaos/platforms/index.ts'
import { AuditStack } from './audit-stack.ts'
import { AutoMqClusterStack } from './automq-cluster-stack.ts'
import { ChaosStack } from './chaos-stack.ts'
import type { ChaosTarget } from './chaos-target.ts'
import { ConnectStack } from './connect-stack.ts'
import type { FixedNode } from './constructs/fixed-node.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { EnvironmentError } from './environment-source.ts'
import { evidenceSettings } from './evidence-settings.ts'
import { EvidenceStack } from './evidence-stack.ts'
import { ExpiryStack } from './expiry-stack.ts'
import { GameDayStack } from './game-day-stack.ts'
import type { GameDays } from './gamedays/schedule.ts'
import { KafkaClusterStack } from './kafka-cluster-stack.ts'
import { NetworkStack } from './network-stack.ts'
import { ObservabilityStack } from './observability-stack.ts'
import { stopSignalName } from './stop-signal.ts'
import { SimulatorStack } from './simulator-stack.ts'

/** All stacks of one environment, and that of the evidence, which environments share and outlive by far. */
export interface EnvironmentStacks {
  readonly evidence: EvidenceStack
  readonly expiry: ExpiryStack
  readonly network: NetworkStack
  readonly cluster: KafkaClusterStack | AutoMqClusterStack
  readonly connect: ConnectStack | null
  readonly simulator: SimulatorStack
  readonly observability: ObservabilityStack
  /** Null when no drills were named. */
  readonly chaos: ChaosStack | null
  /** Null when no calendar was named. */
  readonly gameDays: GameDayStack | null
  /** Null when the environment names no number of parts. */
  readonly audit: AuditStack | null
  /** What experiments may touch, over all stacks. */
  readonly chaosTargets: readonly ChaosTarget[]
}

export interface EnvironmentStacksOptions {
  /** Slots to leave empty, for example `['kafka-2']`. @default none */
  readonly absent?: readonly string[]
  /** When it removes itself, in UTC: `2027-07-01T00:00:00`. @default the end of the day on which it expires */
  readonly removeAt?: string | undefined
  /** Whether drills may run there from the beginning: it is there for one of them. @default somebody arms its switch */
  readonly armed?: boolean
  /** Those that become experiments of FIS. @default none: there is no stack of experiments */
  readonly drills?: readonly Drill[]
  /** Those that begin by themselves. @default none: there is no stack of game days, and no cost */
  readonly gameDays?: GameDays | undefined
}

/** Made only when asked for, and by itself. They are removed with the environment all the same: what is not there is passed over. */
const ASKED_FOR = ['Chaos', 'GameDays']

export function environmentStacks(
  app: App,
  config: EnvironmentConfig,
  { absent = [], removeAt, armed = false, drills = [], gameDays: asked }: EnvironmentStacksOptions = {},
): EnvironmentStacks {
  const env = { region: config.region }
  const id = (part: string) => `Aftershock-${config.environment}-${part}`
  const shared = evidenceSettings(app)
  const evidence = new EvidenceStack(app, 'AftershockEvidence', {
    retention: Duration.days(shared.evidenceRetentionDays),
    sealedRetention: Duration.days(shared.sealedRetentionDays),
    breakGlass: shared.evidenceBreakGlass,
    env,
  })
  const network = new NetworkStack(app, id('Network'), { config, armed, env })
  const Cluster = usesSharedStorage(config.platform) ? AutoMqClusterStack : KafkaClusterStack
  const cluster = new Cluster(app, id('Cluster'), { config, network, absent, env })
  refuseUnknownSlots(absent, cluster)
  const { addresses } = cluster
  const connect = config.connect
    ? new ConnectStack(app, id('Connect'), {
        config,
        connect: config.connect,
        network,
        addresses,
        login: cluster.secrets?.login('connector') ?? null,
        env,
      })
    : null
  const simulator = new SimulatorStack(app, id('Simulator'), {
    config,
    network,
    addresses,
    login: cluster.secrets?.login('device') ?? null,
    evidence: evidence.bucket as unknown as IBucket,
    env,
  })
  const observability = new ObservabilityStack(app, id('Observability'), {
    config,
    shards: simulator.shards,
    volumes: slotsOf(cluster),
    env,
  })
  // Clients are told of brokers by name, which CloudFormation does not see.
  for (const client of [connect, simulator]) client?.addStackDependency(cluster)
  const targets = [network, cluster, connect, simulator].flatMap(stack => stack?.chaosTargets ?? [])
  const chaos =
    drills.length === 0
      ? null
      : new ChaosStack(app, id('Chaos'), {
          config,
          drills,
          targets,
          shards: simulator.shards,
          volumes: slotsOf(cluster),
          env,
        })
  const gameDays = asked
    ? new GameDayStack(app, id('GameDays'), {
        config,
        network,
        gameDays: asked,
        alarms: [...observability.stopIn.keys()].map(zone => stopSignalName(config.environment, zone)),
        evidence: evidence.bucket as unknown as IBucket,
        sealedDays: shared.sealedRetentionDays,
        env,
      })
    : null
  const audit = config.audit
    ? new AuditStack(app, id('Audit'), {
        config,
        parts: config.audit.parts,
        evidence: evidence.bucket as unknown as IBucket,
        env,
      })
    : null
  const own = [network, cluster, connect, simulator, observability, audit].filter(stack => stack !== null)
  const removes = [...own.map(({ stackName }) => stackName), ...ASKED_FOR.map(id)].toReversed()
  const certificates = cluster.secrets?.madeCertificates ?? null
  const expiry = new ExpiryStack(app, id('Expiry'), { config, removes, certificates, at: removeAt, env })
  // First to be made, so that what a failed deployment leaves is removed too; and last to go.
  network.addStackDependency(expiry)
  for (const stack of [expiry, ...own, chaos, gameDays]) if (stack) tag(stack, config)
  tag(evidence, {
    environment: 'shared',
    owner: shared.evidenceOwner,
    costCenter: shared.evidenceCostCenter,
  })
  Validations.of(app).acknowledge({
    id: 'CloudFormation-Validate::W3010',
    reason: 'Zones are named in the environment, so that a deployment never moves to others.',
  })
  return {
    evidence,
    expiry,
    network,
    cluster,
    connect,
    simulator,
    observability,
    chaos,
    gameDays,
    audit,
    chaosTargets: targets,
  }
}

function slotsOf(cluster: EnvironmentStacks['cluster']): readonly FixedNode[] {
  return cluster instanceof AutoMqClusterStack ? cluster.controllers : cluster.nodes
}

function refuseUnknownSlots(absent: readonly string[], cluster: EnvironmentStacks['cluster']): void {
  const slots = slotsOf(cluster).map(({ name }) => name)
  const unknown = absent.filter(name => !slots.includes(name))
  if (unknown.length === 0) return
  throw new EnvironmentError(
    unknown.map(name => `absent=${name}: there is no such slot; expected some of ${slots.join(', ')}`),
  )
}

interface Tagged {
  readonly environment: string
  readonly owner?: string | undefined
  readonly costCenter?: string | undefined
  readonly expires?: string
}

/** A new value of these would be a new version of a launch template, and that would replace instances. */
const MAY_CHANGE = { excludeResourceTypes: ['AWS::EC2::LaunchTemplate'] }

/** Launch templates hand theirs to root volumes, which so have no more than what never changes. */
function tag(stack: Stack, { environment, owner, costCenter, expires }: Tagged): void {
  for (const [key, value] of Object.entries({ project: 'aftershock', environment }))
    Tags.of(stack).add(key, value)
  for (const [key, value] of Object.entries({ owner, 'cost-center': costCenter, expires }))
    if (value !== undefined) Tags.of(stack).add(key, value, MAY_CHANGE)
}
