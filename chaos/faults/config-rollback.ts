import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { NodeId } from '../core/topology.ts'
import type { Driver, Settings } from '../drivers/driver.ts'
import {
  allServe,
  type BrokerReading,
  combineBrokers,
  describeBrokers,
  readBrokers,
  required,
  STARTED_WITHIN_MS,
} from './broker-reading.ts'
import { defineFault, type TargetBase } from './fault.ts'

/** What a broker is, and where it is reached: a broker with another one of these would be another broker. */
const IDENTITY =
  /^(node\.id|broker\.id|broker\.rack|process\.roles|cluster\.id|.*listener.*|controller\.|.*log\.dirs?$|metadata\.|s3\.|.*(password|keystore|truststore|sasl|jaas).*)/

/** Once a topic's records are in the tier, brokers take this back for nobody. */
const ONE_WAY = 'remote.storage.enable'

const spec = z.strictObject({
  topic: z
    .string()
    .optional()
    .describe(
      'The setting is of this topic, and takes effect at once. Default: of all brokers, which restart.',
    )
    .meta({ examples: ['telemetry'] }),
  setting: z
    .string()
    .regex(/^[a-z0-9]+(\.[a-z0-9]+)*$/, 'expected the name of a setting, such as num.io.threads')
    .refine(
      name => !IDENTITY.test(name),
      'expected a setting that does not say what a broker is or who may enter',
    )
    .refine(name => name !== ONE_WAY, 'expected a setting that can be taken back')
    .describe('By its name in the properties of brokers, or of topics.')
    .meta({ examples: ['num.io.threads'] }),
  value: z
    .union([z.string().regex(/^[^\r\n]*$/, 'expected one line'), z.number(), z.boolean()])
    .transform(String)
    .describe('What it is changed to.'),
  stopWithinMs: z
    .number()
    .int()
    .positive()
    .max(60_000)
    .default(60_000)
    .describe('How long the orderly end of one broker may take.'),
})

interface Target extends TargetBase {
  /** null: the setting is of brokers; absent in journals before there was a choice. */
  readonly topic?: string | null
  readonly setting: string
  readonly value: string
  readonly stopWithinMs: number
  /** Of each broker: what stood in its file, or on the topic by its word, and what it said that holds. */
  readonly earlier: Readonly<Record<NodeId, { readonly written: string | null; readonly inForce: string }>>
}

interface Reading {
  readonly brokers: BrokerReading
  /** What each says that holds; null: it does not answer. */
  readonly values: Readonly<Record<NodeId, string | null>>
  /** Of a topic, by each broker's word, what stands on itself; null: nothing. */
  readonly onTopic: Readonly<Record<NodeId, string | null>>
  /** Replicas that are not in sync. */
  readonly outOfSync: number
}

/** For one broker, until it serves and is in sync. */
const SERVE_MS = 90_000
/** For three brokers; AutoMQ takes 14 to 26 s to end one in order, and 9 to 16 s to have it back. */
const ROLLING_RESTART_MS = 360_000

/**
 * A change that turns out to be wrong. A setting of all brokers is applied by restarting one broker after another, each
 * when the one before it is in sync; one of a topic takes effect at once. Both are taken back in the same way. Proof: each
 * broker says itself that the value holds, of its own settings in a process that is not the one of before. It is healed
 * when each says the earlier value again, of a topic with nothing on it that was not there, and every replica is in sync.
 */
