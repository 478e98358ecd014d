import type { CfnResource } from 'aws-cdk-lib'

/**
 * Makes CloudFormation change these one at a time, in this order, and remove them in the reverse one. Without an
 * order it updates all at once, and a new instance type would stop every node of a cluster in the same minute. It goes
 * on when a machine runs, which says nothing about its process.
 */
export function oneAfterAnother(resources: readonly (CfnResource | null)[]): void {
  const present = resources.filter(resource => resource !== null)
  for (const [index, resource] of present.slice(1).entries())
    resource.addResourceDependency(present[index] as CfnResource)
}
