import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { EC2Client, Filter, Tag } from '@aws-sdk/client-ec2'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { within } from '../../core/wait.ts'
import { type Account, type Changes, StaleAssociation } from './account.ts'
import type { Inventory } from './inventory.ts'

/** Of one question or change with all its attempts: throttled ones are tried again, ever later. */
const CALL_MS = 60_000
const ATTEMPTS = 8
/** Systems Manager takes no shorter time-out of a command. */
const LEAST_TIMEOUT_S = 30

interface Clients {
  readonly ec2: EC2Client
  readonly groups: AutoScalingClient
  readonly ssm: SSMClient
  readonly watch: CloudWatchClient
}

/** The account of the credentials that the SDK finds: in variables, a profile, or from the machine that it is on. */
export async function sdkAccount(region: string, clock: Clock): Promise<Account & Disposable> {
  const [ec2, scaling, ssm, sts, watch] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-auto-scaling'),
    import('@aws-sdk/client-ssm'),
    import('@aws-sdk/client-sts'),
    import('@aws-sdk/client-cloudwatch'),
  ])
  const options = {
    region,
    maxAttempts: ATTEMPTS,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  }
  const clients = {
    ec2: new ec2.EC2Client(options),
    groups: new scaling.AutoScalingClient(options),
    ssm: new ssm.SSMClient(options),
    watch: new watch.CloudWatchClient(options),
  }
  const call = <T>(action: string, work: Promise<T>): Promise<T> => told(action, region, work, clock)
  return {
    region,
    async caller() {
      const client = new sts.STSClient(options)
      try {
        const { Account = '' } = await call(
          'sts:GetCallerIdentity',
          client.send(new sts.GetCallerIdentityCommand()),
        )
        return Account
      } finally {
        client.destroy()
      }
    },
    inventory: environment => readInventory(clients, environment, call),
    async parameter(Name) {
      const asked = clients.ssm.send(new ssm.GetParameterCommand({ Name })).then(
        ({ Parameter }) => Parameter?.Value ?? null,
        (error: unknown) => {
          if (nameOf(error) === 'ParameterNotFound') return null
          throw error
        },
      )
      return call('ssm:GetParameter', asked)
    },
    async secret(name) {
      // Systems Manager hands on what Secrets Manager has, with the rights of whoever asks for both.
      const Name = `/aws/reference/secretsmanager/${name}`
      const asked = clients.ssm.send(new ssm.GetParameterCommand({ Name, WithDecryption: true })).then(
        ({ Parameter }) => Parameter?.Value ?? null,
        (error: unknown) => {
          if (nameOf(error) === 'ParameterNotFound') return null
          throw error
        },
      )
      return call('secretsmanager:GetSecretValue', asked)
    },
    async alarms(names) {
      const AlarmTypes: ('MetricAlarm' | 'CompositeAlarm')[] = ['MetricAlarm', 'CompositeAlarm']
      const asked = new watch.DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes, MaxRecords: 100 })
      const { MetricAlarms = [], CompositeAlarms = [] } = await call(
        'cloudwatch:DescribeAlarms',
        clients.watch.send(asked),
      )
      return [...MetricAlarms, ...CompositeAlarms].map(
        ({ AlarmName = '', StateValue = 'unknown', StateReason = '' }) => ({
          name: AlarmName,
          state: StateValue,
          reason: StateReason,
        }),
      )
    },
    async invocation(CommandId, InstanceId) {
      const asked = clients.ssm.send(new ssm.GetCommandInvocationCommand({ CommandId, InstanceId })).then(
        ({ Status = '', StandardOutputContent = '', StandardErrorContent = '' }) => ({
          status: Status,
          output: `${StandardOutputContent}${StandardErrorContent}`.trim().slice(-500),
        }),
        (error: unknown) => {
          // It takes a moment until it is known.
          if (nameOf(error) === 'InvocationDoesNotExist') return null
          throw error
        },
      )
      return call('ssm:GetCommandInvocation', asked)
    },
    change: await changes(clients, call),
    [Symbol.dispose]() {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

type Call = <T>(action: string, work: Promise<T>) => Promise<T>

async function changes({ ec2, groups, ssm }: Clients, call: Call): Promise<Changes> {
  const of = await import('@aws-sdk/client-ec2')
  const scaling = await import('@aws-sdk/client-auto-scaling')
  const store = await import('@aws-sdk/client-ssm')
  return {
    async stop(machines) {
      await call('ec2:StopInstances', ec2.send(new of.StopInstancesCommand({ InstanceIds: [...machines] })))
    },
    async start(machines) {
      await call('ec2:StartInstances', ec2.send(new of.StartInstancesCommand({ InstanceIds: [...machines] })))
    },
    async reboot(machines) {
      await call(
        'ec2:RebootInstances',
        ec2.send(new of.RebootInstancesCommand({ InstanceIds: [...machines] })),
      )
    },
    async associate(AssociationId, NetworkAclId) {
      const asked = ec2.send(new of.ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }))
      await call(
        'ec2:ReplaceNetworkAclAssociation',
        asked.catch((error: unknown) => {
          if (isStale(error))
            throw new StaleAssociation(`${AssociationId}: ${messageOf(error)}`, { cause: error })
          throw error
        }),
      )
    },
    async routeToStore(VpcEndpointId, { add, remove }) {
      await call(
        'ec2:ModifyVpcEndpoint',
        ec2.send(
          new of.ModifyVpcEndpointCommand({
            VpcEndpointId,
            ...(add && { AddRouteTableIds: [...add] }),
            ...(remove && { RemoveRouteTableIds: [...remove] }),
          }),
        ),
      )
    },
    async suspend(AutoScalingGroupName, processes) {
      const wanted = { AutoScalingGroupName, ScalingProcesses: [...processes] }
      await call('autoscaling:SuspendProcesses', groups.send(new scaling.SuspendProcessesCommand(wanted)))
    },
    async resume(AutoScalingGroupName, processes) {
      const wanted = { AutoScalingGroupName, ScalingProcesses: [...processes] }
      await call('autoscaling:ResumeProcesses', groups.send(new scaling.ResumeProcessesCommand(wanted)))
    },
    createParameter(Name, Value) {
      const wanted = { Name, Value, Type: 'String' as const, Overwrite: false }
      const asked = ssm.send(new store.PutParameterCommand(wanted)).then(
        () => true,
        (error: unknown) => {
          if (nameOf(error) === 'ParameterAlreadyExists') return false
          throw error
        },
      )
      return call('ssm:PutParameter', asked)
    },
    async writeParameter(Name, Value) {
      const wanted = { Name, Value, Type: 'String' as const, Overwrite: true }
      await call('ssm:PutParameter', ssm.send(new store.PutParameterCommand(wanted)))
    },
    async runDocument(DocumentName, machine, parameters, withinMs) {
      const seconds = Math.ceil(withinMs / 1000)
      const { Command } = await call(
        'ssm:SendCommand',
        ssm.send(
          new store.SendCommandCommand({
            DocumentName,
            InstanceIds: [machine],
            Parameters: Object.fromEntries(
              Object.entries(parameters).map(([name, value]) => [name, [value]]),
            ),
            // One that is not taken up by then is not to be done any more.
            TimeoutSeconds: Math.max(LEAST_TIMEOUT_S, seconds),
          }),
        ),
      )
      return Command?.CommandId ?? ''
    },
    async deleteParameter(Name) {
      await call('ssm:DeleteParameters', ssm.send(new store.DeleteParametersCommand({ Names: [Name] })))
    },
  }
}

