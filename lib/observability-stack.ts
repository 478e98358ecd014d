import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  Dashboard,
  GraphWidget,
  AlarmStatusWidget,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { EnvironmentConfig } from './environment.ts'
import { metricNamespace } from './node-conventions.ts'
import type { FleetShard } from './simulator-stack.ts'

export interface ObservabilityStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly shards: readonly FleetShard[]
  /** @default FLEET_METRICS */
  readonly metrics?: readonly FleetMetric[]
}

/** What a shard publishes once a minute, with dimension `Shard`: what devices see, not what brokers say. */
export interface FleetMetric {
  readonly name: string
  readonly unit: 'Count' | 'Milliseconds'
  readonly statistic: 'Sum' | 'Maximum'
  /** An experiment stops when it holds for all of the minutes; without it, the metric is only shown. */
  readonly stop?: {
    readonly when: 'above' | 'below'
    readonly threshold: number
    readonly minutes: number
    /** A shard that says nothing counts as one that says the worst. */
    readonly silenceStops: boolean
  }
}

/** No lag of a consumer: shards write and do not read, and a panel that nobody fills says that all is well. */
export const FLEET_METRICS: readonly FleetMetric[] = [
  {
    name: 'AckedRecords',
    unit: 'Count',
    statistic: 'Sum',
    stop: { when: 'below', threshold: 1, minutes: 5, silenceStops: true },
  },
  {
    name: 'EdgeDroppedRecords',
    unit: 'Count',
    statistic: 'Sum',
    stop: { when: 'above', threshold: 0, minutes: 1, silenceStops: false },
  },
  { name: 'UnknownSends', unit: 'Count', statistic: 'Sum' },
  { name: 'ProduceLatencyP99', unit: 'Milliseconds', statistic: 'Maximum' },
]

/** One dashboard, and one alarm that says: stop the experiment. It reads the fleet, which every platform has. */
export class ObservabilityStack extends Stack {
  /** In alarm when any of the others is: the stop condition of every experiment. */
  readonly stop: CompositeAlarm
  readonly alarms: readonly Alarm[]

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    const { config, shards, metrics = FLEET_METRICS, ...stackProps } = props
    super(scope, id, {
      description: `Aftershock ${config.environment}: dashboard and stop alarms`,
      ...stackProps,
    })
    const namespace = metricNamespace(config)
    const metricOf = (metric: FleetMetric, shard: FleetShard) =>
      new Metric({
        namespace,
        metricName: metric.name,
        dimensionsMap: { Shard: shard.name },
        statistic: metric.statistic,
        period: Duration.minutes(1),
      })
    this.alarms = metrics.flatMap(metric =>
      shards.flatMap(shard => (metric.stop ? [this.#alarm(metric, shard, metricOf(metric, shard))] : [])),
    )
    this.stop = new CompositeAlarm(this, 'Stop', {
      compositeAlarmName: `aftershock-${config.environment}-stop`,
      alarmDescription: 'Devices lose records, or nothing is acknowledged any more: experiments stop.',
      alarmRule: AlarmRule.anyOf(...this.alarms.map(alarm => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    })
    const dashboard = new Dashboard(this, 'Dashboard', {
      // Without a name of its own, experiment reports get a truncated ARN.
      dashboardName: `aftershock-${config.environment}`,
      defaultInterval: Duration.hours(1),
    })
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Stop signals', alarms: [this.stop], width: 24 }))
    dashboard.addWidgets(
      ...metrics.map(
        metric =>
          new GraphWidget({
            title: metric.name,
            width: 12,
            left: shards.map(shard => metricOf(metric, shard).with({ label: shard.name })),
          }),
      ),
    )
  }

  #alarm(metric: FleetMetric, shard: FleetShard, source: Metric): Alarm {
    const stop = metric.stop as NonNullable<FleetMetric['stop']>
    const above = stop.when === 'above'
    return new Alarm(this, `${metric.name}-${shard.name}`, {
      metric: source,
      threshold: stop.threshold,
      evaluationPeriods: stop.minutes,
      comparisonOperator: above
        ? ComparisonOperator.GREATER_THAN_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: stop.silenceStops ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${metric.name} of ${shard.name} ${stop.when} ${stop.threshold} for ${stop.minutes} min`,
    })
  }
}
