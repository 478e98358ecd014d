import { call, choose, end, execute, query, quoted, set } from './states-language.ts'
import { deadManName } from './healing-states.ts'
import {
  approvalParameter,
  deadManGroup,
  lockParameter,
  RUNNER_TAG,
  switchParameter,
  taskParameter,
  waitingParameter,
} from './names.ts'

/** What a schedule starts the machine with. */
export interface DayInput {
  readonly day: string
  /** Whether somebody has to approve it. */
  readonly approved: boolean
  /** For whoever asks the schedule; the machine reads neither. */
  readonly owner?: string | undefined
  readonly drill?: string | undefined
}

export interface DayOptions {
  readonly environment: string
  /** Those that stop a drill: all of them are to be there and OK before one begins. */
  readonly alarms: readonly string[]
  readonly topic: string
  /** ARN of the machine that heals. */
  readonly healing: string
  readonly launchTemplate: string
  readonly subnetId: string
  /** ARN of the role by which a schedule starts the machine that heals. */
  readonly deadManRole: string
  readonly approvalSeconds: number
  /** From the runner's launch until its program answers. @default 1200 */
  readonly bootSeconds?: number
  /** The longest that any of the days may take. */
  readonly runSeconds: number
  /** After so long without a sign of the runner it counts as lost. @default 120 */
  readonly heartbeatSeconds?: number
  /** Between the end of the longest run and the schedule that heals: the day's own healing has its time first. @default 900 */
  readonly marginSeconds?: number
}

const MARGIN_SECONDS = 900
const BOOT_SECONDS = 1200
const LOST_HEARTBEAT_SECONDS = 120

/**
 * One game day: lock, preflight, approval where it is wanted, a dead man, a runner, and healing, whatever becomes of any of
 * them. Once the environment is locked, every way ends in the machine that heals, tells and unlocks.
 */
export function dayStates(options: DayOptions): object {
  const { environment, runSeconds, approvalSeconds, bootSeconds = BOOT_SECONDS } = options
  return {
    Comment: `A game day in ${environment}`,
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    TimeoutSeconds: approvalSeconds + bootSeconds + runSeconds + 4 * MARGIN_SECONDS,
    States: {
      ...locking(options),
      ...preflight(options),
      ...approving(options),
      ...running(options),
      ...ending(options),
    },
  }
}

const OWN = '$states.context.Execution.Name'
const CAUSE = '$substring($states.errorOutput.Cause, 0, 500)'

/** Whatever goes wrong once the environment is locked. */
const failed = (state: string) => ({
  next: 'Heal',
  assign: {
    outcome: {
      ended: false,
      state,
      error: query('$states.errorOutput.Error'),
      cause: query(CAUSE),
    },
  },
})

const refusing = (cause: string) => ({
  outcome: { ended: false, state: 'Preflight', error: 'Refused', cause: query(cause) },
})

function locking({ environment, topic }: DayOptions): Record<string, object> {
  const Name = lockParameter(environment)
  return {
    Begin: set(
      {
        day: query('$states.input.day'),
        approved: query('$states.input.approved'),
        outcome: { ended: false, state: 'Begin', error: 'none', cause: 'none' },
        lock: query(
          `'{"run":"' & ${OWN} & '","host":"Step Functions","pid":0,"at":"' & $states.context.Execution.StartTime & '"}'`,
        ),
      },
      'Lock',
    ),
    Lock: call(
      'ssm:putParameter',
      { Name, Type: 'String', Overwrite: false, Value: query('$lock') },
      { once: true, next: 'Switch', caught: { next: 'Who has it?' } },
    ),
    // Its answer may have been lost after it was written.
    'Who has it?': call(
      'ssm:getParameter',
      { Name },
      {
        assign: { holder: query('$states.result.Parameter.Value') },
        next: 'Is it ours?',
        caught: { next: 'Tell of the refusal', assign: { holder: query(`'unknown: ' & ${CAUSE}`) } },
      },
    ),
    'Is it ours?': choose([{ when: '$holder = $lock', next: 'Switch' }], 'Tell of the refusal'),
    'Tell of the refusal': call(
      'sns:publish',
      {
        TopicArn: topic,
        Subject: `aftershock ${environment}: a game day is refused`,
        Message: query("'Game day ' & $day & ' did not begin: the lock is held by ' & $holder"),
      },
      { next: 'Refused', caught: { next: 'Refused' } },
    ),
    // What `aftershock` exits with when a guard refuses.
    Refused: {
      Type: 'Fail',
      Error: 'Refused',
      Cause: query("'exit status 75: lock: ' & $holder"),
    },
  }
}

