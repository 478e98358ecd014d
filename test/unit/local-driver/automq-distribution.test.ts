import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import {
  type AutoMqDistribution,
  autoMqPlatformSoftware,
  ensureAutoMq,
  findAutoMq,
} from '../../../chaos/drivers/local/setup/automq.ts'
import { identifyAutoMq } from '../../../chaos/drivers/local/setup/automq-identity.ts'
import { localAutoMq } from '../../../chaos/drivers/local/platforms/automq.ts'
import type { SetupOptions } from '../../../chaos/drivers/local/setup/cache.ts'
import {
  classes,
  classFile,
  jarBytes,
  kafkaVersionFile,
  manyClasses,
  writeDistribution,
} from './automq-jar-file.ts'

const S3_STORAGE = 'com/automq/stream/s3/S3Storage'
const CONFIG = 'kafka/automq/AutoMQConfig'
const REPORTER = 'kafka/autobalancer/metricsreporter/AutoBalancerMetricsReporter'

/** As the jars of a release are: AutoMQ's own part of the broker is in the jar of the broker. */
const core = (own: string[] = manyClasses('kafka/automq', 25)) =>
  jarBytes({
    ...classes('kafka/Kafka', CONFIG, REPORTER, ...own),
    ...kafkaVersionFile('3.9.1'),
  })
const stream = (own: string[] = manyClasses('com/automq/stream', 60)) => jarBytes(classes(S3_STORAGE, ...own))
const product = { 'kafka_2.13-3.9.1.jar': core(), 's3stream-3.9.1.jar': stream() }
const stockBroker = jarBytes({ ...classes('kafka/Kafka'), ...kafkaVersionFile('4.3.1') })

