import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import type { KafkaNode } from '../../../core/topology.ts'
import { aivenTier, type TierConfig, tieredStoreTier } from '../../../platforms/kafka-tiered/properties.ts'
import { kafkaSoftware } from '../nodes/kafka-node.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { type InstalledPlatform, type TierPlugin } from '../lab/installed-platform.ts'
import { DATA_BUCKET, type StoreRuntime, STORE_REGION } from '../store/store-runtime.ts'
import { findAivenPlugin } from '../setup/aiven-plugin.ts'
import type { SetupOptions } from '../setup/cache.ts'
import type { KafkaDistribution } from '../setup/kafka.ts'
import { ensureTieredStore } from '../setup/tiered-store.ts'
import { jarsOf, kafkaContext, versionNotes } from './kafka.ts'
import type { LocalPlatform } from './local-platform.ts'
import { STORE_ENDPOINT } from './store-endpoint.ts'

export const localTieredKafka: LocalPlatform = {
  async install({ tieredPlugin }, options, kafka) {
    const jars = jarsOf(await kafka)
    return tieredPlugin === undefined
      ? withReferenceStore(jars, options)
      : withAivenPlugin(jars, tieredPlugin)
  },
  nodes(layout, state, now) {
    const { tier } = state.platform
    const { store } = state
    if (!tier || !store) throw new AftershockError('internal', 'a tiered lab has a plugin and a store')
    return kafkaSoftware({
      ...kafkaContext(layout, state, now),
      tierOf: node => tierOf(layout, node, tier, store),
    })
  },
}

const TIERED_NOTE =
  'Where the contract says nothing else, segments are 1 MiB, and in drills that break the object store closed after five seconds, so that something is always due for it; they leave the brokers ten seconds after they are there, so that in a drill of minutes a replay finds old records in it. Compacted topics are not tiered.'

async function withReferenceStore(
  kafka: KafkaDistribution,
  options: SetupOptions,
): Promise<InstalledPlatform> {
  const { version, className, classPath } = await ensureTieredStore(options, kafka.version)
  return {
    platform: 'kafka-tiered',
    software: {
      name: `Apache Kafka ${kafka.version}, remote log in the lab’s reference store`,
      version: kafka.version,
      kind: 'reference',
      notes: [
        `The remote log is kept by the lab’s own reference store, ${version}, not a product: its speed says nothing about any plugin.`,
        TIERED_NOTE,
        ...versionNotes(kafka),
      ],
    },
    tier: { plugin: 'reference', className, classPath },
    home: null,
  }
}

async function withAivenPlugin(kafka: KafkaDistribution, folder: string): Promise<InstalledPlatform> {
  const { version } = await findAivenPlugin(folder)
  return {
    platform: 'kafka-tiered',
    software: {
      name: `Apache Kafka ${kafka.version}, remote log by Aiven’s plugin ${version ?? 'of unknown version'}`,
      version: kafka.version,
      kind: 'product',
      notes: [TIERED_NOTE, ...versionNotes(kafka)],
    },
    tier: { plugin: 'aiven', folder },
    home: null,
  }
}

function tierOf(layout: LabLayout, node: KafkaNode, plugin: TierPlugin, store: StoreRuntime): TierConfig {
  const { accessKeyId, secretAccessKey } = store
  const place = {
    endpoint: STORE_ENDPOINT,
    region: STORE_REGION,
    bucket: DATA_BUCKET,
    credentials: { accessKeyId, secretAccessKey },
    pace: 'fast' as const,
  }
  if (plugin.plugin === 'aiven') return aivenTier({ ...place, pluginDir: plugin.folder })
  // Among the logs, so that it stays with the run: what was really fetched, chunk by chunk.
  const fetchLog = join(layout.dir, 'logs', `tier-${node.id}.jsonl`)
  return tieredStoreTier({ ...place, plugin, fetchLog })
}
