import type { CfnResource } from 'aws-cdk-lib'

/** A machine, or a group of them, that CloudFormation may change. */
export interface Step {
  /** Null when the slot is absent. */
  readonly machine: CfnResource | null
  /** Over when the next one may be changed. */
  readonly next: CfnResource | null
}

/**
 * Makes CloudFormation change these one at a time, in this order, and remove them in the reverse one. Without an
 * order it updates all at once, and a new instance type would stop every node of a cluster in the same minute. It goes
 * on when the node itself says that it serves and is in sync.
 */
export function oneAfterAnother(steps: readonly Step[]): void {
  const present = steps.filter(({ machine }) => machine !== null)
  for (const [index, { machine }] of present.slice(1).entries()) {
    const before = present[index] as Step
    for (const earlier of [before.machine, before.next]) if (earlier) machine?.addResourceDependency(earlier)
  }
}
