import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { readAssembly } from '../../lib/deploy/assembly.ts'
import { planDeployment } from '../../lib/deploy/plan.ts'
import { printPlan } from '../../lib/deploy/print-plan.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  LOGINS,
  parameterText,
  resourcesOf,
  shipped,
  statementsOf,
  type Synthesized,
  templateOf,
  FLEET_IMAGE,
} from './synthesized.ts'

describe('the simulator stack', function () {
  this.timeout(60_000)

  it('gives each shard the same devices wherever and whenever it starts', () => {
    const { simulator, config } = changed('kafka', {
      fleet: { ...shipped('kafka').config.fleet, shardsPerZone: 2 },
    })
    assert.deepEqual(
      simulator.shards.map(({ name, index, count }) => [name, index, count]),
      [
        ['fleet-az-a-1', 0, 6],
        ['fleet-az-a-2', 1, 6],
        ['fleet-az-b-1', 2, 6],
        ['fleet-az-b-2', 3, 6],
        ['fleet-az-c-1', 4, 6],
        ['fleet-az-c-2', 5, 6],
      ],
    )
    const env = parameterText(simulator, '/aftershock/kafka/fleet/fleet-az-b-2/node.env')
    assert.match(env, /^SHARD_INDEX='3'$/m)
    assert.match(env, new RegExp(`^SHARD_DEVICES='${config.fleet.devicesPerShard}'$`, 'm'))
  })

  it('starts a shard again in its own zone, and only after the old one is gone', () => {
    templateOf(shipped('kafka').simulator).allResources('AWS::AutoScaling::AutoScalingGroup', {
      Properties: Match.objectLike({ MinSize: '1', MaxSize: '1' }),
      UpdatePolicy: Match.objectLike({
        AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 0, MaxBatchSize: 1 }),
      }),
    })
  })

  it('has disks for the histories of as many hours as records are kept, and says when to stop', () => {
    const { fleet, workload } = shipped('kafka').config
    const sizes = (made: Synthesized) =>
      Object.values(resourcesOf(made.simulator, 'AWS::EC2::LaunchTemplate')).map(({ Properties }) => {
        const data = Properties.LaunchTemplateData as {
          BlockDeviceMappings: { Ebs: { VolumeSize: number } }[]
        }
        return data.BlockDeviceMappings[0]?.Ebs.VolumeSize
      })
    assert.deepEqual(sizes(shipped('kafka')), [20, 20, 20])
    const larger = changed('kafka', { fleet: { ...fleet, devicesPerShard: 20_000 } })
    // 23,667 records a second, 27 B each, for 24 h: 55 GB beside the system's 8 GiB.
    assert.deepEqual(sizes(larger), [60, 60, 60])
    const longer = changed('kafka', { workload: { ...workload, retentionHours: 72 } })
    assert.deepEqual(sizes(longer), [40, 40, 40])
    const { app, config } = shipped('kafka')
    const plan = planDeployment('kafka', config.region, readAssembly(app.synth().directory), [])
    const own = plan.notes.filter(({ stack }) => stack.endsWith('-Simulator'))
    assert.deepEqual(own, [
      {
        stack: 'Aftershock-kafka-Simulator',
        text: 'each shard writes 0.39 GB of histories an hour; stop it within 20 h, or it cannot store them all (its disk of 20 GiB is full after 32 h)',
      },
    ])
    assert.match(
      printPlan(plan, 'prices'),
      /What to know before\n[^]* {2}Aftershock-kafka-Simulator +each shard/,
    )
  })

  it('adds evidence of each shard under its own name and can do nothing else with it', () => {
    for (const { simulator } of [shipped('kafka'), onFargate()]) {
      const evidence = statementsOf(simulator).filter(({ Resource }) =>
        JSON.stringify(Resource).includes('Evidence'),
      )
      const shards = ['fleet-az-a-1', 'fleet-az-b-1', 'fleet-az-c-1']
      assert.deepEqual(
        evidence.map(({ Action, Resource }) => [
          Action,
          /\/kafka\/histories\/(.*)\/\*$/.exec(flat(Resource))?.[1],
        ]),
        shards.map(shard => ['s3:PutObject', shard]),
      )
    }
    const env = parameterText(shipped('kafka').simulator, '/aftershock/kafka/fleet/fleet-az-b-1/node.env')
    assert.match(env, /^EVIDENCE_URI='s3:\/\/<[^>]+>\/kafka\/histories\/fleet-az-b-1'$/m)
  })

  it('needs no container image by default', () => {
    templateOf(shipped('kafka').simulator).resourceCountIs('AWS::ECS::TaskDefinition', 0)
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('simulator-stack', templateOf(shipped('kafka').simulator))
  })
})

