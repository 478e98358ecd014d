import assert from 'node:assert/strict'
import { releaseOf } from '../../../chaos/drivers/local/nodes/node-releases.ts'

const jars = (...names: readonly string[]) => [
  'java',
  '-cp',
  names.map(name => `/cache/${name}`).join(':'),
  'kafka.Kafka',
]

describe('the release of a process', () => {
  it('is told by the one jar of its class path that carries it', () => {
    assert.equal(
      releaseOf(jars('kafka-clients-4.4.0.jar', 'kafka_2.13-4.4.0.jar', 'zstd-jni-1.5.7.jar')),
      '4.4.0',
    )
    assert.equal(releaseOf(jars('kafka_2.13-4.4.0-rc1.jar')), '4.4.0-rc1')
  })

  it('is not told by another program, by jars of two releases, or by words that are no class path', () => {
    assert.equal(releaseOf(jars('kafka-clients-4.4.0.jar')), null)
    assert.equal(releaseOf(jars('kafka_2.13-4.3.1.jar', 'kafka_2.13-4.4.0.jar')), null)
    assert.equal(releaseOf(['java', '/cache/kafka_2.13-4.4.0.jar']), null)
    assert.equal(releaseOf([]), null)
  })
})
