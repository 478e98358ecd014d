import { call, choose, each, end, pause, query, set } from './states-language.ts'
import { CAUSE, looking, own, SUSPENDED } from './healing-looks.ts'
import { deadManGroup, HEALING_SUFFIX, lockParameter, RUNNER_TAG } from './names.ts'

/** What one healing is given, by whoever starts it. */
export interface HealingInput {
  /** Whose lock it is: the name of the execution of the day, or of a run. */
  readonly run: string
  readonly day: string
  /** Who asks for it, and what became of the run, for whoever is told. */
  readonly why: string
  /** Whether the run ended as it should: then its machine has nothing left to store. */
  readonly ended: boolean
}

export interface HealingOptions {
  readonly environment: string
  readonly vpcId: string
  /** Of the document that is done on nodes. */
  readonly document: string
  /** Of SNS. */
  readonly topic: string
  /** Between two looks. @default 15 */
  readonly everySeconds?: number
  /** Until it is given up, and said. @default 40 */
  readonly tries?: number
  /** For a runner that was given up, to seal and store what it has. @default 300 */
  readonly graceSeconds?: number
}

/**
 * Heals an environment by the control plane alone, as often as it is asked to and by as many as ask: it looks, mends what
 * it sees, and looks again until nothing is left. Nothing is remembered: associations, ways and machines are looked up at
 * the moment. First it takes the lock over, so that whoever still runs may break nothing any more. Only what is proven
 * whole is unlocked; what cannot be looked at is not whole.
 */
export function healingStates(options: HealingOptions): object {
  return {
    Comment: `Heals ${options.environment}, and says so`,
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    TimeoutSeconds: 7200,
    States: {
      ...entering(options),
      ...looking({
        ...options,
        next: 'Send the dead man home',
        given: 'Tell that it is not healed',
        otherwise: 'Stop experiments',
      }),
      ...mending(options),
      ...leaving(options),
    },
  }
}

/** Text in the lock by which a run is known. */
const held = (value: string, suffix = '') => `$contains(${value}, '"run":"' & $run & '${suffix}"')`

export const isOurs = (value: string): string => `(${held(value)} or ${held(value, HEALING_SUFFIX)})`

function entering({ environment }: HealingOptions): Record<string, object> {
  const Name = lockParameter(environment)
  return {
    Begin: set(
      {
        run: query('$states.input.run'),
        day: query('$states.input.day'),
        why: query('$states.input.why'),
        ended: query('$states.input.ended'),
        lock: '',
        tries: 0,
        nodes: 'nobody was asked',
        blind: [],
        experiments: [],
        cuts: [],
        defaultAcl: '',
        endpoint: '',
        tables: [],
        lost: [],
        stopped: [],
        starting: [],
        running: 0,
        suspended: [],
        command: '',
        machines: [],
        ends: 0,
      },
      'Whose lock?',
    ),
    // A lock that is not there, or cannot be read, keeps nobody from healing.
    'Whose lock?': call(
      'ssm:getParameter',
      { Name },
      {
        assign: { lock: query('$states.result.Parameter.Value') },
        caught: { next: 'Look' },
        next: 'Ours?',
      },
    ),
    'Ours?': choose([{ when: isOurs('$lock'), next: 'Take it over' }], 'Somebody else has it'),
    // Ours was given back after a proven heal, and what is broken now is another run's, who heals it.
    'Somebody else has it': end({
      healed: false,
      why: query("'another run has the environment: ' & $lock"),
    }),
    'Take it over': call(
      'ssm:putParameter',
      {
        Name,
        Type: 'String',
        Overwrite: true,
        Value: query(
          `'{"run":"' & $run & '${HEALING_SUFFIX}","host":"Step Functions","pid":0,"at":"' & $states.context.Execution.StartTime & '"}'`,
        ),
      },
      { caught: { next: 'Look' }, next: 'Look' },
    ),
  }
}

