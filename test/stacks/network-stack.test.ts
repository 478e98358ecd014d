import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { CONNECTIONS } from '../../lib/constructs/role-security-groups.ts'
import { type Cut, CUTS } from '../../lib/constructs/zone-cut.ts'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  FLEET_IMAGE,
  resourcesOf,
  shipped,
  type Synthesized,
  templateOf,
} from './synthesized.ts'

describe('the network stack', function () {
  this.timeout(60_000)

  it('spreads brokers, clients and management over the three zones that the environment names', () => {
    const subnets = Object.values(resourcesOf(shipped('kafka').network, 'AWS::EC2::Subnet'))
    const zones = subnets.map(subnet => String(subnet.Properties.AvailabilityZone))
    assert.deepEqual(
      zones.toSorted(),
      ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'].flatMap(zone => [zone, zone, zone]),
    )
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

  it('reaches S3 through its gateway, for buckets of this account, packages and signals only', () => {
    templateOf(shipped('kafka').network).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { AWS: '*' },
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*',
          }),
          Match.objectLike({
            Action: 's3:*',
            Condition: OWN_ACCOUNT,
          }),
          Match.objectLike({
            Action: 's3:PutObject',
            Resource: 'arn:aws:s3:::cloudformation-waitcondition-eu-west-1/*',
          }),
        ],
      },
    })
  })

  it('lets no credentials of another account through an endpoint, nor anybody to what is of another', () => {
    const fleet = { ...shipped('kafka').config.fleet, host: 'fargate' as const, image: FLEET_IMAGE }
    const { network } = changed('kafka', { fleet })
    const policies = Object.values(resourcesOf(network, 'AWS::EC2::VPCEndpoint'))
      .filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')
      .map(({ Properties }) => (Properties.PolicyDocument as { Statement: EndpointStatement[] }).Statement)
    assert.equal(policies.length, 7)
    for (const statements of policies) {
      assert.deepEqual(
        statements.filter(({ Action }) => Action === '*').map(({ Condition }) => Condition),
        [OWN_ACCOUNT],
      )
      // What names no resource may leave out whose it is, and is the caller's own.
      for (const { Action, Condition } of statements.filter(({ Action: of }) => of !== '*')) {
        for (const one of [Action].flat())
          assert.match(
            flat(one),
            /^(ssm:UpdateInstanceInformation|ssmmessages:\*|cloudwatch:(PutMetricData|DescribeAlarms)|ecr:GetAuthorizationToken)$/,
          )
        assert.deepEqual(Condition, { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } })
      }
    }
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

  it('has endpoints in subnets that no experiment may touch and no cut reaches', () => {
    const { network, chaosTargets } = shipped('kafka')
    const touched = chaosTargets.filter(({ role }) => role === 'subnet').map(({ logicalId }) => logicalId)
    const within = Object.values(resourcesOf(network, 'AWS::EC2::VPCEndpoint')).flatMap(
      ({ Properties }) => (Properties.SubnetIds ?? []) as { Ref: string }[],
    )
    assert.ok(within.length > 0)
    for (const { Ref } of within) {
      assert.match(Ref, /management/)
      assert.ok(!touched.includes(Ref))
    }
  })

  it('lets drills take the way to S3 from brokers of a zone, and from nobody else', () => {
    const { network, chaosTargets } = shipped('kafka')
    const tables = chaosTargets.filter(({ role }) => role === 'route-table')
    assert.deepEqual(
      tables.map(({ zone }) => zone),
      ['az-a', 'az-b', 'az-c'],
    )
    for (const { logicalId, zone } of tables) {
      const { Properties } = resourcesOf(network)[logicalId] ?? assert.fail(logicalId)
      const tags = Object.fromEntries(
        (Properties.Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
      )
      assert.deepEqual([tags.tier, tags.zone, tags['chaos-ready']], ['brokers', zone, 'true'])
    }
    const [endpoint, ...others] = chaosTargets.filter(({ role }) => role === 'store-endpoint')
    assert.equal(others.length, 0)
    const { Properties } = resourcesOf(network)[endpoint?.logicalId ?? ''] ?? assert.fail('no endpoint')
    assert.equal(Properties.VpcEndpointType, 'Gateway')
  })

  it('has two ACLs a zone ready, and no subnet under either', () => {
    const { network } = shipped('kafka')
    templateOf(network).resourceCountIs('AWS::EC2::SubnetNetworkAclAssociation', 0)
    const subnet = (tier: string, zone: number) => cidrOf(network, `Vpc${tier}Subnet${zone}`)
    const management = [1, 2, 3].map(zone => subnet('management', zone))
    for (const [index, zone] of ['az-a', 'az-b', 'az-c'].entries()) {
      const inside = [subnet('brokers', index + 1), subnet('clients', index + 1), ...management]
      const allowed = inside.map(cidr => `allow ${cidr}`)
      for (const egress of [false, true]) {
        assert.deepEqual(rulesOf(network, zone, 'cut', egress), allowed)
        assert.deepEqual(rulesOf(network, zone, 'cut-keep-s3', egress), [
          ...allowed,
          'deny 10.20.0.0/16',
          'allow 0.0.0.0/0',
        ])
      }
    }
  })

  it('cuts a zone from the others and not from itself nor from management, and keeps S3 where that is asked', () => {
    const { network } = shipped('kafka')
    const inSubnet = (tier: string, zone: number) =>
      `${cidrOf(network, `Vpc${tier}Subnet${zone}`).replace(/\d+\/\d+$/, '')}77`
    const passes = (cut: Cut, to: string) =>
      [false, true].every(egress => firstMatch(rulesOf(network, 'az-b', cut, egress), to) === 'allow')
    for (const cut of CUTS) {
      for (const tier of ['brokers', 'clients']) {
        assert.ok(passes(cut, inSubnet(tier, 2)), `${cut} ${tier} of its own zone`)
        for (const other of [1, 3]) assert.ok(!passes(cut, inSubnet(tier, other)), `${cut} ${tier} ${other}`)
      }
      for (const zone of [1, 2, 3]) assert.ok(passes(cut, inSubnet('management', zone)))
    }
    const store = '52.218.1.1'
    assert.ok(passes('cut-keep-s3', store) && !passes('cut', store))
  })

  it('asks the resolver for names of its own and of AWS in its region, and for no other', () => {
    const { network } = shipped('kafka')
    const [rules = assert.fail('no rules')] = Object.values(
      resourcesOf(network, 'AWS::Route53Resolver::FirewallRuleGroup'),
    )
    const lists = resourcesOf(network, 'AWS::Route53Resolver::FirewallDomainList')
    const inOrder = (rules.Properties.FirewallRules as FirewallRule[]).toSorted(
      (a, b) => a.Priority - b.Priority,
    )
    assert.deepEqual(
      inOrder.map(({ Action, BlockResponse, FirewallDomainListId }) => [
        Action,
        BlockResponse,
        lists[FirewallDomainListId['Fn::GetAtt'][0]]?.Properties.Domains,
      ]),
      [
        [
          'ALLOW',
          undefined,
          [
            'kafka.aftershock.internal',
            '*.kafka.aftershock.internal',
            '*.eu-west-1.amazonaws.com',
            'cloudformation-waitcondition-eu-west-1.s3.amazonaws.com',
            'cloudformation-waitcondition-eu-west-1.s3-eu-west-1.amazonaws.com',
            '*.eu-west-1.compute.internal',
            '*.20.10.in-addr.arpa',
          ],
        ],
        ['BLOCK', 'NODATA', ['*']],
      ],
    )
    templateOf(network).resourceCountIs('AWS::Route53Resolver::FirewallRuleGroupAssociation', 1)
    const open = changed('kafka', { network: withNetwork({ nat: 'clients' }) }).network
    templateOf(open).resourceCountIs('AWS::Route53Resolver::FirewallRuleGroup', 0)
  })

  it('has endpoints for sessions, logs, metrics and secrets in as many zones as asked', () => {
    const names = (of: Pick<Synthesized, 'network'>) =>
      Object.values(resourcesOf(of.network, 'AWS::EC2::VPCEndpoint'))
        .filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')
        .map(({ Properties }) => [
          String(Properties.ServiceName).split('.').at(-1),
          (Properties.SubnetIds as unknown[]).length,
        ])
    const kafka = ['ssm', 'ssmmessages', 'logs', 'monitoring', 'secretsmanager']
    assert.deepEqual(
      names(shipped('kafka')),
      kafka.map(service => [service, 1]),
    )
    assert.deepEqual(
      names(changed('kafka', { network: withNetwork({ endpointZones: 3 }) })),
      kafka.map(service => [service, 3]),
    )
    assert.deepEqual(names(shipped('lab')), [
      ['ssm', 1],
      ['ssmmessages', 1],
      ['logs', 1],
      ['monitoring', 1],
    ])
  })

  it('has endpoints for container images only where an image comes from the account', () => {
    const fleet = { ...shipped('kafka').config.fleet, host: 'fargate' as const, image: FLEET_IMAGE }
    const { network } = changed('kafka', { fleet })
    templateOf(network).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: 'com.amazonaws.eu-west-1.ecr.dkr',
    })
  })

  it('opens, at both ends, exactly the ports that the table of connections lists, and none to the world', () => {
    const rules = Object.values(resourcesOf(shipped('kafka').network, 'AWS::EC2::SecurityGroupIngress'))
    const ports = rules.map(({ Properties }) => Number(Properties.FromPort))
    const callers = 5
    assert.equal(rules.length, CONNECTIONS.length + callers)
    assert.deepEqual(
      ports.toSorted((a, b) => a - b),
      [...CONNECTIONS.map(({ port }) => port), 443, 443, 443, 443, 443].toSorted((a, b) => a - b),
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
    assert.equal(flowLogs({ flowLogs: false }), 0)
    assert.equal(flowLogs({ flowLogs: true }), 1)
    for (const nat of ['clients', 'all'] as const) assert.equal(flowLogs({ nat, flowLogs: false }), 1)
  })

  it('writes them each minute, refusals too, with the id of the zone, to a bucket that forgets and goes with it', () => {
    const { network } = changed('kafka', { network: withNetwork({ flowLogs: true }) })
    const [log] = Object.values(resourcesOf(network, 'AWS::EC2::FlowLog'))
    assert.equal(log?.Properties.MaxAggregationInterval, 60)
    assert.equal(log.Properties.TrafficType, 'ALL')
    assert.match(String(log.Properties.LogFormat), /\$\{az-id\}.*\$\{action\}/)
    const [[id, bucket] = assert.fail('no bucket')] = Object.entries(resourcesOf(network, 'AWS::S3::Bucket'))
    assert.deepEqual(log.Properties.LogDestination, { 'Fn::GetAtt': [id, 'Arn'] })
    assert.equal(bucket.DeletionPolicy, 'Delete')
    assert.match(JSON.stringify(bucket.Properties.LifecycleConfiguration), /"ExpirationInDays":14/)
    templateOf(network).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:PutObject',
            Effect: 'Allow',
            Principal: { Service: 'delivery.logs.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    })
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

const OWN_ACCOUNT = {
  StringEquals: {
    'aws:PrincipalAccount': { Ref: 'AWS::AccountId' },
    'aws:ResourceAccount': { Ref: 'AWS::AccountId' },
  },
}

interface EndpointStatement {
  readonly Action: string
  readonly Condition: unknown
}

interface FirewallRule {
  readonly Action: string
  readonly BlockResponse?: string
  readonly Priority: number
  readonly FirewallDomainListId: { readonly 'Fn::GetAtt': readonly [string, string] }
}

type Network = ReturnType<typeof shipped>['network']

function cidrOf(network: Network, id: string): string {
  const found = Object.entries(resourcesOf(network, 'AWS::EC2::Subnet')).find(([name]) => name.startsWith(id))
  return String(found?.[1].Properties.CidrBlock)
}

/** As `allow 10.20.0.0/20`, in the order in which they are looked at. */
function rulesOf(network: Network, zone: string, cut: Cut, egress: boolean): string[] {
  const tagged = (tags: unknown, key: string) =>
    (tags as { Key: string; Value: string }[]).find(({ Key }) => Key === key)?.Value
  const [id] =
    Object.entries(resourcesOf(network, 'AWS::EC2::NetworkAcl')).find(
      ([, { Properties }]) =>
        tagged(Properties.Tags, 'zone') === zone && tagged(Properties.Tags, 'cut') === cut,
    ) ?? assert.fail(`no ACL ${cut} of ${zone}`)
  return Object.values(resourcesOf(network, 'AWS::EC2::NetworkAclEntry'))
    .map(({ Properties }) => Properties)
    .filter(
      ({ NetworkAclId, Egress }) => JSON.stringify(NetworkAclId).includes(`"${id}"`) && Egress === egress,
    )
    .toSorted((a, b) => Number(a.RuleNumber) - Number(b.RuleNumber))
    .map(({ RuleAction, CidrBlock, Protocol }) => {
      assert.equal(Protocol, -1)
      return `${String(RuleAction)} ${String(CidrBlock)}`
    })
}

/** What an ACL says of packets from or to `address`: by the first rule that fits, and else that they are refused. */
function firstMatch(rules: readonly string[], address: string): string {
  const bits = (of: string) => of.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const fits = (cidr: string) => {
    const [network = '', length = ''] = cidr.split('/')
    const size = 2 ** (32 - Number(length))
    return Math.floor(bits(network) / size) === Math.floor(bits(address) / size)
  }
  return rules.find(rule => fits(rule.split(' ')[1] ?? ''))?.split(' ')[0] ?? 'deny'
}

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