function preflight({ environment, alarms }: DayOptions): Record<string, object> {
  const refused = 'Heal'
  return {
    Switch: call(
      'ssm:getParameter',
      { Name: switchParameter(environment) },
      {
        assign: { armed: query("$states.result.Parameter.Value = 'armed'") },
        next: 'Is it armed?',
        caught: failed('Switch'),
      },
    ),
    'Is it armed?': choose([{ when: '$armed', next: 'Alarms' }], 'It is not armed'),
    'It is not armed': set(refusing("'exit status 75: switch: it is not armed'"), refused),
    Alarms: call(
      'cloudwatch:describeAlarms',
      { AlarmNames: alarms, AlarmTypes: ['CompositeAlarm', 'MetricAlarm'], MaxRecords: 100 },
      {
        // An alarm that is not there says nothing, which counts as the worst.
        assign: {
          breached: query(
            `($quiet := [$append($states.result.MetricAlarms, $states.result.CompositeAlarms)[StateValue = 'OK'].AlarmName]; [${JSON.stringify(alarms)}[$not($ in $quiet)]])`,
          ),
        },
        next: 'Are they quiet?',
        caught: failed('Alarms'),
      },
    ),
    'Are they quiet?': choose([{ when: '$count($breached) = 0', next: 'Experiments' }], 'They are not quiet'),
    'They are not quiet': set(
      refusing("'exit status 75: alarms: ' & $join($breached, ', ') & ' not OK'"),
      refused,
    ),
    Experiments: call(
      'fis:listExperiments',
      { MaxResults: 100 },
      {
        assign: {
          active: query(
            "[$states.result.Experiments[State.Status in ['pending', 'initiating', 'running', 'stopping']].Id]",
          ),
        },
        next: 'Is none running?',
        caught: failed('Experiments'),
      },
    ),
    'Is none running?': choose(
      [{ when: '$count($active) = 0', next: 'Has it to be approved?' }],
      'One is running',
    ),
    'One is running': set(
      refusing("'exit status 75: experiments of FIS are running: ' & $join($active, ', ')"),
      refused,
    ),
  }
}

/** Whether it is approved by who may is judged by the runner, from the signature; here is only the wait for it. */
function approving({ environment, topic, approvalSeconds }: DayOptions): Record<string, object> {
  const approval = approvalParameter(environment, '')
  const waiting = waitingParameter(environment, '')
  return {
    'Has it to be approved?': choose([{ when: '$approved', next: 'Is it approved?' }], 'Arm a dead man'),
    'Is it approved?': call(
      'ssm:getParameter',
      { Name: query(`${quoted(approval)} & $day`) },
      { once: true, next: 'Arm a dead man', caught: { next: 'Ask for an approval' } },
    ),
    'Ask for an approval': call(
      'sns:publish',
      {
        TopicArn: topic,
        Subject: `aftershock ${environment}: a game day waits for its approval`,
        Message: query(
          `'aftershock gameday approve ' & $day & ' --as NAME --key FILE --environment ${environment}'`,
        ),
      },
      { next: 'Wait for the approval', caught: failed('Ask for an approval') },
    ),
    'Wait for the approval': call(
      'ssm:putParameter',
      {
        Name: query(`${quoted(waiting)} & $day`),
        Type: 'String',
        Overwrite: true,
        Value: query('$states.context.Task.Token'),
      },
      {
        token: { timeoutSeconds: approvalSeconds },
        next: 'Arm a dead man',
        caught: failed('Wait for the approval'),
      },
    ),
  }
}

