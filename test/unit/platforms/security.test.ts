import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { connectWorkerProperties } from '../../../chaos/platforms/connect.ts'
import { kafkaProperties } from '../../../chaos/platforms/kafka/properties.ts'
import {
  accessRuleArguments,
  accessRules,
  clientSecurityProperties,
  FLEET_TOPICS,
  clientAccessRules,
  labSecurityProperties,
  securityProperties,
  workerSecurityProperties,
} from '../../../chaos/platforms/security.ts'
import { renderProperties } from '../../../chaos/platforms/properties.ts'

describe('access to a secured cluster', () => {
  const rules = accessRules()

  it('lets devices make and write every topic of the fleet, and read none', () => {
    const device = rules.filter(rule => rule.principal === 'device')
    assert.deepEqual(
      device.map(rule => rule.name),
      [...FLEET_TOPICS],
    )
    for (const { operations } of device) assert.deepEqual(operations, ['Write', 'Describe', 'Create'])
  })

  it('lets a replay read everything and write nothing', () => {
    const replay = rules.filter(rule => rule.principal === 'replay')
    assert.ok(replay.every(rule => !rule.operations.includes('Write')))
    assert.ok(FLEET_TOPICS.every(topic => replay.some(rule => rule.name === topic)))
  })

  it('lets a connector read only what it sinks, and write only its own topics', () => {
    const connector = rules.filter(rule => rule.principal === 'connector')
    const writable = connector.filter(rule => rule.operations.includes('Write'))
    assert.deepEqual(
      writable.map(({ resource, name, pattern }) => [resource, name, pattern]),
      [
        ['topic', 'connect-', 'prefixed'],
        ['transactional-id', 'connect-', 'prefixed'],
      ],
    )
    const topics = connector.filter(rule => rule.resource === 'topic').map(rule => rule.name)
    assert.deepEqual(topics, ['integration', 'connect-'])
  })

  it('gives the administrator no rules, because a super user needs none', () => {
    assert.ok(rules.every(rule => rule.principal !== 'admin'))
  })

  it('is written as arguments of the tool that applies it', () => {
    assert.equal(
      accessRuleArguments(rules.slice(0, 1)),
      '--add --allow-principal User:device --operation Write --operation Describe --operation Create --topic telemetry --resource-pattern-type literal\n',
    )
  })

  it('says in one line what differs in names only, and everything once', () => {
    const lines = accessRuleArguments(rules).trimEnd().split('\n')
    assert.equal(lines.length, 7)
    assert.match(
      lines[0] ?? '',
      /--topic telemetry --topic device-state --topic operations --topic integration --res/,
    )
    const names = (line: string) => [...line.matchAll(/--(topic|group|transactional-id) (\S+)/g)].length
    assert.equal(
      lines.reduce((sum, line) => sum + names(line), 0),
      rules.length,
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

  it('has nodes compare names with certificates, but where brokers have none', () => {
    const certificates = { node: '/run/node.pem', authority: '/run/authority.pem' }
    const key = 'listener.name.repl.ssl.endpoint.identification.algorithm'
    assert.ok(!(key in securityProperties(certificates)))
    assert.equal(securityProperties(certificates, false)[key], '')
  })
})

describe('a client that logs in', () => {
  const login = {
    principal: 'connector',
    password: '${directory:/run/aftershock:password}',
    authority: '/opt/authority.pem',
    brokersHaveNames: true,
  } as const

  it('names where its password is and not the password', () => {
    assert.deepEqual(renderProperties(clientSecurityProperties(login)).trimEnd().split('\n'), [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="connector" password="${directory:/run/aftershock:password}";',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/opt/authority.pem',
    ])
  })

  it('trusts whoever the authority signed where brokers are reached by addresses', () => {
    const properties = clientSecurityProperties({ ...login, brokersHaveNames: false })
    assert.equal(properties['ssl.endpoint.identification.algorithm'], '')
  })

  it('is four clients in a Connect worker, all of which log in', () => {
    const properties = workerSecurityProperties(login)
    for (const of of ['', 'producer.', 'consumer.', 'admin.'])
      assert.equal(properties[`${of}security.protocol`], 'SASL_SSL')
    assert.equal(Object.keys(properties).length, 20)
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

describe('access to a lab with an authorizer', () => {
  const rules = clientAccessRules({ topics: ['telemetry', 'operations'] })
  const of = (principal: string) => rules.filter(rule => rule.principal === principal)

  it('lets devices write and read nothing but their commands, and live readers read', () => {
    assert.deepEqual(
      of('device').map(({ name, operations }) => [name, ...operations]),
      [
        ['telemetry', 'Write', 'Describe'],
        ['operations', 'Write', 'Describe'],
        ['device-twin-commands', 'Read', 'Describe'],
        ['device-twin-acknowledgements', 'Write', 'Describe'],
        ['device-twin-devices', 'Read'],
      ],
    )
    const written = (principal: string) =>
      of(principal).flatMap(({ operations, name, pattern, resource }) =>
        operations.includes('Write') ? [`${resource} ${name} ${pattern}`] : [],
      )
    assert.deepEqual(written('connector'), [
      'topic connect- prefixed',
      'topic dead-letters- prefixed',
      'topic outbox- prefixed',
      'transactional-id connect- prefixed',
    ])
    assert.deepEqual(written('processor'), [
      'topic device-twin prefixed',
      'transactional-id device-twin prefixed',
    ])
  })

  it('lets a replay read nothing, not even a group, until somebody approves it', () => {
    assert.ok(
      of('replay').every(
        ({ operations, resource }) => operations.join() === 'Describe' && resource === 'topic',
      ),
    )
    const standing = clientAccessRules({
      topics: ['telemetry', 'operations'],
      alsoMayRead: { replay: ['telemetry'] },
    })
    assert.deepEqual(
      standing.filter(({ operations, principal }) => principal === 'replay' && operations.includes('Read')),
      [
        {
          principal: 'replay',
          operations: ['Read'],
          resource: 'topic',
          name: 'telemetry',
          pattern: 'literal',
        },
      ],
    )
  })

  it('lets a repair read what was put aside and write what it mends, where a drill repairs, and nothing else', () => {
    assert.deepEqual(of('repair'), [])
    const repairing = clientAccessRules({ topics: ['telemetry', 'integration'], repaired: ['integration'] })
    assert.deepEqual(
      repairing
        .filter(({ principal }) => principal === 'repair')
        .map(({ operations, resource, name, pattern }) => [operations.join(), resource, name, pattern]),
      [
        ['Read,Describe', 'topic', 'dead-letters-', 'prefixed'],
        ['Read,Write,Describe', 'topic', 'integration', 'literal'],
        ['Read', 'group', 'aftershock-', 'prefixed'],
      ],
    )
  })

  it('has clients log in, refuses whom no rule names, and takes nobody but nodes and the operator for super users', () => {
    const properties = labSecurityProperties()
    assert.equal(properties['allow.everyone.if.no.acl.found'], 'false')
    assert.match(`${properties['listener.security.protocol.map']}`, /CLIENT:SASL_PLAINTEXT/)
    assert.equal(properties['super.users'], 'User:ANONYMOUS;User:operator')
  })
})
