import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { userDataScript } from '../../lib/constructs/user-data.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { brokerVolume } from '../../lib/sizing.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  LOGINS,
  parameterText,
  prerequisites,
  resourcesOf,
  shipped,
  statementsOf,
  type Synthesized,
  templateOf,
} from './synthesized.ts'

describe('the Kafka cluster stack', function () {
  this.timeout(60_000)

  it('puts one broker into each zone, with a rack, a name and an id of its own', () => {
    const { cluster } = shipped('kafka')
    for (const [index, zone] of ['az-a', 'az-b', 'az-c'].entries()) {
      const properties = parameterText(
        cluster,
        `/aftershock/kafka/kafka/kafka-${index + 1}/server.properties`,
      )
      assert.match(properties, new RegExp(`^node\\.id=${index + 1}$`, 'm'))
      assert.match(properties, new RegExp(`^broker\\.rack=${zone}$`, 'm'))
      assert.match(properties, new RegExp(`CLIENT://kafka-${index + 1}\\.kafka\\.aftershock\\.internal:9092`))
    }
  })

  it('gives each slot an encrypted volume that outlives its instance and goes with the stack', () => {
    const { cluster, config } = shipped('kafka')
    const volumes = Object.values(resourcesOf(cluster, 'AWS::EC2::Volume'))
    const { sizeGiB } = brokerVolume(config) ?? assert.fail('no volume')
    assert.deepEqual(
      volumes.map(({ Properties }) => Properties.Size),
      [sizeGiB, sizeGiB, sizeGiB, 20, 20, 20],
    )
    for (const volume of volumes) {
      assert.equal(volume.Properties.Encrypted, true)
      assert.equal(volume.Properties.VolumeType, 'gp3')
      assert.equal(volume.DeletionPolicy, 'Delete')
      assert.equal(volume.UpdateReplacePolicy, 'Retain')
    }
  })

  it('requires IMDSv2 with one hop, and opens no shell but that of Systems Manager', () => {
    const { cluster } = shipped('kafka')
    templateOf(cluster).allResourcesProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: Match.objectLike({
        MetadataOptions: Match.objectLike({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 }),
        KeyName: Match.absent(),
      }),
    })
  })

  it('replaces no instance for a change of configuration, of tags, of size or of disk', () => {
    const before = shipped('kafka')
    const after = changed('kafka', {
      timeouts: 'tuned',
      expires: '2030-01-01',
      owner: 'somebody-else',
      brokers: { perZone: 1, instanceType: 'm7g.xlarge' },
      workload: { load: 1, retentionHours: 48, localRetentionHours: 2 },
      distribution: { source: 'https://example.org/kafka.tgz', sha256: '0'.repeat(64) },
    })
    assert.deepEqual(replacing(after), replacing(before))
    assert.notDeepEqual(
      parameterText(after.cluster, '/aftershock/kafka/kafka/kafka-1/server.properties'),
      parameterText(before.cluster, '/aftershock/kafka/kafka/kafka-1/server.properties'),
    )
  })

  it('empties a slot without touching its disk, address or name', () => {
    const { cluster } = changed('kafka', {}, { absent: ['kafka-2'] })
    const count = (type: string) => Object.keys(resourcesOf(cluster, type)).length
    assert.equal(count('AWS::EC2::Instance'), 5)
    assert.equal(count('AWS::EC2::VolumeAttachment'), 5)
    assert.equal(count('AWS::EC2::Volume'), 6)
    assert.equal(count('AWS::EC2::NetworkInterface'), 6)
    assert.equal(count('AWS::Route53::RecordSet'), 6)
    const names = cluster.chaosTargets.map(target => target.name)
    assert.ok(!names.includes('kafka-2') && names.includes('kafka-2 volume'))
  })

  it('keeps the order of its slots when one is empty', () => {
    const { cluster } = changed('kafka', {}, { absent: ['kafka-2'] })
    const [first = '', third = ''] = Object.keys(resourcesOf(cluster, 'AWS::EC2::Instance'))
    assert.ok(prerequisites(cluster, third).has(first))
  })

  it('says which slots there are when it is to empty another', () => {
    assert.throws(
      () => changed('kafka', {}, { absent: ['kafka-9'] }),
      /^EnvironmentError: absent=kafka-9: there is no such slot; expected some of kafka-1, kafka-2, kafka-3, controller-1, controller-2, controller-3$/,
    )
    assert.throws(() => changed('automq', {}, { absent: ['automq-1'] }), /expected some of controller-1,/)
  })

  it('boots every node with the same few lines, which name nothing that changes', () => {
    assert.equal(userDataScript('/a').replace('/a/', '/b/'), userDataScript('/b'))
    assert.ok(userDataScript('/aftershock/x').length < 4096)
    assert.doesNotMatch(userDataScript('/a'), /[0-9a-f]{32}|cdk-/)
  })

  it('lets an instance boot only when it may read its settings', () => {
    const { cluster } = shipped('kafka')
    const policies = Object.keys(resourcesOf(cluster, 'AWS::IAM::Policy'))
    for (const [id, { DependsOn = [] }] of Object.entries(resourcesOf(cluster, 'AWS::EC2::Instance'))) {
      const [name = ''] = /^[a-z]+\d/.exec(id) ?? []
      const own = policies.filter(policy => policy.startsWith(name))
      assert.equal(own.length, 1)
      assert.ok(DependsOn.includes(own[0] ?? ''))
    }
  })

  it('lets nodes read only their own parameters and the staged files', () => {
    const unnamed = statementsOf(shipped('kafka').cluster)
      .filter(({ Resource }) => Resource === '*')
      .flatMap(({ Action }) => Action)
    assert.deepEqual([...new Set(unnamed)].toSorted(), [
      'cloudwatch:PutMetricData',
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ])
  })

  it('has a quorum of three, also with more brokers or with controllers of its own', () => {
    const more = changed('lab', { brokers: { perZone: 2, instanceType: 't4g.small' } })
    const sixth = parameterText(more.cluster, '/aftershock/lab/kafka/kafka-6/server.properties')
    assert.match(sixth, /^process\.roles=broker$/m)
    assert.match(sixth, /^controller\.quorum\.voters=1@kafka-1.*,2@kafka-2.*,3@kafka-3[^,]*$/m)
    const first = parameterText(shipped('kafka').cluster, '/aftershock/kafka/kafka/kafka-1/server.properties')
    assert.match(first, /^process\.roles=broker$/m)
    assert.match(first, /^controller\.quorum\.voters=101@controller-1.*,103@controller-3[^,]*$/m)
  })

  it('keeps no tier without being asked for one', () => {
    templateOf(shipped('kafka').cluster).resourceCountIs('AWS::S3::Bucket', 0)
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('kafka-cluster-stack', templateOf(shipped('kafka').cluster))
  })
})

