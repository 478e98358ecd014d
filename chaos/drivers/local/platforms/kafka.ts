import { AftershockError } from '../../../core/errors.ts'
import type { NodeId } from '../../../core/topology.ts'
import { type KafkaSoftwareContext, kafkaSoftware } from '../nodes/kafka-node.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { plainKafka } from '../lab/installed-platform.ts'
import type { LabState } from '../lab/lab-state.ts'
import type { KafkaDistribution } from '../setup/kafka.ts'
import type { LocalPlatform } from './local-platform.ts'

export const localKafka: LocalPlatform = {
  async install(_choice, _options, kafka) {
    const jars = jarsOf(await kafka)
    return plainKafka(jars.version, versionNotes(jars))
  },
  nodes: (layout, state, now) => kafkaSoftware(kafkaContext(layout, state, now)),
}

/** What every node of Kafka is started with. */
export function kafkaContext(
  layout: LabLayout,
  { clusterId, timeouts, runtime, hasAuthorizer }: LabState,
  now: () => LabState,
): KafkaSoftwareContext {
  if (!runtime) throw new AftershockError('internal', 'a lab of Kafka has jars')
  const runtimeOf = (node: NodeId) => {
    const { upgrade } = now()
    return upgrade?.nodes.includes(node) ? upgrade.runtime : runtime
  }
  return { layout, clusterId, timeouts, runtime, runtimeOf, ...(hasAuthorizer && { hasAuthorizer }) }
}

export function jarsOf(kafka: KafkaDistribution | null): KafkaDistribution {
  if (!kafka) throw new AftershockError('internal', 'Kafka has jars')
  return kafka
}

/** That nobody but this machine has ever seen these jars. */
export function versionNotes({ version, keptLock }: KafkaDistribution): string[] {
  return keptLock === null
    ? []
    : [
        `This program ships no checksums of Kafka ${version}: its ${keptLock.files} jars are as Maven served them when it was first fetched here; their list has SHA-256 ${keptLock.sha256}.`,
      ]
}
