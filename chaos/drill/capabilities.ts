import { actionOf } from '../actions/index.ts'
import type { Drill } from '../core/drill.ts'
import type { Capability } from '../drivers/driver.ts'
import { faultOf } from '../faults/index.ts'

export interface MissingCapability {
  readonly entryId: string
  readonly kind: string
  readonly capability: Capability
}

/** What the drill's faults and actions need and the driver does not have; a drill with any is refused before it starts. */
export function missingCapabilities(
  drill: Pick<Drill, 'timeline'>,
  driver: { readonly capabilities: ReadonlySet<Capability> },
): MissingCapability[] {
  return drill.timeline.flatMap(({ id, role, kind }) =>
    (role === 'action' ? actionOf(kind) : faultOf(kind)).needs
      .filter(capability => !driver.capabilities.has(capability))
      .map(capability => ({ entryId: id, kind, capability })),
  )
}
