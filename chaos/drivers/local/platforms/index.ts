import type { PlatformName } from '../../../platforms/index.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import type { LabState } from '../lab/lab-state.ts'
import type { NodeSoftware } from '../nodes/node-software.ts'
import { localAutoMq } from './automq.ts'
import { localTieredKafka } from './kafka-tiered.ts'
import { localKafka } from './kafka.ts'
import type { LocalPlatform } from './local-platform.ts'

/** Every platform of chaos/platforms, as the lab runs it. */
export const LOCAL_PLATFORMS: Readonly<Record<PlatformName, LocalPlatform>> = {
  kafka: localKafka,
  'kafka-tiered': localTieredKafka,
  automq: localAutoMq,
  'automq-router': localAutoMq,
}

/** What the nodes of a lab run. @param now the state when a node is started @default the same */
export function softwareOf(
  layout: LabLayout,
  state: LabState,
  now: () => LabState = () => state,
): NodeSoftware {
  return LOCAL_PLATFORMS[state.platform.platform].nodes(layout, state, now)
}
