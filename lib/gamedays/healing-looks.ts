import { call, choose, query, quoted, set } from './states-language.ts'

interface Looks {
  readonly environment: string
  readonly vpcId: string
  /** @default 40 */
  readonly tries?: number | undefined
  /** Where it goes on when all is whole, when it is given up, and else. */
  readonly next: string
  readonly given: string
  readonly otherwise: string
}

/** What Auto Scaling is told to leave, as `chaos/drivers/aws/hands.ts` suspends it. */
export const SUSPENDED = ['HealthCheck', 'ReplaceUnhealthy', 'Launch', 'AZRebalance'] as const
const CUTS = ['cut', 'cut-keep-s3']

/** Filters of EC2 and Auto Scaling: what is this environment's. */
export const own = (environment: string) => [
  { Name: 'tag:project', Values: ['aftershock'] },
  { Name: 'tag:environment', Values: [environment] },
]
/** What experiments may touch of it. */
const ready = (environment: string) => [...own(environment), { Name: 'tag:chaos-ready', Values: ['true'] }]

/** What a call failed with. */
export const CAUSE = "$states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 300)"

/** Each look by itself: what cannot be looked at is kept as such, and the next is looked at all the same. */
export function looking({
  environment,
  vpcId,
  tries = 40,
  next,
  given,
  otherwise,
}: Looks): Record<string, object> {
  const blind = (what: string, then: string) => ({
    next: then,
    assign: { blind: query(`$append($blind, [${quoted(`${what} cannot be looked at: `)} & ${CAUSE}])`) },
  })
  return {
    Look: set({ blind: [], tries: query('$tries + 1') }, 'Look at templates'),
    'Look at templates': call(
      'fis:listExperimentTemplates',
      { MaxResults: 100 },
      {
        assign: {
          experiments: query(
            `[$states.result.ExperimentTemplates[Tags.environment = ${quoted(environment)} and Tags.project = 'aftershock'].Id]`,
          ),
        },
        caught: blind('experiments', 'Look at networks'),
        next: 'Look at experiments',
      },
    ),
    'Look at experiments': call(
      'fis:listExperiments',
      { MaxResults: 100 },
      {
        assign: {
          experiments: query(
            "[$states.result.Experiments[ExperimentTemplateId in $experiments and State.Status in ['pending', 'initiating', 'running']].Id]",
          ),
        },
        caught: blind('experiments', 'Look at networks'),
        next: 'Look at networks',
      },
    ),
    'Look at networks': call(
      'ec2:describeNetworkAcls',
      { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] },
      {
        assign: {
          defaultAcl: query('$string($states.result.NetworkAcls[IsDefault = true].NetworkAclId)'),
          cuts: query(
            `[$states.result.NetworkAcls[$exists(Tags[Key = 'cut' and Value in ${JSON.stringify(CUTS)}]) and $exists(Tags[Key = 'environment' and Value = ${quoted(environment)}])].Associations.NetworkAclAssociationId]`,
          ),
        },
        caught: blind('networks', 'Look at routes'),
        next: 'Look at routes',
      },
    ),
    'Look at routes': call(
      'ec2:describeRouteTables',
      { Filters: [...ready(environment), { Name: 'tag:tier', Values: ['brokers'] }] },
      {
        assign: { tables: query('[$states.result.RouteTables.RouteTableId]') },
        caught: blind('routes', 'Look at machines'),
        next: 'Look at the way to S3',
      },
    ),
    'Look at the way to S3': call(
      'ec2:describeVpcEndpoints',
      { Filters: [...ready(environment), { Name: 'vpc-endpoint-type', Values: ['Gateway'] }] },
      {
        assign: {
          endpoint: query('$string($states.result.VpcEndpoints[0].VpcEndpointId)'),
          lost: query(
            '($known := [$states.result.VpcEndpoints[0].RouteTableIds]; [$tables[$not($ in $known)]])',
          ),
        },
        caught: blind('the way to S3', 'Look at machines'),
        next: 'Look at machines',
      },
    ),
    'Look at machines': call(
      'ec2:describeInstances',
      {
        Filters: [
          ...ready(environment),
          { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
        ],
      },
      {
        assign: {
          stopped: query("[$states.result.Reservations.Instances[State.Name = 'stopped'].InstanceId]"),
          starting: query(
            "[$states.result.Reservations.Instances[State.Name in ['pending', 'stopping']].InstanceId]",
          ),
          running: query("$count($states.result.Reservations.Instances[State.Name = 'running'])"),
        },
        caught: blind('machines', 'Look at groups'),
        next: 'Look at groups',
      },
    ),
    'Look at groups': call(
      'autoscaling:describeAutoScalingGroups',
      { Filters: ready(environment) },
      {
        assign: {
          suspended: query(
            `[$states.result.AutoScalingGroups[$count(SuspendedProcesses[ProcessName in ${JSON.stringify(SUSPENDED)}]) > 0].AutoScalingGroupName]`,
          ),
        },
        caught: blind('groups', 'Whole?'),
        next: 'Whole?',
      },
    ),
    'Whole?': choose(
      [
        {
          when: "$count($blind) + $count($experiments) + $count($cuts) + $count($lost) + $count($stopped) + $count($starting) + $count($suspended) = 0 and $nodes = 'healed'",
          next,
        },
        { when: `$tries >= ${tries}`, next: given },
      ],
      otherwise,
    ),
  }
}
