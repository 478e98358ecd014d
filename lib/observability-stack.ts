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
import { tell } from './constructs/alarm-topic.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { stopSignalName } from './stop-signal.ts'
import { metricNamespace } from './node-conventions.ts'
import type { FleetShard } from './constructs/fleet-shard.ts'

export interface ObservabilityStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly shards: readonly FleetShard[]
  /** The nodes that have one, each of which says how full it is. */
  readonly volumes: readonly { readonly name: string; readonly zone: string }[]
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

/** Volumes are sized to be at most 70% full (lib/sizing.ts): beyond this a drill would soon measure a full disk. */
export const FULL_PERCENT = 85

/**
 * One dashboard, and for each zone an alarm that says: stop the experiment. It reads the fleet, which every platform
 * has, and the volumes of nodes that keep something. A zone that is cut falls silent and may lose records: that is the experiment, and no reason to end it.
 */
export class ObservabilityStack extends Stack {
  /** By zone: in alarm when any signal of a shard or a volume in it is. */
  readonly stopIn: ReadonlyMap<string, CompositeAlarm>
  readonly alarms: readonly Alarm[]
  readonly #config: EnvironmentConfig

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    const { config, shards, volumes, metrics = FLEET_METRICS, ...stackProps } = props
    super(scope, id, {
      description: `Aftershock ${config.environment}: dashboard and stop alarms`,
      ...stackProps,
    })
    this.#config = config
    const metricOf = (metric: FleetMetric, shard: FleetShard) =>
      new Metric({
        namespace: metricNamespace(config, 'fleet'),
        metricName: metric.name,
        dimensionsMap: { Shard: shard.name },
        statistic: metric.statistic,
        period: Duration.minutes(1),
      })
    const used = (name: string) =>
      new Metric({
        namespace: metricNamespace(config, 'nodes'),
        metricName: 'DataVolumeUsed',
        dimensionsMap: { Node: name },
        statistic: 'Maximum',
        period: Duration.minutes(1),
      })
    const ofFleet = metrics.flatMap(metric =>
      shards.flatMap(shard =>
        metric.stop
          ? [{ zone: shard.zone.name, alarm: this.#alarm(metric, shard, metricOf(metric, shard)) }]
          : [],
      ),
    )
    const ofVolumes = volumes.map(({ name, zone }) => ({ zone, alarm: this.#volumeAlarm(name, used(name)) }))
    const signals = [...ofFleet, ...ofVolumes]
    this.alarms = signals.map(({ alarm }) => alarm)
    this.stopIn = new Map(
      Object.keys(config.zones).map(zone => [
        zone,
        this.#stopIn(
          zone,
          signals.filter(signal => signal.zone === zone).map(({ alarm }) => alarm),
        ),
      ]),
    )
    tell(this, config, [...this.stopIn.values()])
    const dashboard = new Dashboard(this, 'Dashboard', {
      // Without a name of its own, experiment reports get a truncated ARN.
      dashboardName: `aftershock-${config.environment}`,
      defaultInterval: Duration.hours(1),
    })
    const alarms = [...this.stopIn.values()]
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Stop signals', alarms, width: 24 }))
    dashboard.addWidgets(
      ...metrics.map(
        metric =>
          new GraphWidget({
            title: metric.name,
            width: 12,
            left: shards.map(shard => metricOf(metric, shard).with({ label: shard.name })),
          }),
      ),
      new GraphWidget({
        title: 'DataVolumeUsed',
        width: 12,
        left: volumes.map(({ name }) => used(name).with({ label: name })),
      }),
    )
  }

  /**
   * The stop conditions of an experiment. FIS takes several, and stops at the first that is in alarm.
   *
   * @param cut the zone that the experiment takes away; null when it takes none. The way to CloudWatch is in subnets that no
   * experiment takes away.
   */
  stopConditions(cut: string | null): readonly CompositeAlarm[] {
    return [...this.stopIn].filter(([zone]) => zone !== cut).map(([, alarm]) => alarm)
  }

  #stopIn(zone: string, alarms: readonly Alarm[]): CompositeAlarm {
    return new CompositeAlarm(this, `Stop-${zone}`, {
      compositeAlarmName: stopSignalName(this.#config.environment, zone),
      alarmDescription: `In ${zone} devices lose records, a shard acknowledges nothing any more, or a volume runs full: experiments stop that leave ${zone} alone.`,
      alarmRule: AlarmRule.anyOf(...alarms.map(alarm => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    })
  }

  /** Of one that says nothing, the shards tell. */
  #volumeAlarm(name: string, metric: Metric): Alarm {
    return new Alarm(this, `DataVolumeUsed-${name}`, {
      metric,
      threshold: FULL_PERCENT,
      evaluationPeriods: 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `The data volume of ${name} is ${FULL_PERCENT}% full or more for 5 min`,
    })
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