function running(options: DayOptions): Record<string, object> {
  const { environment, healing, deadManRole, launchTemplate, subnetId, runSeconds } = options
  const { bootSeconds = BOOT_SECONDS, marginSeconds = MARGIN_SECONDS } = options
  const { heartbeatSeconds = LOST_HEARTBEAT_SECONDS } = options
  const inSeconds = bootSeconds + runSeconds + marginSeconds
  const task = (phase: 'ready' | 'run') => ({
    Name: taskParameter(environment),
    Type: 'String',
    Overwrite: true,
    Value: query(
      `$string({'phase': '${phase}', 'token': $states.context.Task.Token, 'run': ${OWN}, 'day': $day, 'heartbeatSeconds': ${heartbeatSeconds}, 'runSeconds': ${runSeconds}})`,
    ),
  })
  return {
    // Before anything can be broken. It heals whatever became of this machine, of the runner, and of both.
    'Arm a dead man': call(
      'scheduler:createSchedule',
      {
        Name: query(deadManName(OWN)),
        GroupName: deadManGroup(environment),
        Description: `Heals ${environment}, whatever became of its game day`,
        ActionAfterCompletion: 'DELETE',
        ScheduleExpression: query(
          `'at(' & $fromMillis($millis() + ${inSeconds * 1000}, '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]') & ')'`,
        ),
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: healing,
          RoleArn: deadManRole,
          Input: query(
            `$string({'run': ${OWN}, 'day': $day, 'why': 'The time of the day is over: the dead man heals.', 'ended': false})`,
          ),
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      },
      { once: true, next: 'Launch a runner', caught: failed('Arm a dead man') },
    ),
    'Launch a runner': call(
      'ec2:runInstances',
      {
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnetId,
        LaunchTemplate: { LaunchTemplateId: launchTemplate, Version: '$Latest' },
        // One for each execution, however often this is tried.
        ClientToken: query(`$substring(${OWN}, 0, 64)`),
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: [
              { Key: 'project', Value: 'aftershock' },
              { Key: 'environment', Value: environment },
              { Key: RUNNER_TAG, Value: environment },
              { Key: 'Name', Value: 'runner' },
            ],
          },
        ],
      },
      { next: 'Wait for the runner', caught: failed('Launch a runner') },
    ),
    'Wait for the runner': call('ssm:putParameter', task('ready'), {
      token: { timeoutSeconds: bootSeconds },
      next: 'Run the drill',
      caught: failed('Wait for the runner'),
    }),
    'Run the drill': call('ssm:putParameter', task('run'), {
      token: { timeoutSeconds: runSeconds, heartbeatSeconds },
      assign: {
        outcome: {
          ended: true,
          state: 'Run the drill',
          error: query("$states.result.status = 0 ? 'none' : 'Verdict'"),
          cause: query('$string($states.result)'),
        },
      },
      next: 'Heal',
      caught: failed('Run the drill'),
    }),
  }
}

const OUTCOME =
  "$outcome.ended ? 'The run ended: ' & $outcome.cause : 'It stopped at ' & $outcome.state & ': ' & $outcome.error & ': ' & $outcome.cause"

function ending({ environment, healing, topic }: DayOptions): Record<string, object> {
  return {
    Heal: execute(
      healing,
      { run: query(OWN), day: query('$day'), why: query(OUTCOME), ended: query('$outcome.ended') },
      {
        // It tries long enough by itself, and says when it gives up.
        once: true,
        next: 'What became of it?',
        caught: {
          next: 'Tell that healing failed',
          assign: { unhealed: query(`$states.errorOutput.Error & ': ' & ${CAUSE}`) },
        },
      },
    ),
    'What became of it?': choose([{ when: '$outcome.ended', next: 'Over' }], 'Failed'),
    Over: end(query('$outcome')),
    Failed: { Type: 'Fail', Error: query('$outcome.error'), Cause: query(OUTCOME) },
    'Tell that healing failed': call(
      'sns:publish',
      {
        TopicArn: topic,
        Subject: `aftershock ${environment}: NOT HEALED`,
        Message: query(
          `'Healing after game day ' & $day & ' failed: ' & $unhealed & '. The dead man tries again; sooner, from anywhere: aftershock aws heal --environment ${environment} --break-lock'`,
        ),
      },
      { next: 'Unhealed', caught: { next: 'Unhealed' } },
    ),
    Unhealed: { Type: 'Fail', Error: 'Unhealed', Cause: query("'exit status 76: ' & $unhealed") },
  }
}