/** Whatever fails here is seen at the next look. */
function mending({ environment, document, everySeconds = 15 }: HealingOptions): Record<string, object> {
  return {
    'Stop experiments': each(
      'Stop experiments',
      '$experiments',
      'fis:stopExperiment',
      { Id: query('$states.input') },
      { next: 'Put subnets back', caught: { next: 'Put subnets back' } },
    ),
    'Put subnets back': each(
      'Put subnets back',
      '$cuts',
      'ec2:replaceNetworkAclAssociation',
      { AssociationId: query('$states.input'), NetworkAclId: query('$defaultAcl') },
      { next: 'Is a way lost?', caught: { next: 'Is a way lost?' } },
    ),
    'Is a way lost?': choose([{ when: '$count($lost) > 0', next: 'Give ways back' }], 'Is a node not asked?'),
    'Give ways back': call(
      'ec2:modifyVpcEndpoint',
      { VpcEndpointId: query('$endpoint'), AddRouteTableIds: query('$lost') },
      { next: 'Is a node not asked?', caught: { next: 'Is a node not asked?' } },
    ),
    'Is a node not asked?': choose(
      // Those that were asked and are at it are asked no more until they have said what came of it.
      [{ when: "$nodes != 'healed' and $nodes != 'asked'", next: 'Have nodes heal' }],
      'Is a machine stopped?',
    ),
    'Have nodes heal': call(
      'ssm:sendCommand',
      {
        DocumentName: document,
        Targets: [
          { Key: 'tag:project', Values: ['aftershock'] },
          { Key: 'tag:environment', Values: [environment] },
          { Key: 'tag:chaos-ready', Values: ['true'] },
        ],
        Parameters: { Deed: ['heal'], LeaseSeconds: ['60'] },
        TimeoutSeconds: 60,
        MaxConcurrency: '100%',
        MaxErrors: '100%',
      },
      {
        assign: { command: query('$states.result.Command.CommandId'), nodes: 'asked' },
        caught: {
          next: 'Is a machine stopped?',
          assign: { nodes: query(`'nodes could not be asked: ' & ${CAUSE}`) },
        },
        next: 'Is a machine stopped?',
      },
    ),
    'Is a machine stopped?': choose(
      [
        { when: '$count($stopped) > 0', next: 'Start machines' },
        { when: '$count($suspended) > 0 and $count($starting) = 0', next: 'Have groups go on' },
      ],
      'Wait',
    ),
    'Start machines': call(
      'ec2:startInstances',
      { InstanceIds: query('$stopped') },
      { once: true, next: 'Wait', caught: { next: 'Wait' } },
    ),
    // Only once its machines run: a group replaces what is down.
    'Have groups go on': each(
      'Have groups go on',
      '$suspended',
      'autoscaling:resumeProcesses',
      { AutoScalingGroupName: query('$states.input'), ScalingProcesses: SUSPENDED },
      { next: 'Wait', caught: { next: 'Wait' } },
    ),
    Wait: pause(everySeconds, 'Were nodes asked?'),
    'Were nodes asked?': choose([{ when: "$nodes = 'asked'", next: 'What nodes say' }], 'Look'),
    'What nodes say': call(
      'ssm:listCommands',
      { CommandId: query('$command') },
      {
        // A machine that Systems Manager does not know is in no count of it.
        assign: {
          nodes: query(
            "($of := $states.result.Commands[0]; $of.Status in ['Pending', 'InProgress'] ? 'asked' : $of.Status = 'Success' and $of.TargetCount >= $running ? 'healed' : 'nodes that were healed: ' & $string($of.CompletedCount - $of.ErrorCount) & ' of ' & $string($running) & ', ' & $of.Status)",
          ),
        },
        caught: { next: 'Look', assign: { nodes: query(`'nodes could not be asked: ' & ${CAUSE}`) } },
        next: 'Look',
      },
    ),
  }
}

