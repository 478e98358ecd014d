import { join } from 'node:path'
import { AftershockError } from '../../core/errors.ts'
import { type KafkaNode, OBJECT_STORE_HOST } from '../../core/topology.ts'
import { S3_PORT } from '../../platforms/addresses.ts'
import type { TierConfig } from '../../platforms/tiered.ts'
import { kafkaSoftware } from './kafka-node.ts'
import type { LabLayout } from './lab-layout.ts'
import { DATA_BUCKET, type StoreRuntime, STORE_REGION, type TierPlugin } from './lab-platform.ts'
import type { LabState } from './lab-state.ts'
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
    case 'automq-router':
      throw new AftershockError('internal', 'the lab does not start AutoMQ')
  }
}

function tierOf(layout: LabLayout, node: KafkaNode, tier: TierPlugin, store: StoreRuntime): TierConfig {
  if (tier.plugin !== 'reference') throw new AftershockError('internal', 'the lab does not start this plugin')
  return {
    className: tier.className,
    classPath: tier.classPath,
    pace: 'fast',
    settings: {
      's3.endpoint': `http://${OBJECT_STORE_HOST}:${S3_PORT}`,
      's3.region': STORE_REGION,
      's3.bucket': DATA_BUCKET,
      's3.path.style': 'true',
      's3.access.key': store.accessKeyId,
      's3.secret.key': store.secretAccessKey,
      // Among the logs, so that it stays with the run: it tells cold records of a replay from hot ones.
      'fetch.log': join(layout.dir, 'logs', `tier-${node.id}.jsonl`),
    },
  }
}
