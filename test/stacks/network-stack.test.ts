import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { CONNECTIONS } from '../../lib/constructs/role-security-groups.ts'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { matchesSnapshot } from './snapshot.ts'
import { changed, resourcesOf, shipped, templateOf } from './synthesized.ts'

describe('the network stack', function () {
  this.timeout(60_000)

  it('spreads brokers and clients over the three zones that the environment names', () => {
    const subnets = Object.values(resourcesOf(shipped('kafka').network, 'AWS::EC2::Subnet'))
    const zones = subnets.map(subnet => String(subnet.Properties.AvailabilityZone))
    assert.deepEqual(zones.toSorted(), [
      'eu-west-1a',
      'eu-west-1a',
      'eu-west-1b',
      'eu-west-1b',
      'eu-west-1c',
      'eu-west-1c',
    ])
  })

  it('has no way to the internet, in or out, unless asked', () => {
    const { network } = shipped('kafka')
    for (const type of ['Route', 'InternetGateway', 'NatGateway', 'EIP'])
      templateOf(network).resourceCountIs(`AWS::EC2::${type}`, 0)
  })

  it('gives a default route to clients only, when clients are to have NAT', () => {
    const { network } = changed('kafka', { network: withNetwork({ nat: 'clients' }) })
    assert.deepEqual(subnetsWithDefaultRoute(network), [
      'clients',
      'clients',
      'clients',
      'public',
      'public',
      'public',
    ])
  })

  it('gives brokers a default route only when asked for all', () => {
    const { network } = changed('kafka', { network: withNetwork({ nat: 'all' }) })
    assert.equal(subnetsWithDefaultRoute(network).filter(name => name === 'brokers').length, 3)
  })

  it('reaches S3 through its gateway, for buckets of this account and packages only', () => {
    templateOf(shipped('kafka').network).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*',
          }),
          Match.objectLike({
            Action: 's3:*',
            Condition: { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ],
      },
    })
  })

  it('lets every subnet reach the S3 gateway', () => {
    const { network } = shipped('kafka')
    const gateway = Object.values(resourcesOf(network, 'AWS::EC2::VPCEndpoint')).find(
      ({ Properties }) => Properties.VpcEndpointType === 'Gateway',
    )
    const tables = Object.keys(resourcesOf(network, 'AWS::EC2::RouteTable'))
    const routed: unknown = gateway?.Properties.RouteTableIds
    assert.ok(Array.isArray(routed))
    assert.equal(routed.length, tables.length)
  })

  it('has endpoints for sessions, logs, metrics and secrets in as many zones as asked', () => {
    const names = (of: 'kafka' | 'lab') =>
      Object.values(resourcesOf(shipped(of).network, 'AWS::EC2::VPCEndpoint'))
        .filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')
        .map(({ Properties }) => [
          String(Properties.ServiceName).split('.').at(-1),
          (Properties.SubnetIds as unknown[]).length,
        ])
    assert.deepEqual(names('kafka'), [
      ['ssm', 3],
      ['ssmmessages', 3],
      ['logs', 3],
      ['monitoring', 3],
      ['secretsmanager', 3],
    ])
    assert.deepEqual(names('lab'), [
      ['ssm', 1],
      ['ssmmessages', 1],
      ['logs', 1],
      ['monitoring', 1],
    ])
  })

  it('has endpoints for container images only where an image comes from the account', () => {
    const fleet = { ...shipped('kafka').config.fleet, host: 'fargate' as const, image: PRIVATE_IMAGE }
    const { network } = changed('kafka', { fleet })
    templateOf(network).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: 'com.amazonaws.eu-west-1.ecr.dkr',
    })
  })

  it('opens, at both ends, exactly the ports that the table of connections lists, and none to the world', () => {
    const rules = Object.values(resourcesOf(shipped('kafka').network, 'AWS::EC2::SecurityGroupIngress'))
    const ports = rules.map(({ Properties }) => Number(Properties.FromPort))
    const callers = 4
    assert.equal(rules.length, CONNECTIONS.length + callers)
    assert.deepEqual(
      ports.toSorted((a, b) => a - b),
      [...CONNECTIONS.map(({ port }) => port), 443, 443, 443, 443].toSorted((a, b) => a - b),
    )
    for (const { Properties } of rules)
      assert.ok(Properties.SourceSecurityGroupId, 'from a group, not an address')
    for (const { Properties } of Object.values(
      resourcesOf(shipped('kafka').network, 'AWS::EC2::SecurityGroup'),
    ))
      assert.equal(Properties.SecurityGroupIngress, undefined)
  })

  it('writes flow logs when asked, and wherever there is a way out', () => {
    const flowLogs = (change: Partial<EnvironmentConfig['network']>) =>
      Object.keys(
        resourcesOf(changed('kafka', { network: withNetwork(change) }).network, 'AWS::EC2::FlowLog'),
      ).length
    assert.equal(flowLogs({}), 0)
    assert.equal(flowLogs({ flowLogs: true }), 1)
    for (const nat of ['clients', 'all'] as const) assert.equal(flowLogs({ nat }), 1)
  })

  it('leaves no flow log behind', () => {
    const { network } = changed('kafka', { network: withNetwork({ flowLogs: true }) })
    const [group] = Object.values(resourcesOf(network, 'AWS::Logs::LogGroup'))
    assert.equal(group?.DeletionPolicy, 'Delete')
    assert.equal(group.Properties.RetentionInDays, 14)
  })

  it('has a private zone for the names of brokers', () => {
    templateOf(shipped('kafka').network).hasResourceProperties('AWS::Route53::HostedZone', {
      Name: 'kafka.aftershock.internal.',
      VPCs: [Match.anyValue()],
    })
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('network-stack', templateOf(shipped('kafka').network))
  })
})

const PRIVATE_IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet:1'

function withNetwork(change: Partial<EnvironmentConfig['network']>): EnvironmentConfig['network'] {
  return { ...shipped('kafka').config.network, ...change }
}

/** The kinds of the subnets whose route table has a route to everywhere. */
function subnetsWithDefaultRoute(network: ReturnType<typeof shipped>['network']): string[] {
  const ref = (value: unknown) => (value as { Ref: string }).Ref
  const routed = new Set(
    Object.values(resourcesOf(network, 'AWS::EC2::Route')).map(({ Properties }) =>
      ref(Properties.RouteTableId),
    ),
  )
  return Object.values(resourcesOf(network, 'AWS::EC2::SubnetRouteTableAssociation'))
    .filter(({ Properties }) => routed.has(ref(Properties.RouteTableId)))
    .map(({ Properties }) => /^Vpc(brokers|clients|public)/.exec(ref(Properties.SubnetId))?.[1] ?? '?')
    .toSorted()
}