describe('the simulator stack on Fargate', function () {
  this.timeout(60_000)

  it('pins one service of one task to the zone of each shard', () => {
    const services = Object.values(resourcesOf(onFargate().simulator, 'AWS::ECS::Service'))
    assert.equal(services.length, 3)
    const subnets = services.map(({ Properties }) => {
      const network = Properties.NetworkConfiguration as {
        AwsvpcConfiguration: { AssignPublicIp: string; Subnets: unknown[] }
      }
      assert.equal(network.AwsvpcConfiguration.AssignPublicIp, 'DISABLED')
      assert.equal(network.AwsvpcConfiguration.Subnets.length, 1)
      return flat(network.AwsvpcConfiguration.Subnets[0])
    })
    assert.equal(new Set(subnets).size, 3)
  })

  it('fetches the program when it starts, from the asset bucket', () => {
    templateOf(onFargate().simulator).hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          EntryPoint: ['sh', '-c'],
          Command: [Match.stringLikeRegexp('PROGRAM_URI[^]*PROGRAM_SHA256[^]*exit 65[^]*node .*fleet$')],
          Image: Match.anyValue(),
        }),
      ],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    })
  })

  it('runs the image that was named by its digest', () => {
    const tasks = JSON.stringify(resourcesOf(onFargate().simulator, 'AWS::ECS::TaskDefinition'))
    assert.match(tasks, /[/]fleet@sha256:(0123456789abcdef){4}"/)
  })

  it('gives a task a larger disk than it has anyway, where its histories need one', () => {
    const { fleet } = onFargate().config
    const larger = changed('kafka', { fleet: { ...fleet, devicesPerShard: 30_000 } })
    templateOf(larger.simulator).allResourcesProperties('AWS::ECS::TaskDefinition', {
      EphemeralStorage: { SizeInGiB: 90 },
    })
    templateOf(onFargate().simulator).allResourcesProperties('AWS::ECS::TaskDefinition', {
      EphemeralStorage: Match.absent(),
    })
  })

  it('may pull the one image that it runs', () => {
    const pulling = statementsOf(onFargate().simulator).filter(({ Action }) =>
      JSON.stringify(Action).includes('ecr:BatchGetImage'),
    )
    assert.ok(pulling.length > 0)
    for (const { Resource } of pulling) assert.match(flat(Resource), /:repository\/fleet$/)
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('simulator-stack-fargate', templateOf(onFargate().simulator))
  })
})

describe('the simulator stack with logins', function () {
  this.timeout(60_000)

  const onEc2 = changed('automq', LOGINS)
  const fleet = { ...onEc2.config.fleet, host: 'fargate' as const, image: FLEET_IMAGE }
  const inTasks = changed('kafka', { ...LOGINS, fleet })

  it('tells an instance who it is, where its password will be, and what its brokers are called', () => {
    const path = '/aftershock/automq/fleet/fleet-az-a-1'
    const env = parameterText(onEc2.simulator, `${path}/node.env`)
    assert.match(env, /^BROKER_USERNAME='device'$/m)
    assert.match(env, /^SECRET_FILES='login=<[^>]+Secretsdevice[^>]+>'$/m)
    assert.match(env, /^BROKER_PASSWORD_FILE='\/run\/aftershock\/login\.properties'$/m)
    assert.match(env, /^BROKER_AUTHORITY_FILE='\/opt\/aftershock\/config\/authority\.pem'$/m)
    assert.match(env, /^BROKER_TLS_NAME='aftershock-node'$/m)
    assert.match(env, /^FILES='authority\.pem'$/m)
    assert.equal(parameterText(onEc2.simulator, `${path}/authority.pem`), LOGINS.tls.authority)
  })

  it('has ECS put the password into the environment of a task, and into no template', () => {
    const [task = assert.fail('no task')] = Object.values(
      resourcesOf(inTasks.simulator, 'AWS::ECS::TaskDefinition'),
    )
    const [container] = task.Properties.ContainerDefinitions as {
      Environment: { Name: string; Value: unknown }[]
      Secrets: { Name: string; ValueFrom: unknown }[]
    }[]
    assert.deepEqual(
      container?.Secrets.map(({ Name }) => Name),
      ['BROKER_PASSWORD'],
    )
    assert.match(flat(container?.Secrets[0]?.ValueFrom), /Secretsdevice/)
    const plain = Object.fromEntries((container?.Environment ?? []).map(({ Name, Value }) => [Name, Value]))
    assert.equal(plain.BROKER_USERNAME, 'device')
    assert.equal(plain.BROKER_AUTHORITY, LOGINS.tls.authority)
    // Its brokers have names, which their certificates must be for.
    assert.ok(!('BROKER_TLS_NAME' in plain))
  })

  it('reads the password of devices, on a machine the key of its agent, and no other secret, least of all of a node', () => {
    for (const [simulator, agents] of [
      [onEc2.simulator, /:secret:aftershock\/[\w-]+\/agent-\?{6}$/],
      [inTasks.simulator, null],
    ] as const) {
      const read = statementsOf(simulator).filter(({ Action }) =>
        JSON.stringify(Action).includes('secretsmanager:'),
      )
      assert.ok(read.length > 0)
      const names = read.flatMap(({ Resource }) => [Resource].flat().map(flat))
      const others = names.filter(name => !/^<[^>]*Secretsdevice[^>]*>$/.test(name))
      assert.equal(others.length > 0, agents !== null)
      for (const name of others) assert.match(name, agents ?? /none/)
    }
  })
})

let fargate: Synthesized | undefined

function onFargate(): Synthesized {
  fargate ??= changed('kafka', {
    fleet: {
      ...shipped('kafka').config.fleet,
      host: 'fargate',
      image: FLEET_IMAGE,
    },
  })
  return fargate
}
