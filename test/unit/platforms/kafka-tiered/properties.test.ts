import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { parseTransfers } from '../../../local/tier-transfers.ts'
import {
  aivenS3Tier,
  aivenTier,
  tieredStoreTier,
  tierProperties,
} from '../../../../chaos/platforms/kafka-tiered/properties.ts'

const STORE = { bucket: 'segments', region: 'us-east-1', endpoint: 'http://s3.lab:7070' }
const CREDENTIALS = { accessKeyId: 'lab', secretAccessKey: 'secret' }
const PLUGIN = { className: 'aftershock.tieredstore.S3RemoteStorageManager', classPath: '/jars/*' }

describe("the lab's reference store as a tier", () => {
  it('is told where the store is, and who asks', () => {
    const tier = tieredStoreTier({ ...STORE, plugin: PLUGIN, credentials: CREDENTIALS, pace: 'fast' })
    assert.deepEqual(tier, {
      ...PLUGIN,
      settings: {
        's3.endpoint': 'http://s3.lab:7070',
        's3.region': 'us-east-1',
        's3.bucket': 'segments',
        's3.path.style': 'true',
        's3.access.key': 'lab',
        's3.secret.key': 'secret',
      },
      pace: 'fast',
    })
  })

  it('leaves out what it is not told, so that the store’s own defaults hold', () => {
    const { settings } = tieredStoreTier({ ...STORE, plugin: PLUGIN })
    assert.deepEqual(Object.keys(settings), ['s3.endpoint', 's3.region', 's3.bucket', 's3.path.style'])
  })

  it('gets its settings under the prefix that the broker strips', () => {
    const tier = tieredStoreTier({ ...STORE, plugin: PLUGIN, fetchLog: '/lab/fetches', chunkBytes: 65536 })
    const properties = tierProperties(tier, 'REPL')
    assert.equal(properties['rsm.config.fetch.log'], '/lab/fetches')
    assert.equal(properties['rsm.config.chunk.bytes'], 65536)
    assert.equal(properties['remote.log.storage.manager.class.path'], '/jars/*')
  })
})

describe("Aiven's plugin as a tier", () => {
  it('is on another store what it is on AWS, with that store’s address and keys', () => {
    const onAws = aivenS3Tier({ ...STORE, pluginDir: '/plugins' })
    const tier = aivenTier({ ...STORE, pluginDir: '/plugins', credentials: CREDENTIALS, pace: 'fast' })
    assert.deepEqual(tier, {
      ...onAws,
      settings: {
        ...onAws.settings,
        'storage.s3.endpoint.url': 'http://s3.lab:7070',
        'storage.s3.path.style.access.enabled': 'true',
        'storage.aws.access.key.id': 'lab',
        'storage.aws.secret.access.key': 'secret',
      },
      pace: 'fast',
    })
  })

  it('leaves credentials to the default chain of the node when it is given none', () => {
    const { settings } = aivenTier({ ...STORE, pluginDir: '/plugins', pathStyle: false })
    assert.equal(settings['storage.aws.access.key.id'], undefined)
    assert.equal(settings['storage.s3.path.style.access.enabled'], 'false')
  })
})

describe('the transfer log of the reference store', () => {
  const line =
    '{"t":1,"what":"fetch","topic":"telemetry","partition":0,"baseOffset":0,"endOffset":9,"position":0,"bytes":5,"ahead":false}'

  it('is read up to the last line that is whole', () => {
    assert.deepEqual(parseTransfers(`${line}\n${line.slice(0, 20)}`), [
      {
        t: 1,
        what: 'fetch',
        topic: 'telemetry',
        partition: 0,
        baseOffset: 0,
        endOffset: 9,
        position: 0,
        bytes: 5,
        ahead: false,
      },
    ])
    assert.deepEqual(parseTransfers(''), [])
  })

  it('is refused when a line is not what it should be', () => {
    assert.throws(() => parseTransfers(`${line.replace('fetch', 'guess')}\n`))
    assert.throws(() => parseTransfers(`${line.slice(0, 20)}\n`))
  })
})
