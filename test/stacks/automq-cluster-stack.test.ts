import assert from 'node:assert/strict'
import { App } from 'aws-cdk-lib'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { AutoMqClusterStack } from '../../lib/automq-cluster-stack.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  LOGINS,
  parameterText,
  prerequisites,
  resourcesOf,
  shipped,
  type Statement,
  statementsOf,
  templateOf,
} from './synthesized.ts'

const PATH = '/aftershock/automq/automq'

describe('the AutoMQ cluster stack', function () {
  this.timeout(60_000)

  it('keeps brokers in one group for each zone, one subnet each', () => {
    const { cluster } = shipped('automq')
    const groups = Object.values(resourcesOf(cluster, 'AWS::AutoScaling::AutoScalingGroup'))
    const subnets = groups.map(({ Properties }) => (Properties.VPCZoneIdentifier as unknown[]).map(flat))
    assert.equal(groups.length, 3)
    assert.ok(subnets.every(of => of.length === 1))
    assert.equal(new Set(subnets.flat()).size, 3)
  })

  it('gives brokers no volume of their own, so that a fresh one serves when any is terminated', () => {
    const { cluster } = shipped('automq')
    const attached = Object.keys(resourcesOf(cluster, 'AWS::EC2::VolumeAttachment'))
    assert.deepEqual(
      attached.map(id => /^controller\d/.exec(id)?.[0]),
      ['controller1', 'controller2', 'controller3'],
    )
    assert.doesNotMatch(parameterText(cluster, `${PATH}/automq-1/node.env`), /VOLUME_ID/)
  })

  it('gives a fresh broker time to start before the next group replaces its own', () => {
    const { cluster, connect } = shipped('automq')
    for (const stack of [cluster, connect])
      for (const group of Object.values(resourcesOf(stack, 'AWS::AutoScaling::AutoScalingGroup')))
        assert.match(JSON.stringify(group), /"PauseTime":"PT3M"/)
  })

  it('keeps the quorum on three controllers that stay', () => {
    const { cluster } = shipped('automq')
    const broker = parameterText(cluster, `${PATH}/automq-2/server.properties`)
    const controller = parameterText(cluster, `${PATH}/controller-2/server.properties`)
    assert.match(broker, /^process\.roles=broker$/m)
    assert.match(broker, /^node\.id=2$/m)
    assert.match(broker, /^broker\.rack=az-b$/m)
    assert.match(controller, /^process\.roles=controller$/m)
    assert.match(controller, /^node\.id=102$/m)
    const voters = /^controller\.quorum\.voters=.*$/m
    assert.equal(voters.exec(broker)?.[0], voters.exec(controller)?.[0])
  })

  it('tells clients the addresses that brokers have now, each written by its broker', () => {
    const { cluster } = shipped('automq')
    const properties = parameterText(cluster, `${PATH}/automq-1/server.properties`)
    assert.match(
      properties,
      /^advertised\.listeners=CLIENT:\/\/@PRIVATE_IP@:9092,REPL:\/\/@PRIVATE_IP@:9094$/m,
    )
    const env = parameterText(cluster, `${PATH}/automq-1/node.env`)
    assert.match(env, /^ADDRESS_PARAMETER='\/aftershock\/automq\/addresses\/1'$/m)
    assert.equal(parameterText(cluster, '/aftershock/automq/addresses/3'), 'none')
  })

  it('writes data, operations and the write-ahead log to its two buckets and to no other', () => {
    const { cluster } = shipped('automq')
    const properties = parameterText(cluster, `${PATH}/automq-1/server.properties`)
    const [data = '', ops = ''] = Object.keys(resourcesOf(cluster, 'AWS::S3::Bucket'))
    assert.ok(properties.includes(`s3.data.buckets=0@s3://<${data}>?region=eu-west-1&`))
    assert.ok(properties.includes(`s3.ops.buckets=1@s3://<${ops}>?region=eu-west-1&`))
    assert.ok(properties.includes(`s3.wal.path=0@s3://<${data}>?region=eu-west-1&`))
    const writable = statementsOf(cluster).filter(({ Action }) => Action.includes('s3:PutObject'))
    assert.equal(writable.length, 6)
    assert.deepEqual(
      [...new Set(writable.flatMap(({ Resource }) => [Resource].flat()).map(flat))],
      [`<${data}.Arn>/*`, `<${ops}.Arn>/*`],
    )
  })

  it('lets each broker write its own address, and nobody else any', () => {
    const { cluster } = shipped('automq')
    const parameters = resourcesOf(cluster, 'AWS::SSM::Parameter')
    const written = Object.entries(resourcesOf(cluster, 'AWS::IAM::Policy')).flatMap(
      ([id, { Properties }]) => {
        const { Statement: statements } = Properties.PolicyDocument as { Statement: readonly Statement[] }
        return statements
          .filter(({ Action }) => [Action].flat().includes('ssm:PutParameter'))
          .map(({ Resource }) => {
            const [, address = ''] = /<(Address\d)\w+>$/.exec(flat(Resource)) ?? []
            const found = Object.entries(parameters).find(([of]) => of.startsWith(address))
            return [/^[a-z]+\d/.exec(id)?.[0], found?.[1].Properties.Name]
          })
      },
    )
    assert.deepEqual(Object.fromEntries(written), {
      automq1: '/aftershock/automq/addresses/1',
      automq2: '/aftershock/automq/addresses/2',
      automq3: '/aftershock/automq/addresses/3',
    })
    assert.equal(written.length, 3)
  })

  it('routes between zones through S3 only when asked', () => {
    const properties = (zoneRouter: boolean) =>
      parameterText(changed('automq', { zoneRouter }).cluster, `${PATH}/automq-1/server.properties`)
    assert.doesNotMatch(properties(false), /zonerouter/)
    assert.match(properties(true), /^automq\.zonerouter\.channels=0@s3:\/\/\S+batchInterval=250/m)
  })

  it('tells the router in which zone each subnet is, so that no client has to', () => {
    const { cluster, network, config } = changed('automq', { zoneRouter: true })
    const properties = parameterText(cluster, `${PATH}/automq-1/server.properties`)
    const [, blocks = ''] = /^automq\.zone\.cidr\.blocks=(.*)$/m.exec(properties) ?? []
    const told = blocks.split('<>').flatMap(entry => {
      const [zone = '', networks = ''] = entry.split('@')
      return networks.split(',').map(block => [block, config.zones[zone as 'az-a']])
    })
    const subnets = Object.values(resourcesOf(network, 'AWS::EC2::Subnet')).map(({ Properties }) => [
      Properties.CidrBlock,
      Properties.AvailabilityZone,
    ])
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(subnets))
    // The names of zones that brokers have: those that clients are sent to.
    assert.match(properties, /^broker\.rack=az-a$/m)
    assert.match(blocks, /^az-a@/)
  })

  it('stops writers before it empties their buckets', () => {
    const { cluster } = shipped('automq')
    const emptying = Object.keys(resourcesOf(cluster, 'Custom::S3AutoDeleteObjects'))
    assert.equal(emptying.length, 2)
    const writers = ['AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::Instance'].flatMap(type =>
      Object.values(resourcesOf(cluster, type)),
    )
    for (const writer of writers) {
      const { DependsOn } = writer as unknown as { DependsOn: string[] }
      assert.ok(emptying.every(id => DependsOn.includes(id)))
    }
  })

  it('stops every broker before any controller, without which a broker cannot hand its streams over', () => {
    const { cluster } = shipped('automq')
    const controllers = Object.keys(resourcesOf(cluster, 'AWS::EC2::Instance'))
    const brokers = Object.keys(resourcesOf(cluster, 'AWS::AutoScaling::AutoScalingGroup'))
    assert.deepEqual([controllers.length, brokers.length], [3, 3])
    for (const broker of brokers) assert.ok(controllers.every(id => prerequisites(cluster, broker).has(id)))
  })

  it('says that the distribution has no checksum yet, and deploys none without', () => {
    assert.equal(loadEnvironment('automq').distribution.sha256, 'unset')
    const { messages } = shipped('automq').app.synth().getStackByName('Aftershock-automq-Cluster')
    assert.ok(messages.some(({ entry }) => JSON.stringify(entry.data).includes('has no checksum')))
  })

  it('refuses to be made without controllers', () => {
    const app = new App()
    const { controllers: _, ...config } = shipped('automq').config
    assert.throws(
      () => new AutoMqClusterStack(app, 'NoQuorum', { config, network: shipped('automq').network }),
      /needs controllers/,
    )
  })

  it('has clients log in when asked, nodes show certificates, and the first broker say who may do what', () => {
    const { cluster } = changed('automq', LOGINS)
    for (const node of ['automq-1', 'controller-1']) {
      const properties = parameterText(cluster, `${PATH}/${node}/server.properties`)
      assert.match(properties, /^listener\.security\.protocol\.map=CLIENT:SASL_SSL,CTRL:SSL,REPL:SSL$/m)
      assert.match(properties, /^allow\.everyone\.if\.no\.acl\.found=false$/m)
      const env = parameterText(cluster, `${PATH}/${node}/node.env`)
      assert.match(env, new RegExp(`^TLS_SECRET='mine/tls/${node}'$`, 'm'))
      const sets = /^SCRAM_SECRETS='admin=<\w+> device=<\w+> connector=<\w+> replay=<\w+>'$/m.test(env)
      assert.equal(sets, node === 'automq-1')
    }
    const rules = parameterText(cluster, `${PATH}/automq-1/access-rules.txt`)
    assert.doesNotMatch(rules, /User:device.*--operation Read/)
    const read = statementsOf(cluster).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
    assert.deepEqual(
      read.map(({ Resource }) => [Resource].flat().length).toSorted((a, b) => a - b),
      [1, 1, 1, 2, 2, 6],
    )
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('automq-cluster-stack', templateOf(shipped('automq').cluster))
  })

  it('encrypts its buckets and refuses requests without TLS', () => {
    const template = templateOf(shipped('automq').cluster)
    template.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicPolicy: true }),
    })
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    })
  })
})
