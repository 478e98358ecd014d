import { RemovalPolicy } from 'aws-cdk-lib'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { EnvironmentConfig } from '../environment-schema.ts'

/** Where the nodes of one kind write their own logs. What a drill needs of them is in its evidence. */
export function nodeLogs(scope: Construct, { environment }: EnvironmentConfig, kind: string): LogGroup {
  return new LogGroup(scope, 'Logs', {
    logGroupName: `/aftershock/${environment}/${kind}`,
    retention: RetentionDays.TWO_WEEKS,
    removalPolicy: RemovalPolicy.DESTROY,
  })
}