let folder: string
let options: SetupOptions

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftershock-automq-'))
  options = {
    env: { XDG_CACHE_HOME: join(folder, 'cache') },
    progress: () => {},
    clock: { now: () => 0, wallMs: () => 0, sleep: async () => {} },
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const homeOf = (jars: Readonly<Record<string, Buffer>>, name = 'automq-1.7.3_kafka-3.9.1') =>
  writeDistribution(join(folder, name), jars)

async function inputError(promise: Promise<unknown>): Promise<AftershockError> {
  const error = await promise.then(
    () => assert.fail('nothing was wrong'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof AftershockError)
  assert.equal(error.code, 'input')
  assert.match(error.hint ?? '', /kafka-server-start\.sh.*automq-1\.7\.3_kafka-3\.9\.1\.tgz|unpack/)
  return error
}

describe('what a distribution is', () => {
  it('is AutoMQ when the jars hold its classes, with the versions that jars and names give', async () => {
    const found = await identifyAutoMq(homeOf(product))
    assert.deepEqual(
      [found.kind, found.version, found.kafkaVersion, found.notes],
      ['product', '1.7.3', '3.9.1', []],
    )
  })

  it('is AutoMQ under any name, with a version that nobody says', async () => {
    const found = await identifyAutoMq(homeOf(product, 'kafka'))
    assert.deepEqual([found.kind, found.version, found.kafkaVersion], ['product', 'unknown', '3.9.1'])
    assert.equal(found.notes.length, 1)
  })

  it('has the version that its folder is named after, with and without Kafka’s, which alone is none', async () => {
    const versions = []
    for (const name of [
      'automq-1.7.3',
      'automq-v1.8.0-rc1',
      'automq-1.7.3_kafka-3.9.1',
      'automq-3.9.1',
      'automq',
    ])
      versions.push((await identifyAutoMq(homeOf(product, name))).version)
    assert.deepEqual(versions, ['1.7.3', '1.8.0-rc1', '1.7.3', 'unknown', 'unknown'])
  })

  const stream9 = stream(manyClasses('com/automq/stream', 9))
  const impostors: Readonly<Record<string, Readonly<Record<string, Buffer>>>> = {
    'stock Kafka under the names of AutoMQ’s jars': {
      'kafka_2.13-3.9.1.jar': stockBroker,
      's3stream-1.7.3.jar': jarBytes(classes('org/example/Nothing')),
    },
    'AutoMQ’s classes beside a stock broker': {
      'kafka_2.13-4.3.1.jar': stockBroker,
      'automq.jar': jarBytes(classes(CONFIG, REPORTER, ...manyClasses('kafka/automq', 25))),
      's3stream.jar': stream(),
    },
    'a stock broker besides AutoMQ’s own': { ...product, 'a.jar': stockBroker },
    'a broker without the stream storage': { 'kafka_2.13-3.9.1.jar': core() },
    'the right names with too few classes': { ...product, 's3stream-3.9.1.jar': stream9 },
    'the right names on empty files': {
      ...product,
      's3stream-3.9.1.jar': jarBytes({
        ...classes(...manyClasses('com/automq/stream', 60)),
        [`${S3_STORAGE}.class`]: Buffer.alloc(0),
      }),
    },
    'the right names on other classes': {
      ...product,
      's3stream-3.9.1.jar': jarBytes({
        ...classes(...manyClasses('com/automq/stream', 60)),
        [`${S3_STORAGE}.class`]: classFile('org/example/Nothing'),
      }),
    },
    'no jars': {},
    'jars that are kept under another name': { 'kafka.zip': core(), 's3stream.zip': stream() },
  }
  for (const [what, jars] of Object.entries(impostors))
    it(`is a stand-in when there is ${what}`, async () => {
      const found = await identifyAutoMq(homeOf(jars))
      assert.equal(found.kind, 'stand-in')
      assert.match(found.notes.join(' '), /do not hold AutoMQ: /)
    })

  it('has a checksum over its jars, which changes with any of them', async () => {
    const before = await identifyAutoMq(homeOf(product, 'a'))
    const same = await identifyAutoMq(homeOf(product, 'b'))
    const other = await identifyAutoMq(homeOf({ ...product, 'c.jar': jarBytes({}) }, 'c'))
    assert.equal(before.libsSha256, same.libsSha256)
    assert.notEqual(before.libsSha256, other.libsSha256)
  })
})

describe('the software of the platform', () => {
  const distribution: AutoMqDistribution = {
    home: '/opt/automq',
    version: '1.7.3',
    kafkaVersion: '3.9.1',
    kind: 'product',
    libsSha256: 'ab'.repeat(32),
    notes: [],
  }

  it('is AutoMQ with its versions, and with its zone router when that is on', () => {
    const software = autoMqPlatformSoftware(distribution, false)
    assert.deepEqual([software.kind, software.name], ['product', 'AutoMQ 1.7.3 (Kafka 3.9.1)'])
    assert.match(autoMqPlatformSoftware(distribution, true).name, /zone router/)
    assert.match(software.notes.join(' '), /(ab){32}/)
  })

  it('never carries the name of the product when it is a stand-in, whatever version it claims', () => {
    for (const router of [false, true]) {
      const software = autoMqPlatformSoftware({ ...distribution, kind: 'stand-in' }, router)
      assert.equal(software.kind, 'stand-in')
      assert.equal(software.name, 'stand-in (Kafka 3.9.1), not AutoMQ')
      assert.match(software.notes[0] ?? '', /nothing measured here says anything about AutoMQ/)
    }
  })
})

describe('finding a distribution', () => {
  it('takes the folder of AUTOMQ_HOME, or that in it which the images have', async () => {
    const home = homeOf(product, 'opt/kafka')
    for (const AUTOMQ_HOME of [home, join(folder, 'opt')]) {
      const found = await findAutoMq({ cwd: '/' }, { ...options, env: { AUTOMQ_HOME } })
      assert.deepEqual([found?.home, found?.kind], [home, 'product'])
    }
  })

  it('takes a folder that was given by its path from here, before AUTOMQ_HOME', async () => {
    const home = homeOf(product)
    const env = { AUTOMQ_HOME: join(folder, 'absent') }
    const found = await findAutoMq({ dist: 'automq-1.7.3_kafka-3.9.1', cwd: folder }, { ...options, env })
    assert.equal(found?.home, home)
  })

  it('finds none where none is named, and says how to get it when it is needed', async () => {
    assert.equal(await findAutoMq({ cwd: folder }, options), null)
    await assert.rejects(ensureAutoMq({ cwd: folder }, options), (error: AftershockError) => {
      assert.equal(error.code, 'unavailable')
      assert.match(error.hint ?? '', /automq-1\.7\.3_kafka-3\.9\.1\.tgz.*--automq-dist.*docker.*AUTOMQ_HOME/)
      return true
    })
  })

  it('refuses what is not there, no tarball, or a folder without the layout, and names it', async () => {
    const text = join(folder, 'notes.tgz')
    writeFileSync(text, 'not a tarball')
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const find = (dist: string) => inputError(findAutoMq({ dist, cwd: folder }, options))
    assert.match((await find('absent.tgz')).message, /--automq-dist: .*absent\.tgz does not exist/)
    assert.match((await find(text)).message, /notes\.tgz is not a \.tgz/)
    assert.match((await find(empty)).message, /empty has no bin\/kafka-server-start\.sh/)
    const asHome = findAutoMq({ cwd: folder }, { ...options, env: { AUTOMQ_HOME: text } })
    assert.match((await inputError(asHome)).message, /AUTOMQ_HOME: .* is a file/)
  })

  it('refuses scripts that may not be run, and paths that they break on', async () => {
    const home = homeOf(product)
    chmodSync(join(home, 'bin', 'kafka-run-class.sh'), 0o644)
    const find = (dist: string) => inputError(findAutoMq({ dist, cwd: folder }, options))
    assert.match((await find(home)).message, /kafka-run-class\.sh is not executable \(chmod \+x/)
    rmSync(join(home, 'bin', 'kafka-run-class.sh'))
    assert.match((await find(home)).message, /has no bin\/kafka-run-class\.sh/)
    assert.match((await find(homeOf(product, 'my files'))).message, /without spaces/)
  })

  it('refuses a jar that is cut off, and names it', async () => {
    const home = homeOf({ ...product, 's3stream-3.9.1.jar': stream().subarray(0, -30) })
    const error = await inputError(findAutoMq({ dist: home, cwd: folder }, options))
    assert.match(error.message, /s3stream-3\.9\.1\.jar is not a whole jar/)
  })
})

describe('a stand-in that is given as AutoMQ', () => {
  const run = (allow: string | undefined) => {
    const env = { ...options.env, ...(allow !== undefined && { AFTERSHOCK_ALLOW_STAND_IN: allow }) }
    const automqDist = homeOf({ 'kafka_2.13-4.3.1.jar': stockBroker })
    return localAutoMq.install({ platform: 'automq', automqDist }, { ...options, env }, Promise.resolve(null))
  }

  it('is refused, and whoever only wants to try the lab is told how it is allowed', async () => {
    for (const allow of [undefined, '', '0'])
      await assert.rejects(run(allow), (error: AftershockError) => {
        assert.equal(error.code, 'unavailable')
        assert.match(error.message, /is not AutoMQ$/)
        assert.match(error.hint ?? '', /AUTOMQ_HOME.*AFTERSHOCK_ALLOW_STAND_IN=1/)
        return true
      })
  })

  it('runs where it is allowed, under no name but its own', async () => {
    const { software, home } = await run('1')
    assert.deepEqual([software.kind, software.name], ['stand-in', 'stand-in (Kafka 4.3.1), not AutoMQ'])
    assert.ok(home?.startsWith(folder))
  })
})
