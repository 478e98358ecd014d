import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  CONNECT_REST_PORT,
  connectWorkerProperties,
  type ConnectWorkerConfig,
  isConnectTopic,
  secretReference,
} from '../../../chaos/platforms/connect.ts'

const WORKER: ConnectWorkerConfig = {
  bootstrap: ['kafka-1:9092', 'kafka-2:9092'],
  host: 'connect-1',
  bindAddress: '127.0.0.1',
  restPort: CONNECT_REST_PORT,
  pluginPath: '/plugins',
  zone: 'az-a',
  internalReplicas: 3,
}

describe('the properties of a Connect worker', () => {
  it('keep two clusters of workers apart that share brokers', () => {
    const own = (cluster?: 'connect-b') =>
      [
        ...connectWorkerProperties({ ...WORKER, ...(cluster && { cluster }) }).matchAll(
          /^(?:group\.id|\w+\.storage\.topic)=(.*)$/gm,
        ),
      ].map(([, value]) => value)
    assert.deepEqual(own(), ['connect-sink', 'connect-configs', 'connect-offsets', 'connect-status'])
    assert.deepEqual(own('connect-b'), [
      'connect-b-sink',
      'connect-b-configs',
      'connect-b-offsets',
      'connect-b-status',
    ])
    assert.ok(isConnectTopic('connect-b-offsets') && isConnectTopic('connect-status'))
  })

  it('let no configuration name a file, unless there are secrets', () => {
    assert.doesNotMatch(connectWorkerProperties(WORKER), /config\.providers/)
  })

  it('let configurations name the files of secrets, each by its whole path, and nothing beside them', () => {
    const text = connectWorkerProperties({
      ...WORKER,
      secretFiles: ['/run/a.properties', '/run/b.properties'],
    })
    assert.match(
      text,
      /^config\.providers\.file\.param\.allowed\.paths=\/run\/a\.properties,\/run\/b\.properties$/m,
    )
    assert.equal(secretReference('/run/a.properties', 'password'), '${file:/run/a.properties:password}')
  })

  it('have what clients log in with, where they must', () => {
    const security = { 'security.protocol': 'SASL_SSL', 'consumer.security.protocol': 'SASL_SSL' }
    const text = connectWorkerProperties({ ...WORKER, security })
    assert.match(text, /^security\.protocol=SASL_SSL\nconsumer\.security\.protocol=SASL_SSL$/m)
  })
})
