import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { connectWorkerProperties } from '../../../chaos/platforms/connect.ts'
import { kafkaProperties } from '../../../chaos/platforms/kafka.ts'
import { accessRuleArguments, accessRules, FLEET_TOPICS } from '../../../chaos/platforms/security.ts'

describe('access to a secured cluster', () => {
  const rules = accessRules()

  it('lets devices write every topic of the fleet and read none', () => {
    const device = rules.filter(rule => rule.principal === 'device')
    assert.deepEqual(
      device.map(rule => rule.name),
      [...FLEET_TOPICS],
    )
    assert.ok(device.every(rule => rule.operations.includes('Write') && !rule.operations.includes('Read')))
  })

  it('lets a replay read everything and write nothing', () => {
    const replay = rules.filter(rule => rule.principal === 'replay')
    assert.ok(replay.every(rule => !rule.operations.includes('Write')))
    assert.ok(FLEET_TOPICS.every(topic => replay.some(rule => rule.name === topic)))
  })

  it('lets a connector read only what it sinks, and write only its own topics', () => {
    const connector = rules.filter(rule => rule.principal === 'connector')
    const writable = connector.filter(rule => rule.operations.includes('Write')).map(rule => rule.name)
    assert.deepEqual(writable, ['connect-'])
    const topics = connector.filter(rule => rule.resource === 'topic').map(rule => rule.name)
    assert.deepEqual(topics, ['integration', 'connect-'])
  })

  it('gives the administrator no rules, because a super user needs none', () => {
    assert.ok(rules.every(rule => rule.principal !== 'admin'))
  })

  it('is written as arguments of the tool that applies it', () => {
    assert.equal(
      accessRuleArguments(rules.slice(0, 1)),
      '--add --allow-principal User:device --operation Write --operation Describe --topic telemetry --resource-pattern-type literal\n',
    )
  })

  it('is denied to whoever no rule names, and nodes must show certificates', () => {
    const properties = kafkaProperties({
      nodeId: 1,
      zone: 'az-a',
      host: 'kafka-1.example.internal',
      bindAddress: '0.0.0.0',
      ports: { client: 9092, control: 9093, replication: 9094 },
      voters: [{ nodeId: 1, host: 'kafka-1.example.internal' }],
      logDir: '/data',
      timeouts: 'defaults',
      certificates: { node: '/run/node.pem', authority: '/run/authority.pem' },
    })
    for (const line of [
      'listener.security.protocol.map=CLIENT:SASL_SSL,CTRL:SSL,REPL:SSL',
      'listener.name.repl.ssl.client.auth=required',
      'listener.name.ctrl.ssl.client.auth=required',
      'allow.everyone.if.no.acl.found=false',
      'ssl.keystore.location=/run/node.pem',
    ])
      assert.ok(properties.split('\n').includes(line), line)
    assert.equal(properties.match(/^listener\.security\.protocol\.map=/gm)?.length, 1)
  })
})

describe('the properties of a Connect worker', () => {
  it('keep three copies of its own topics, or one where the platform keeps copies elsewhere', () => {
    const copies = (internalReplicas: 1 | 3) =>
      connectWorkerProperties({
        bootstrap: ['kafka-1:9092', 'kafka-2:9092'],
        host: '10.0.0.7',
        bindAddress: '0.0.0.0',
        restPort: 8083,
        pluginPath: '/plugins',
        zone: 'az-a',
        internalReplicas,
      })
    assert.match(copies(3), /^offset\.storage\.replication\.factor=3$/m)
    assert.match(copies(1), /^offset\.storage\.replication\.factor=1$/m)
    assert.match(copies(3), /^bootstrap\.servers=kafka-1:9092,kafka-2:9092$/m)
    assert.match(copies(3), /^scheduled\.rebalance\.max\.delay\.ms=10000$/m)
  })
})
