import type { PlatformChoice } from '../../environment.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import type { InstalledPlatform } from '../lab/installed-platform.ts'
import type { LabState } from '../lab/lab-state.ts'
import type { NodeSoftware } from '../nodes/node-software.ts'
import type { SetupOptions } from '../setup/cache.ts'
import type { KafkaDistribution } from '../setup/kafka.ts'

/** How the lab gets a platform, and starts nodes of it. What the platform is, chaos/platforms says. */
export interface LocalPlatform {
  /**
   * What its nodes will run.
   * @param kafka the jars of Kafka that the lab has anyway; null for a platform that is no JVM
   * @throws AftershockError `unavailable` with how to get what is not there
   */
  install(
    choice: PlatformChoice,
    options: SetupOptions,
    kafka: Promise<KafkaDistribution | null>,
  ): Promise<InstalledPlatform>
  /** By the lab's state alone, so that any process can start one again. @param now the state when a node is started */
  nodes(layout: LabLayout, state: LabState, now: () => LabState): NodeSoftware
}