const LEFT =
  "$append($append($append($blind, [$experiments ~> $map(function($one) { 'experiment ' & $one & ' runs' })]), [$append($cuts, $append($lost, $append($stopped, $append($starting, $suspended)))) ~> $map(function($one) { $one & ' is not as it was deployed' })]), $nodes = 'healed' ? [] : [$nodes = 'asked' ? 'nodes have not said yet that they are healed' : $nodes])"

/** A machine that cannot be ended keeps nobody from the environment for ever. */
const MOST_ENDS = 40
const ENDING = { ends: query('$ends + 1'), ended: true }

function leaving({
  environment,
  topic,
  graceSeconds = 300,
  everySeconds = 15,
}: HealingOptions): Record<string, object> {
  const Name = lockParameter(environment)
  const runners = [
    ...own(environment),
    { Name: `tag:${RUNNER_TAG}`, Values: [environment] },
    {
      Name: 'instance-state-name',
      Values: ['pending', 'running', 'stopping', 'stopped', 'shutting-down'],
    },
  ]
  return {
    // It goes only now: as long as nothing is proven, it comes at its time.
    'Send the dead man home': call(
      'scheduler:deleteSchedule',
      { Name: query(deadManName('$run')), GroupName: deadManGroup(environment) },
      { once: true, next: 'Tell that it is healed', caught: { next: 'Tell that it is healed' } },
    ),
    'Tell that it is healed': call(
      'sns:publish',
      {
        TopicArn: topic,
        Subject: `aftershock ${environment}: healed`,
        Message: query("'Game day ' & $day & ' (' & $run & '): healed, and proven so. ' & $why"),
      },
      { next: 'Runners', caught: { next: 'Runners' } },
    ),
    Runners: call(
      'ec2:describeInstances',
      { Filters: runners },
      {
        assign: { machines: query('[$states.result.Reservations.Instances.InstanceId]') },
        caught: { next: 'Lock', assign: { machines: [] } },
        next: 'Is a runner left?',
      },
    ),
    'Is a runner left?': choose(
      [
        { when: `$count($machines) = 0 or $ends > ${MOST_ENDS}`, next: 'Lock' },
        { when: '$ended', next: 'End the runner' },
      ],
      'Let it store what it has',
    ),
    'Let it store what it has': pause(graceSeconds, 'End the runner'),
    'End the runner': call(
      'ec2:terminateInstances',
      { InstanceIds: query('$machines') },
      {
        assign: ENDING,
        next: 'Wait for its end',
        caught: { assign: ENDING, next: 'Wait for its end' },
      },
    ),
    // A runner that is still there heals what it sees, which may be the next run's by then.
    'Wait for its end': pause(everySeconds, 'Runners'),
    // Who has it is asked again: two may be healing, and the next run may have it by now.
    Lock: call(
      'ssm:getParameter',
      { Name },
      {
        assign: { lock: query('$states.result.Parameter.Value') },
        caught: { next: 'Healed' },
        next: 'Still ours?',
      },
    ),
    'Still ours?': choose([{ when: isOurs('$lock'), next: 'Unlock' }], 'Healed'),
    Unlock: call('ssm:deleteParameter', { Name }, { next: 'Healed', caught: { next: 'Healed' } }),
    Healed: end({ healed: true, why: query('$why') }),
    'Tell that it is not healed': call(
      'sns:publish',
      {
        TopicArn: topic,
        Subject: `aftershock ${environment}: NOT HEALED`,
        Message: query(
          `'Game day ' & $day & ' (' & $run & ') is not healed, and the environment stays locked: ' & $join(${LEFT}, '; ') & '. ${healBy(environment)}. ' & $why`,
        ),
      },
      { next: 'Not healed', caught: { next: 'Not healed' } },
    ),
    'Not healed': { Type: 'Fail', Error: 'Unhealed', Cause: query(`$join(${LEFT}, '; ')`) },
  }
}

const healBy = (environment: string) =>
  `From anywhere: aftershock aws heal --environment ${environment} --break-lock`

/** Scheduler takes names of 64 characters, and an execution may have 80. */
export const deadManName = (run: string): string => `'heal-' & $substring(${run}, 0, 59)`
