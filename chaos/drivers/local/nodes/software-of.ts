import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { type KafkaNode, OBJECT_STORE_HOST } from '../../../core/topology.ts'
import { S3_PORT } from '../../../platforms/addresses.ts'
import { aivenTier, type TierConfig, tieredStoreTier } from '../../../platforms/kafka-tiered/properties.ts'
import { autoMqSoftware } from './automq-node.ts'
import { kafkaSoftware } from './kafka-node.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import {
  DATA_BUCKET,
  OPS_BUCKET,
  type StoreRuntime,
  STORE_REGION,
  type TierPlugin,
} from '../lab/lab-platform.ts'
import type { LabState } from '../lab/lab-state.ts'
import type { NodeSoftware } from './node-software.ts'

/** What the nodes of a lab run, by its state alone. */
export function softwareOf(layout: LabLayout, state: LabState): NodeSoftware {
  const { clusterId, timeouts, runtime, platform, store } = state
  const kafka = { layout, clusterId, timeouts, runtime }
  switch (platform.platform) {
    case 'kafka':
      return kafkaSoftware(kafka)
    case 'kafka-tiered': {
      const { tier } = platform
      if (!tier || !store) throw new AftershockError('internal', 'a tiered lab has a plugin and a store')
      return kafkaSoftware({ ...kafka, tierOf: node => tierOf(layout, node, tier, store) })
    }
    case 'automq':
    case 'automq-router': {
      const { home } = platform
      if (home === null || !store) throw new AftershockError('internal', 'AutoMQ has a folder and a store')
      const { accessKeyId, secretAccessKey } = store
      return autoMqSoftware({
        layout,
        state: { clusterId, timeouts },
        distribution: { home },
        zoneRouter: platform.platform === 'automq-router',
        store: {
          endpoint: STORE_ENDPOINT,
          dataBucket: DATA_BUCKET,
          opsBucket: OPS_BUCKET,
          region: STORE_REGION,
          accessKeyId,
          secretAccessKey,
        },
      })
    }
  }
}

/** As brokers of every zone see it: each over its own zone's link. */
const STORE_ENDPOINT = `http://${OBJECT_STORE_HOST}:${S3_PORT}`

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