describe('the Kafka cluster stack with a tier', function () {
  this.timeout(60_000)

  it('moves old segments to a bucket of its own, through the plugin that was staged', () => {
    const { cluster } = shipped('kafka-tiered')
    const path = '/aftershock/kafka-tiered/kafka/kafka-1'
    const properties = parameterText(cluster, `${path}/server.properties`)
    const [bucket = ''] = Object.keys(resourcesOf(cluster, 'AWS::S3::Bucket'))
    assert.match(properties, /^remote\.log\.storage\.system\.enable=true$/m)
    assert.match(properties, new RegExp(`^rsm\\.config\\.storage\\.s3\\.bucket\\.name=<${bucket}>$`, 'm'))
    assert.match(parameterText(cluster, `${path}/node.env`), /^PLUGINS='core=s3:\S+#unset s3=s3:\S+#unset'$/m)
  })

  it('needs less local disk for the same retention', () => {
    const [tiered, kafka] = [loadEnvironment('kafka-tiered'), loadEnvironment('kafka')]
    assert.equal(tiered.workload.retentionHours, kafka.workload.retentionHours)
    assert.ok((brokerVolume(tiered)?.sizeGiB ?? 0) < (brokerVolume(kafka)?.sizeGiB ?? 0))
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('kafka-tiered-cluster-stack', templateOf(shipped('kafka-tiered').cluster))
  })
})

