import type { PlannedResource, PlannedStack } from '../assembly.ts'
import { launchTemplateData } from '../charges.ts'

/** Instances of one type that the stacks may come to. */
export interface Machines {
  readonly type: string
  /** With what a group may grow to. */
  readonly most: number
}

/** By type, in order of their names; what a template leaves open is not in it. */
export function machinesOf(stacks: readonly PlannedStack[]): readonly Machines[] {
  const most = new Map<string, number>()
  for (const stack of stacks)
    for (const resource of stack.resources) {
      const type =
        resource.properties.InstanceType ?? launchTemplateData(resource.properties, stack).InstanceType
      const count = mostOf(resource)
      if (typeof type === 'string' && count > 0) most.set(type, (most.get(type) ?? 0) + count)
    }
  return [...most]
    .map(([type, count]) => ({ type, most: count }))
    .toSorted((a, b) => a.type.localeCompare(b.type))
}

function mostOf({ type, properties }: PlannedResource): number {
  if (type === 'AWS::EC2::Instance') return 1
  if (type !== 'AWS::AutoScaling::AutoScalingGroup') return 0
  return Number(properties.MaxSize ?? properties.DesiredCapacity ?? properties.MinSize)
}
