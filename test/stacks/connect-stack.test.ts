import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  LOGINS,
  parameterText,
  resourcesOf,
  shipped,
  statementsOf,
  templateOf,
} from './synthesized.ts'

describe('the Connect stack', function () {
  this.timeout(60_000)

  it('runs workers in every zone', () => {
    const { connect } = shipped('kafka')
    templateOf(connect).resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 3)
    assert.deepEqual(
      connect?.chaosTargets.map(({ role, zone }) => [role, zone]),
      [
        ['connect-worker', 'az-a'],
        ['connect-worker', 'az-b'],
        ['connect-worker', 'az-c'],
      ],
    )
  })

  it('reads from the replica of its zone, and finds brokers by name or by what they wrote', () => {
    const worker = (of: 'kafka' | 'automq') => {
      const { connect } = shipped(of)
      if (!connect) throw new Error(`${of} has no Connect`)
      const path = `/aftershock/${of}/connect/az-b`
      return [parameterText(connect, `${path}/worker.properties`), parameterText(connect, `${path}/node.env`)]
    }
    const [properties = '', env = ''] = worker('kafka')
    assert.match(properties, /^consumer\.client\.rack=az-b$/m)
    assert.match(properties, /^bootstrap\.servers=@BOOTSTRAP_SERVERS@$/m)
    assert.match(env, /^BOOTSTRAP_SERVERS='kafka-1\.kafka\.aftershock\.internal:9092,/m)
    assert.match(worker('automq')[1] ?? '', /^BOOTSTRAP_SERVERS_PATH='\/aftershock\/automq\/addresses'$/m)
  })

  it('keeps the sink in a private, encrypted database whose password no file has', () => {
    const { connect } = shipped('kafka')
    templateOf(connect).hasResourceProperties('AWS::RDS::DBInstance', {
      PubliclyAccessible: false,
      StorageEncrypted: true,
      MultiAZ: false,
    })
    const [database] = Object.values(resourcesOf(connect, 'AWS::RDS::DBInstance'))
    assert.equal(database?.DeletionPolicy, 'Delete')
    assert.match(JSON.stringify(database?.Properties.MasterUserPassword), /resolve:secretsmanager/)
  })

  it('lets a worker read the secrets of its sink and of its login, and a connector name their two files', () => {
    const { connect } = shipped('kafka')
    if (!connect) throw new Error('kafka has no Connect')
    const path = '/aftershock/kafka/connect/az-a'
    assert.match(
      parameterText(connect, `${path}/node.env`),
      /^SECRET_FILES='sink=<\w*DatabaseSecret\w*> login=<[^>]+Secretsconnector[^>]+>'$/m,
    )
    const properties = parameterText(connect, `${path}/worker.properties`)
    assert.match(properties, /^config\.providers=file$/m)
    assert.match(
      properties,
      /^config\.providers\.file\.param\.allowed\.paths=\/run\/aftershock\/sink\.properties,\/run\/aftershock\/login\.properties$/m,
    )
    const reading = statementsOf(connect).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
    const [, ...named] =
      /SECRET_FILES='sink=(.*) login=(.*)'/.exec(parameterText(connect, `${path}/node.env`)) ?? []
    assert.deepEqual(
      reading.map(({ Resource }) => [Resource].flat().map(flat).toSorted()),
      [named, named, named].map(of => of.toSorted()),
    )
  })

  it('lets a worker publish no metrics, because it has none', () => {
    const { connect } = shipped('kafka')
    assert.ok(connect)
    assert.ok(!statementsOf(connect).some(({ Action }) => Action.includes('cloudwatch:PutMetricData')))
    for (const zone of ['az-a', 'az-b', 'az-c'])
      assert.doesNotMatch(parameterText(connect, `/aftershock/kafka/connect/${zone}/node.env`), /METRIC/)
  })

  it('keeps the database out of reach of experiments', () => {
    const [database] = Object.values(resourcesOf(shipped('kafka').connect, 'AWS::RDS::DBInstance'))
    assert.doesNotMatch(JSON.stringify(database?.Properties.Tags), /chaos-ready/)
  })

  it('is left out where the environment has none', () => {
    assert.equal(shipped('lab').connect, null)
  })

  it('logs in as the connector, in all its clients, with a password that no file of the deployment has', () => {
    const { connect } = changed('kafka', LOGINS)
    if (!connect) throw new Error('kafka has no Connect')
    const path = '/aftershock/kafka/connect/az-a'
    const worker = parameterText(connect, `${path}/worker.properties`)
    const file = '/run/aftershock/login.properties'
    for (const of of ['', 'producer.', 'consumer.', 'admin.']) {
      assert.match(worker, new RegExp(`^${of}security\\.protocol=SASL_SSL$`, 'm'))
      const jaas = `${of}sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required`
      assert.ok(worker.includes(`\n${jaas} username="connector" password="\${file:${file}:password}";\n`))
    }
    assert.match(worker, new RegExp(`^config\\.providers\\.file\\.param\\.allowed\\.paths=.*,${file}$`, 'm'))
    assert.doesNotMatch(worker, /identification/)
    assert.match(
      parameterText(connect, `${path}/node.env`),
      /^SECRET_FILES='sink=<[^>]+> login=<[^>]+Secretsconnector[^>]+>'$/m,
    )
    assert.equal(parameterText(connect, `${path}/authority.pem`), LOGINS.tls.authority)
    const read = statementsOf(connect).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
    const resources = read.flatMap(({ Resource }) => [Resource].flat())
    assert.equal(new Set(resources.map(flat)).size, 2)
    assert.ok(resources.some(resource => /Secretsconnector/.test(flat(resource))))
  })

  it('asks brokers without names for no more than who signed them', () => {
    const { connect } = changed('automq', LOGINS)
    if (!connect) throw new Error('automq has no Connect')
    const worker = parameterText(connect, '/aftershock/automq/connect/az-a/worker.properties')
    assert.equal(worker.match(/^([a-z]+\.)?ssl\.endpoint\.identification\.algorithm=$/gm)?.length, 4)
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('connect-stack', templateOf(shipped('kafka').connect))
  })
})
