import { seededRandom } from '../../../chaos/core/random.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import type { Driver } from '../../../chaos/drivers/driver.ts'
import type { Fault, TargetBase } from '../../../chaos/faults/fault.ts'

const specs = new Map<string, Promise<Readonly<Record<string, unknown>>>>()

/** The fault's own keys as the drill that is named after it has them. */
export function shippedSpec(kind: string): Promise<Readonly<Record<string, unknown>>> {
  const spec = specs.get(kind) ?? readSpec(kind)
  specs.set(kind, spec)
  return spec
}

async function readSpec(kind: string): Promise<Readonly<Record<string, unknown>>> {
  const { drill } = await loadDrill(kind)
  const entry = drill.timeline.find(candidate => candidate.role === 'fault' && candidate.kind === kind)
  if (!entry) throw new Error(`drills/${kind}.yaml has no ${kind}`)
  return entry.spec
}

/** A fault on its way: what was chosen, and what was seen before anything was done. */
export interface FaultLife {
  readonly target: TargetBase
  readonly before: unknown
  isEffective(): Promise<boolean>
  isHealed(): Promise<boolean>
}

export async function begin(
  fault: Fault,
  driver: Driver,
  spec: unknown,
  seed = 'a seed',
  id = 'one',
): Promise<FaultLife> {
  const target = await fault.choose(driver, spec, seededRandom(seed))
  const looks = [await fault.probe(driver, target, id), await fault.probe(driver, target, id)]
  const before = fault.baseline(looks)
  return {
    target,
    before,
    isEffective: async () => fault.isEffective(await fault.probe(driver, target, id), before, target),
    isHealed: async () => fault.isHealed(await fault.probe(driver, target, id), before, target),
  }
}
