import { type Duration, Stack } from 'aws-cdk-lib'
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch'
import type { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'

/** Where an experiment writes what it did, event by event. */
export class ExperimentLog {
  /** @internal */
  readonly configuration: CfnExperimentTemplate.ExperimentTemplateLogConfigurationProperty
  /** What the role of the experiment needs for it. */
  readonly statements: readonly PolicyStatement[]

  private constructor(
    to: Omit<CfnExperimentTemplate.ExperimentTemplateLogConfigurationProperty, 'logSchemaVersion'>,
    statements: readonly PolicyStatement[],
  ) {
    this.configuration = { logSchemaVersion: 2, ...to }
    this.statements = statements
  }

  static toLogGroup(logGroup: ILogGroup): ExperimentLog {
    return new ExperimentLog(
      // Typed as anything, and CloudFormation wants it in this case. Its ARN ends with `:*`, which FIS wants too.
      { cloudWatchLogsConfiguration: { LogGroupArn: logGroup.logGroupArn } },
      [
        new PolicyStatement({
          actions: [
            'logs:CreateLogDelivery',
            'logs:PutResourcePolicy',
            'logs:DescribeResourcePolicies',
            'logs:DescribeLogGroups',
          ],
          resources: ['*'],
        }),
      ],
    )
  }

  static toBucket(bucket: IBucket, prefix?: string): ExperimentLog {
    return new ExperimentLog(
      { s3Configuration: { BucketName: bucket.bucketName, ...(prefix !== undefined && { Prefix: prefix }) } },
      [
        new PolicyStatement({ actions: ['logs:CreateLogDelivery'], resources: ['*'] }),
        new PolicyStatement({
          actions: ['s3:GetBucketPolicy', 's3:PutBucketPolicy'],
          resources: [bucket.bucketArn],
        }),
      ],
    )
  }
}

export interface ExperimentReportProps {
  readonly bucket: IBucket
  /** @default at the root of the bucket */
  readonly prefix?: string
  /**
   * Shown as they were before, during and after it. One without a name of its own has a truncated ARN.
   * @default none
   */
  readonly dashboards?: readonly Pick<Dashboard, 'dashboardArn'>[]
  /** How much of before is shown. @default what FIS has, 20 minutes */
  readonly before?: Duration
  /** How much of after is waited for and shown. @default what FIS has, 20 minutes */
  readonly after?: Duration
}

/** The PDF that FIS writes when an experiment has ended. */
export class ExperimentReport {
  readonly #props: ExperimentReportProps

  constructor(props: ExperimentReportProps) {
    this.#props = props
  }

  /** @internal */
  render(): CfnExperimentTemplate.ExperimentTemplateExperimentReportConfigurationProperty {
    const { bucket, prefix, dashboards = [], before, after } = this.#props
    return {
      outputs: {
        experimentReportS3Configuration: {
          bucketName: bucket.bucketName,
          ...(prefix !== undefined && { prefix }),
        },
      },
      ...(dashboards.length > 0 && {
        dataSources: {
          cloudWatchDashboards: dashboards.map(({ dashboardArn }) => ({ dashboardIdentifier: dashboardArn })),
        },
      }),
      ...(before && { preExperimentDuration: before.toIsoString() }),
      ...(after && { postExperimentDuration: after.toIsoString() }),
    }
  }

  /** What the role of the experiment needs for it. */
  get statements(): readonly PolicyStatement[] {
    const { bucket, prefix = '', dashboards = [] } = this.#props
    return [
      new PolicyStatement({
        actions: ['s3:PutObject', 's3:GetObject'],
        resources: [bucket.arnForObjects(`${prefix && `${prefix.replace(/\/$/, '')}/`}*`)],
      }),
      ...(dashboards.length === 0
        ? []
        : [
            new PolicyStatement({
              actions: ['cloudwatch:GetDashboard'],
              resources: dashboards.map(({ dashboardArn }) => dashboardArn),
            }),
            new PolicyStatement({ actions: ['cloudwatch:GetMetricWidgetImage'], resources: ['*'] }),
          ]),
    ]
  }

  /** What of it AWS would refuse. */
  get problems(): readonly string[] {
    const { before, after } = this.#props
    const long = (name: string, given: Duration | undefined) =>
      given && given.toMinutes() > 120 ? [`${name} is ${given.toIsoString()}: expected at most PT2H`] : []
    return [...long('before', before), ...long('after', after)]
  }
}

/** For roles: the part of an ARN that is this account's and region's. */
export function arnIn(
  scope: Stack,
  { service, resource, isOfOneRegion }: { service: string; resource: string; isOfOneRegion: boolean },
): string {
  return `arn:${scope.partition}:${service}:${isOfOneRegion ? scope.region : ''}:${scope.account}:${resource}`
}