/** By filters, so that an account with thousands of machines answers too; what is ours is told by the tags all the same. */
async function readInventory(clients: Clients, environment: string, call: Call): Promise<Inventory> {
  const of = await import('@aws-sdk/client-ec2')
  const scaling = await import('@aws-sdk/client-auto-scaling')
  const client = clients.ec2
  const own: Filter[] = [
    { Name: 'tag:project', Values: ['aftershock'] },
    { Name: 'tag:environment', Values: [environment] },
  ]
  const vpcs = await call(
    'ec2:DescribeVpcs',
    all(of.paginateDescribeVpcs({ client }, { Filters: own }), page => page.Vpcs),
  )
  const inside: Filter[] = [{ Name: 'vpc-id', Values: vpcs.flatMap(({ VpcId }) => VpcId ?? []) }]
  const nothing = {
    environment,
    vpcs: [],
    machines: [],
    subnets: [],
    acls: [],
    groups: [],
    endpoints: [],
    routeTables: [],
  }
  // A filter without values would be all of the account.
  if (vpcs.length === 0) return nothing
  const Filters = inside
  const [reservations, subnets, acls, groups, endpoints, tables] = await Promise.all([
    call(
      'ec2:DescribeInstances',
      all(of.paginateDescribeInstances({ client }, { Filters }), page => page.Reservations),
    ),
    call(
      'ec2:DescribeSubnets',
      all(of.paginateDescribeSubnets({ client }, { Filters }), page => page.Subnets),
    ),
    call(
      'ec2:DescribeNetworkAcls',
      all(of.paginateDescribeNetworkAcls({ client }, { Filters }), page => page.NetworkAcls),
    ),
    call(
      'autoscaling:DescribeAutoScalingGroups',
      all(
        scaling.paginateDescribeAutoScalingGroups({ client: clients.groups }, { Filters: own }),
        page => page.AutoScalingGroups,
      ),
    ),
    call(
      'ec2:DescribeVpcEndpoints',
      all(of.paginateDescribeVpcEndpoints({ client }, { Filters }), page => page.VpcEndpoints),
    ),
    call(
      'ec2:DescribeRouteTables',
      all(of.paginateDescribeRouteTables({ client }, { Filters }), page => page.RouteTables),
    ),
  ])
  const associations = new Map(
    acls.flatMap(({ Associations = [] }) =>
      Associations.map(({ SubnetId = '', NetworkAclAssociationId = '', NetworkAclId = '' }) => [
        SubnetId,
        { id: NetworkAclAssociationId, acl: NetworkAclId },
      ]),
    ),
  )
  return {
    environment,
    vpcs: vpcs.map(({ VpcId = '', Tags }) => ({ id: VpcId, tags: tagMap(Tags) })),
    machines: reservations
      .flatMap(({ Instances = [] }) => Instances)
      .map(({ InstanceId = '', State, SubnetId = '', PrivateIpAddress = '', Tags }) => ({
        id: InstanceId,
        tags: tagMap(Tags),
        state: State?.Name ?? 'unknown',
        subnet: SubnetId,
        address: PrivateIpAddress,
        group: tagMap(Tags)['aws:autoscaling:groupName'] ?? null,
      })),
    subnets: subnets.map(({ SubnetId = '', VpcId = '', CidrBlock = '', Tags }) => ({
      id: SubnetId,
      tags: tagMap(Tags),
      vpc: VpcId,
      cidr: CidrBlock,
      association: associations.get(SubnetId) ?? null,
    })),
    acls: acls.map(({ NetworkAclId = '', VpcId = '', IsDefault = false, Tags }) => ({
      id: NetworkAclId,
      tags: tagMap(Tags),
      vpc: VpcId,
      isDefault: IsDefault,
    })),
    groups: groups.map(({ AutoScalingGroupName = '', SuspendedProcesses = [], Tags = [] }) => ({
      id: AutoScalingGroupName,
      tags: tagMap(Tags),
      suspended: SuspendedProcesses.flatMap(({ ProcessName }) => ProcessName ?? []),
    })),
    endpoints: endpoints
      .filter(
        ({ VpcEndpointType, ServiceName = '' }) =>
          VpcEndpointType === 'Gateway' && ServiceName.endsWith('.s3'),
      )
      .map(({ VpcEndpointId = '', VpcId = '', RouteTableIds = [], Tags }) => ({
        id: VpcEndpointId,
        tags: tagMap(Tags),
        vpc: VpcId,
        routeTables: RouteTableIds,
      })),
    routeTables: tables.map(({ RouteTableId = '', Tags }) => ({ id: RouteTableId, tags: tagMap(Tags) })),
  }
}