export const configRollback = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'config-rollback',
  summary:
    'A setting of all brokers is changed by a rolling restart, or one of a topic at once, and taken back.',
  deed: 'a setting was changed and taken back',
  dimension: 'rollback',
  needs: ['processes', 'settings'],
  spec,
  deadlines: { healMs: STARTED_WITHIN_MS },
  longestWorkMs: ROLLING_RESTART_MS,
  async choose(driver, { topic, setting, value, stopWithinMs }) {
    const nodes = driver.topology.nodes.map(node => node.id)
    const earlier = await Promise.all(
      nodes.map(
        async node => [node, await earlierOf(settingsOf(driver), node, topic ?? null, setting)] as const,
      ),
    )
    const zones = driver.topology.zones
    const from = [...new Set(earlier.map(([, { inForce }]) => inForce))].join(', ')
    const whose = topic === undefined ? `of brokers ${nodes.join(', ')}` : `of topic ${topic}`
    return {
      summary: `${setting} ${whose}, from ${from} to ${value}`,
      nodes,
      zones: [...zones],
      links: [],
      topic: topic ?? null,
      setting,
      value,
      stopWithinMs,
      earlier: Object.fromEntries(earlier),
    }
  },
  doubt({ values }, { topic, nodes, setting, value }) {
    const same = nodes.find(node => values[node] === value)
    if (same === undefined) return null
    return isOfTopic(topic)
      ? `${topic} has ${setting}=${value} already, as broker ${same} says`
      : `broker ${same} runs with ${setting}=${value} already`
  },
  async inject(driver, { topic, nodes, setting, value, stopWithinMs }) {
    if (isOfTopic(topic)) return settingsOf(driver).changeTopic(topic, setting, value)
    for (const node of nodes)
      await settingsOf(driver).change(node, setting, value, {
        expected: value,
        stopMs: stopWithinMs,
        serveMs: SERVE_MS,
      })
  },
  probe: read,
  baseline: looks => ({
    ...(looks.at(-1) as Reading),
    brokers: combineBrokers(looks.map(look => look.brokers)),
  }),
  isEffective: (now, before, { topic, nodes, value }) =>
    allServe(now.brokers) &&
    nodes.every(node => now.values[node] === value && (isOfTopic(topic) || isOther(node, now, before))),
  async heal(driver, { topic, nodes, setting, stopWithinMs, earlier }) {
    if (isOfTopic(topic)) {
      const [was] = Object.values(earlier)
      return settingsOf(driver).changeTopic(topic, setting, was?.written ?? null)
    }
    for (const node of nodes) {
      const was = earlier[node]
      if (was)
        await settingsOf(driver).change(node, setting, was.written, {
          expected: was.inForce,
          stopMs: stopWithinMs,
          serveMs: SERVE_MS,
        })
    }
  },
  isHealed: (now, _, { topic, nodes, earlier }) =>
    allServe(now.brokers) &&
    now.outOfSync === 0 &&
    nodes.every(
      node =>
        now.values[node] === earlier[node]?.inForce &&
        (!isOfTopic(topic) || now.onTopic[node] === earlier[node]?.written),
    ),
  describe: (now, before, { topic, nodes, setting }) => [
    ...nodes.map(node => ({
      what: isOfTopic(topic) ? `${setting} of ${topic}, says broker ${node}` : `${setting} of broker ${node}`,
      value: now.values[node] ?? null,
    })),
    ...describeBrokers(now.brokers, before.brokers),
    { what: 'replicas out of sync', value: now.outOfSync },
  ],
})

const settingsOf = (driver: Driver): Settings => required(driver.settings, 'settings')

/** A process that was there before would have had to read the setting while it ran. */
function isOther(node: NodeId, now: Reading, before: Reading): boolean {
  const [is, was] = [now.brokers[node]?.process, before.brokers[node]?.process]
  return !!is && !!was && (is.pid !== was.pid || is.startedAt !== was.startedAt)
}

function refused(message: string, hint: string): AftershockError {
  return new AftershockError('refused', message, { hint })
}

const isOfTopic = (topic: string | null | undefined): topic is string => typeof topic === 'string'

async function earlierOf(
  settings: Settings,
  node: NodeId,
  topic: string | null,
  setting: string,
): Promise<Target['earlier'][NodeId]> {
  if (topic !== null) {
    const found = await settings.lookAtTopic(node, topic, setting)
    if (found !== null) return found
    throw refused(`broker ${node} shows no setting ${setting} of ${topic}`, 'is it one that topics have?')
  }
  const inForce = await settings.look(node, setting)
  if (inForce === null)
    throw refused(`broker ${node} shows no setting ${setting}`, 'is it spelled as in its properties?')
  return { inForce, written: await settings.written(node, setting) }
}

async function read(driver: Driver, { topic, nodes, setting }: Target): Promise<Reading> {
  const settings = settingsOf(driver)
  const [brokers, cluster, said] = await Promise.all([
    readBrokers(driver, nodes),
    driver.cluster.describe(),
    Promise.all(
      nodes.map(async node => {
        if (isOfTopic(topic)) return [node, await settings.lookAtTopic(node, topic, setting)] as const
        const inForce = await settings.look(node, setting)
        return [node, inForce === null ? null : { inForce, written: null }] as const
      }),
    ),
  ])
  const outOfSync = Object.values(cluster.partitions).reduce(
    (sum, { replicas, isr }) => sum + replicas.filter(node => !isr.includes(node)).length,
    0,
  )
  return {
    brokers,
    values: Object.fromEntries(said.map(([node, found]) => [node, found?.inForce ?? null])),
    onTopic: Object.fromEntries(said.map(([node, found]) => [node, found?.written ?? null])),
    outOfSync,
  }
}