describe('the Kafka cluster stack with logins', function () {
  this.timeout(60_000)

  const { cluster } = secured()

  it('makes a password for each principal, and puts none into a parameter', () => {
    templateOf(cluster).resourceCountIs('AWS::SecretsManager::Secret', 4)
    const env = parameterText(cluster, '/aftershock/lab/kafka/kafka-1/node.env')
    assert.match(env, /^TLS_SECRET='mine\/tls\/kafka-1'$/m)
    assert.match(env, /^SCRAM_SECRETS='admin=<\w+> device=<\w+> connector=<\w+> replay=<\w+>'$/m)
    const other = parameterText(cluster, '/aftershock/lab/kafka/kafka-2/node.env')
    assert.match(other, /^TLS_SECRET='mine\/tls\/kafka-2'$/m)
    assert.doesNotMatch(other, /SCRAM_SECRETS|access-rules/)
  })

  it('refuses whoever no rule names', () => {
    const properties = parameterText(cluster, '/aftershock/lab/kafka/kafka-1/server.properties')
    assert.match(properties, /^listener\.security\.protocol\.map=CLIENT:SASL_SSL,CTRL:SSL,REPL:SSL$/m)
    assert.match(properties, /^allow\.everyone\.if\.no\.acl\.found=false$/m)
    const rules = parameterText(cluster, '/aftershock/lab/kafka/kafka-1/access-rules.txt')
    assert.match(
      rules,
      /User:device --operation Write --operation Describe --operation Create --topic telemetry/,
    )
    assert.doesNotMatch(rules, /User:device.*--operation Read/)
  })

  /** What the agents on all nodes and the runner of drills have in common. */
  const isAgentKey = (name: string) => /:secret:aftershock\/lab\/agent-\?{6}$/.test(name)

  it('lets each node read its own key, and passwords only the one that sets them', () => {
    const read = statementsOf(cluster).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
    const names = read.map(({ Resource }) => [Resource].flat().map(flat))
    assert.deepEqual(
      names.map(of => of.length).toSorted((a, b) => a - b),
      [2, 2, 6],
    )
    for (const of of names) {
      assert.equal(of.filter(name => /^arn:.*:secret:mine\/tls\/kafka-\d-\?{6}$/.test(name)).length, 1)
      assert.equal(of.filter(isAgentKey).length, 1)
    }
    assert.equal(new Set(names.flat()).size, 8)
  })

  it('takes the authority that the deployment made, where the file names none', () => {
    const { cluster: own, simulator } = changed('lab', { security: 'sasl-scram' })
    assert.match(
      parameterText(own, '/aftershock/lab/kafka/kafka-2/node.env'),
      /^TLS_SECRET='aftershock\/lab\/tls\/kafka-2'$/m,
    )
    templateOf(simulator).hasParameter('*', {
      Type: 'AWS::SSM::Parameter::Value<String>',
      Default: '/aftershock/lab/tls/authority',
    })
    assert.match(
      parameterText(simulator, '/aftershock/lab/fleet/fleet-az-a-1/authority.pem'),
      /^<SsmParameterValueaftershocklabtlsauthority.*>$/,
    )
  })
})

function secured(): Synthesized {
  return changed('lab', LOGINS)
}

/** What replaces an instance when it differs. */
function replacing({ cluster }: Synthesized): unknown {
  const instances = Object.entries(resourcesOf(cluster, 'AWS::EC2::Instance')).map(([id, { Properties }]) => [
    id,
    { ...Properties, Tags: null, InstanceType: null },
  ])
  return [instances, resourcesOf(cluster, 'AWS::EC2::LaunchTemplate')]
}
