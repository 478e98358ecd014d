import { actionOf } from '../actions/index.ts'
import type { Drill } from '../core/drill.ts'
import type { Capability } from '../drivers/driver.ts'
import { faultOf } from '../faults/index.ts'

export interface MissingCapability {
  readonly entryId: string
  readonly kind: string
  readonly capability: Capability
}

/** What the drill's faults and actions need, all together. */
export function neededCapabilities({ timeline }: Pick<Drill, 'timeline'>): ReadonlySet<Capability> {
  return new Set(timeline.flatMap(needsOf))
}

/** What the drill's faults and actions need and the driver does not have; a drill with any is refused before it starts. */
export function missingCapabilities(
  drill: Pick<Drill, 'timeline'>,
  driver: {
    readonly capabilities: ReadonlySet<Capability>
    readonly second?: { readonly capabilities: ReadonlySet<Capability> }
  },
): MissingCapability[] {
  const has = (entry: Drill['timeline'][number]) =>
    entry.role === 'fault' && entry.cluster === 'b' ? driver.second?.capabilities : driver.capabilities
  return drill.timeline.flatMap(entry =>
    needsOf(entry)
      .filter(capability => !has(entry)?.has(capability))
      .map(capability => ({ entryId: entry.id, kind: entry.kind, capability })),
  )
}

const needsOf = ({ role, kind }: Drill['timeline'][number]): readonly Capability[] =>
  (role === 'action' ? actionOf(kind) : faultOf(kind)).needs