async function all<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = []
  for await (const page of pages) found.push(...(items(page) ?? []))
  return found
}

/** An error of AWS in our words: what was asked, what was answered, and what that needs. */
async function told<T>(action: string, region: string, work: Promise<T>, clock: Clock): Promise<T> {
  try {
    return await within(`an answer to ${action} of ${region}`, work, { clock, deadlineMs: CALL_MS })
  } catch (error) {
    if (error instanceof AftershockError || error instanceof StaleAssociation) throw error
    const name = nameOf(error)
    throw new AftershockError(
      'unavailable',
      `AWS does not do ${action} in ${region}: ${name}: ${messageOf(error)}`,
      {
        hint: hintFor(name, action),
        cause: error,
      },
    )
  }
}

function hintFor(name: string, action: string): string {
  if (/Unauthorized|AccessDenied/.test(name)) return `These credentials need the permission ${action}.`
  if (/Expired|InvalidClientToken|Credential|Token/.test(name))
    return 'Credentials are missing or over: renew them (`aws sso login`), then heal: aftershock aws heal --environment NAME'
  if (/Limit|Throttl/.test(name))
    return `It was tried ${ATTEMPTS} times; something else calls EC2 in this account very often.`
  return 'What was changed before stays until it is healed: aftershock aws heal --environment NAME'
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown')

/** EC2 has a name for it; the local endpoint of tests answers with 500 and no name at all. */
function isStale(error: unknown): boolean {
  return nameOf(error) === 'InvalidAssociationID.NotFound'
}

function tagMap(tags: readonly Pick<Tag, 'Key' | 'Value'>[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}
