import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { Drill } from '../chaos/core/drill.ts'
import type { ChaosTarget } from './chaos-target.ts'
import type { FleetShard } from './constructs/fleet-shard.ts'
import { wildcardFinding } from './constructs/finding-id.ts'
import { TransientBucket } from './constructs/transient-bucket.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { EnvironmentError } from './environment-source.ts'
import { experimentLogGroup, stopAlarmName } from './experiments/experiment-names.ts'
import { type DrillExperiment, experimentOfDrill } from './experiments/experiment-of-drill.ts'
import { Experiment, ExperimentLog, ExperimentReport, StopCondition } from './fis/index.ts'
import { metricNamespace } from './node-conventions.ts'
import { FULL_PERCENT } from './observability-stack.ts'

export interface ChaosStackProps extends StackProps {
  readonly config: EnvironmentConfig
  /** Each becomes an experiment, as far as FIS can do it. */
  readonly drills: readonly Drill[]
  readonly targets: readonly ChaosTarget[]
  readonly shards: readonly FleetShard[]
  /** The nodes that have one, each of which says how full it is. */
  readonly volumes: readonly { readonly name: string; readonly zone: string }[]
}

/** What an alarm of metric math reads at most. */
const MOST_METRICS = 10
const REPORTS_KEPT = Duration.days(90)

/**
 * Drills as experiments of FIS: what `aftershock fis render` prints, with the alarms that stop them. It is made only when
 * drills are named.
 */
export class ChaosStack extends Stack {
  readonly experiments: ReadonlyMap<string, Experiment>
  /** What of each drill is not in its experiment, and what is otherwise. */
  readonly rendered: readonly DrillExperiment[]
  /** By zone. */
  readonly stopIn: ReadonlyMap<string, Alarm>
  readonly #props: ChaosStackProps

  constructor(scope: Construct, id: string, props: ChaosStackProps) {
    const { config, drills, targets, shards: _, volumes: __, ...stackProps } = props
    super(scope, id, { description: `Aftershock ${config.environment}: experiments of FIS`, ...stackProps })
    this.#props = props
    this.rendered = drills.map(drill => experimentOfDrill(drill, { config, targets }))
    const nothing = this.rendered.filter(({ actions }) => actions.length === 0)
    if (nothing.length > 0)
      throw new EnvironmentError(
        nothing.flatMap(({ drill, cannot }) =>
          cannot.map(({ step, why }) => `drills=${drill}: FIS can do nothing of it. ${step}: ${why}`),
        ),
      )
    this.stopIn = new Map(Object.keys(config.zones).map(zone => [zone, this.#stopIn(zone)]))
    const { bucket } = new TransientBucket(this, 'Reports', {
      keptFor: REPORTS_KEPT,
      unlogged: 'It holds reports of experiments, which the evidence of a run does not rest on.',
    })
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: experimentLogGroup(config.environment),
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.experiments = new Map(
      this.rendered.map(one => [one.drill, this.#experiment(one, bucket as unknown as IBucket, logGroup)]),
    )
  }

  #experiment(rendered: DrillExperiment, bucket: IBucket, logGroup: LogGroup): Experiment {
    const { drill, description, actions, takesAway } = rendered
    const alarms = [...this.stopIn].filter(([zone]) => !takesAway.includes(zone)).map(([, alarm]) => alarm)
    const experiment = new Experiment(this, drill, {
      description,
      actions,
      stopConditions: alarms.map(alarm => StopCondition.alarm(alarm)),
      log: ExperimentLog.toLogGroup(logGroup),
      report: new ExperimentReport({ bucket, prefix: drill }),
      tags: { drill, Name: drill },
    })
    for (const arn of new Set(experiment.statements.flatMap(statement => statement.resources)))
      if (String(this.resolve(arn)).includes('*') || JSON.stringify(this.resolve(arn)).includes('*'))
        Validations.of(experiment).acknowledge({
          id: wildcardFinding(this, arn),
          reason:
            'What is changed is bound to the tags of the targets, or to what FIS has tagged as its own; calls that describe name no resource.',
        })
    return experiment
  }

  /**
   * In alarm when in two of three minutes devices lose records, a shard acknowledges nothing, or a volume is full. A shard
   * that says nothing counts as one that acknowledges nothing.
   */
  #stopIn(zone: string): Alarm {
    const { config, shards, volumes } = this.#props
    const metric = (
      of: 'fleet' | 'nodes',
      name: string,
      dimensionsMap: Record<string, string>,
      statistic: string,
    ) =>
      new Metric({
        namespace: metricNamespace(config, of),
        metricName: name,
        dimensionsMap,
        statistic,
        period: Duration.minutes(1),
      })
    const here = shards.filter(shard => shard.zone.name === zone)
    const full = volumes.filter(volume => volume.zone === zone)
    const terms = [
      ...here.flatMap(({ name }, index) => [
        {
          id: `acked${index}`,
          when: 'FILL(ID, 0) < 1',
          metric: metric('fleet', 'AckedRecords', { Shard: name }, 'Sum'),
        },
        {
          id: `dropped${index}`,
          when: 'FILL(ID, 0) > 0',
          metric: metric('fleet', 'EdgeDroppedRecords', { Shard: name }, 'Sum'),
        },
      ]),
      ...full.map(({ name }, index) => ({
        id: `used${index}`,
        when: `FILL(ID, 0) >= ${FULL_PERCENT}`,
        metric: metric('nodes', 'DataVolumeUsed', { Node: name }, 'Maximum'),
      })),
    ]
    if (terms.length > MOST_METRICS)
      throw new EnvironmentError([
        `drills: ${zone} has ${terms.length} signals that stop an experiment, and one alarm reads at most ${MOST_METRICS}: ${config.environment} needs fewer shards a zone`,
      ])
    return new Alarm(this, `Stop-${zone}`, {
      alarmName: stopAlarmName(config.environment, zone),
      alarmDescription: `In ${zone}, in two of three minutes, devices lose records, a shard acknowledges nothing or a volume is ${FULL_PERCENT}% full: experiments stop that leave ${zone} alone.`,
      metric: new MathExpression({
        expression: `IF(${terms.map(({ id, when }) => when.replace('ID', id)).join(' OR ')}, 1, 0)`,
        usingMetrics: Object.fromEntries(terms.map(({ id, metric: of }) => [id, of])),
        label: `stop in ${zone}`,
        period: Duration.minutes(1),
      }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: TreatMissingData.BREACHING,
    })
  }
}
