import { StopCondition } from '../fis/index.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import type { DrillExperiment } from './experiment-of-drill.ts'
import { experimentLogGroup, stopAlarmName } from './experiment-names.ts'

export interface ExperimentJsonOptions {
  readonly config: EnvironmentConfig
  /** @default that of the environment file, else `ACCOUNT`, to be replaced */
  readonly account?: string | undefined
  /** The role that FIS takes. @default `aftershock-<environment>-fis` of the account, to be made or replaced */
  readonly role?: string | undefined
}

/** As `aws fis create-experiment-template --cli-input-json` takes it. */
export function experimentJson(experiment: DrillExperiment, options: ExperimentJsonOptions): object {
  const { config } = options
  const account = options.account ?? config.account ?? ACCOUNT
  const { environment, region } = config
  const zones = Object.keys(config.zones).filter(zone => !experiment.takesAway.includes(zone))
  const targets = new Map(
    experiment.actions.flatMap(({ target }) => (target ? [[target.name, target.render()]] : [])),
  )
  return {
    description: experiment.description,
    roleArn: options.role ?? `arn:aws:iam::${account}:role/aftershock-${environment}-fis`,
    targets: Object.fromEntries(targets),
    actions: Object.fromEntries(experiment.actions.map(action => [action.name, action.render()])),
    stopConditions: zones.map(zone =>
      StopCondition.alarm({
        alarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${stopAlarmName(environment, zone)}`,
      }).render(),
    ),
    experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
    logConfiguration: {
      logSchemaVersion: 2,
      cloudWatchLogsConfiguration: {
        logGroupArn: `arn:aws:logs:${region}:${account}:log-group:${experimentLogGroup(environment)}:*`,
      },
    },
    tags: { project: 'aftershock', environment, drill: experiment.drill },
  }
}

/** Stands for the account where nobody named one. */
export const ACCOUNT = 'ACCOUNT'
