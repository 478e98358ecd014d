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

const spec = z.strictObject({
  setting: z
    .string()
    .regex(/^[a-z0-9]+(\.[a-z0-9]+)*$/, 'expected the name of a broker setting, such as num.io.threads')
    .refine(
      name => !IDENTITY.test(name),
      'expected a setting that does not say what a broker is or who may enter',
    )
    .describe('Of brokers, by its name in their properties.')
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
  readonly setting: string
  readonly value: string
  readonly stopWithinMs: number
  /** Of each broker: what stood in its file, and what it said that it ran with. */
  readonly earlier: Readonly<Record<NodeId, { readonly written: string | null; readonly inForce: string }>>
}

interface Reading {
  readonly brokers: BrokerReading
  readonly values: Readonly<Record<NodeId, string | null>>
  /** Replicas that are not in sync. */
  readonly outOfSync: number
}

/** For one broker, until it serves and is in sync. */
const SERVE_MS = 90_000
/** For three brokers; AutoMQ takes 14 to 26 s to end one in order, and 9 to 16 s to have it back. */
const ROLLING_RESTART_MS = 360_000

/**
 * A change that turns out to be wrong: a setting of all brokers is changed, applied by restarting one broker after
 * another, each when the one before it is in sync, and taken back in the same way. Proof: each broker says itself that it
 * runs with the value, in a process that is not the one of before. It is healed when each says the earlier value again,
 * and every replica is in sync.
 */
export const configRollback = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'config-rollback',
  summary: 'A setting of all brokers is changed by a rolling restart, and taken back by another.',
  deed: 'a setting was changed and taken back',
  dimension: 'rollback',
  needs: ['processes', 'settings'],
  spec,
  deadlines: { healMs: STARTED_WITHIN_MS },
  longestWorkMs: ROLLING_RESTART_MS,
  async choose(driver, { setting, value, stopWithinMs }) {
    const settings = settingsOf(driver)
    const nodes = driver.topology.nodes.map(node => node.id)
    const earlier = await Promise.all(
      nodes.map(async node => {
        const inForce = await settings.look(node, setting)
        if (inForce === null)
          throw refused(`broker ${node} shows no setting ${setting}`, 'is it spelled as in its properties?')
        return [node, { inForce, written: await settings.written(node, setting) }] as const
      }),
    )
    const zones = driver.topology.zones
    const from = [...new Set(earlier.map(([, { inForce }]) => inForce))].join(', ')
    return {
      summary: `${setting} of brokers ${nodes.join(', ')}, from ${from} to ${value}`,
      nodes,
      zones: [...zones],
      links: [],
      setting,
      value,
      stopWithinMs,
      earlier: Object.fromEntries(earlier),
    }
  },
  doubt({ values }, { nodes, setting, value }) {
    const same = nodes.find(node => values[node] === value)
    return same === undefined ? null : `broker ${same} runs with ${setting}=${value} already`
  },
  async inject(driver, { nodes, setting, value, stopWithinMs }) {
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
  isEffective: (now, before, { nodes, value }) =>
    allServe(now.brokers) && nodes.every(node => now.values[node] === value && isOther(node, now, before)),
  async heal(driver, { nodes, setting, stopWithinMs, earlier }) {
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
  isHealed: (now, _, { nodes, earlier }) =>
    allServe(now.brokers) &&
    now.outOfSync === 0 &&
    nodes.every(node => now.values[node] === earlier[node]?.inForce),
  describe: (now, before, { nodes, setting }) => [
    ...nodes.map(node => ({ what: `${setting} of broker ${node}`, value: now.values[node] ?? null })),
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

async function read(driver: Driver, { nodes, setting }: Target): Promise<Reading> {
  const settings = settingsOf(driver)
  const [brokers, cluster, values] = await Promise.all([
    readBrokers(driver, nodes),
    driver.cluster.describe(),
    Promise.all(nodes.map(async node => [node, await settings.look(node, setting)] as const)),
  ])
  const outOfSync = Object.values(cluster.partitions).reduce(
    (sum, { replicas, isr }) => sum + replicas.filter(node => !isr.includes(node)).length,
    0,
  )
  return { brokers, values: Object.fromEntries(values), outOfSync }
}
