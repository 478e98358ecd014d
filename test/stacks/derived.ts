import { parsedContract, topicSettings } from '../../chaos/platforms/topics.ts'
import { replicates } from '../../chaos/platforms/index.ts'
import { keptTopics } from '../../chaos/fleet/kept-topics.ts'
import { shippedContract } from '../../lib/topic-load.ts'
import { settingsOf } from '../local/shard-process.ts'
import { parameterText, resourcesOf, type Synthesized } from './synthesized.ts'

export type Derived = Readonly<Record<string, string>>

/**
 * What an environment comes to, one line a setting: machines, disks, what is rendered for one broker, one worker and
 * one shard, and the topics that this shard would make. Without the environment's own name.
 */
export function derived(made: Synthesized): Derived {
  const all = { ...machines(made), ...broker(made), ...topics(made), ...worker(made), ...shard(made) }
  // In addresses, names of stacks, parameters and metrics, and at the end of places.
  const itself = new RegExp(
    `(?<=[./]|Aftershock-)${made.config.environment}(?=\\.aftershock|/|-Cluster|$)`,
    'g',
  )
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, value.replaceAll(itself, '<name>')]),
  )
}

/** Keys in which two environments differ. */
export function differences(one: Derived, other: Derived): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].filter(key => one[key] !== other[key]).toSorted()
}

/** Everything that its stacks make but for the cluster, and of this what stores or computes. */
function machines({ stacks, cluster, config }: Synthesized): Derived {
  const counts: Record<string, number> = {}
  const count = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1
  }
  for (const stack of stacks) {
    const part = stack.stackName.replace(/^Aftershock-.*-/, '')
    for (const { Type, Properties } of Object.values(resourcesOf(stack))) {
      const type = Type.replace('AWS::', '')
      if (stack !== cluster) count(`${part} ${type}`)
      else if (type === 'EC2::Instance') count(`Cluster instance ${String(Properties.InstanceType)}`)
      else if (type === 'AutoScaling::AutoScalingGroup') count(`Cluster group ${config.brokers.instanceType}`)
      else if (type === 'EC2::Volume')
        count(`Cluster volume ${String(Properties.Size)} GiB, ${String(Properties.Throughput)} MiB/s`)
      else if (type === 'S3::Bucket') count('Cluster bucket')
    }
  }
  return Object.fromEntries(Object.entries(counts).map(([key, number]) => [key, String(number)]))
}

function broker(made: Synthesized): Derived {
  const { cluster, config } = made
  const path =
    config.platform === 'automq'
      ? `/aftershock/${config.environment}/automq/automq-1`
      : `/aftershock/${config.environment}/kafka/kafka-1`
  const {
    JVM_OPTIONS = '',
    DISTRIBUTION_SHA256 = '',
    PLUGINS = '',
  } = named(parameterText(cluster, `${path}/node.env`))
  return {
    ...prefixed('broker', properties(parameterText(cluster, `${path}/server.properties`))),
    ...prefixed('broker JVM', jvm(JVM_OPTIONS)),
    'broker distribution': DISTRIBUTION_SHA256,
    'broker plugins': PLUGINS,
  }
}

/** As the fleet asks for them, and as a shared platform then makes them. */
function topics(made: Synthesized): Derived {
  const env = settingsOf(made, made.simulator.shards[0]?.name ?? '')
  const terms = { isReplicated: replicates(made.config.platform), ...keptTopics({}, env) }
  return Object.fromEntries(
    topicSettings(parsedContract(shippedContract()), terms).flatMap(
      ({ topic, numPartitions, replicationFactor, configEntries }) => [
        [`topic ${topic} partitions`, String(numPartitions)],
        [`topic ${topic} copies`, String(replicationFactor)],
        ...configEntries.map(({ name, value }) => [`topic ${topic} ${name}`, value]),
      ],
    ),
  ) as Derived
}

function worker({ connect, config }: Synthesized): Derived {
  if (!connect) return {}
  const path = `/aftershock/${config.environment}/connect/az-a`
  const env = named(parameterText(connect, `${path}/node.env`))
  return {
    ...prefixed('worker', properties(parameterText(connect, `${path}/worker.properties`))),
    ...prefixed('worker setting', env),
  }
}

function shard(made: Synthesized): Derived {
  return prefixed('shard setting', settingsOf(made, made.simulator.shards[0]?.name ?? ''))
}

function prefixed(prefix: string, values: Derived): Derived {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix} ${key}`, value]))
}

function properties(text: string): Derived {
  return Object.fromEntries([...text.matchAll(/^([^=\n]+)=(.*)$/gm)].map(([, key, value]) => [key, value]))
}

function named(env: string): Derived {
  return Object.fromEntries(
    [...env.matchAll(/^([A-Z0-9_]+)='(.*)'$/gm)].map(([, key, value]) => [key, value]),
  )
}

/** `-Xmx4096m` is `-Xmx` of `4096m`; options that may come more often are one setting. */
function jvm(options: string): Derived {
  const found: Record<string, string> = {}
  for (const option of options.split(' ')) {
    const [, name = option, value = 'set'] = /^(-X(?:ms|mx)|-[^=]+=?)(.*)$/.exec(option) ?? []
    found[name] = found[name] === undefined ? value : `${found[name]} ${value}`
  }
  return found
}
