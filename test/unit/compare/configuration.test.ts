import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { comparedConfiguration } from '../../../chaos/compare/compared-configuration.ts'
import { readRun } from '../../../chaos/compare/read-run.ts'
import { differences, refuseDifferent } from '../../../chaos/compare/same-conditions.ts'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import { RunFolders } from './run-folders.ts'

interface Planted {
  readonly labDir?: string
  readonly address?: string
  readonly heap?: string
  readonly java?: string
  readonly extra?: string
  readonly segmentBytes?: string
}

describe('the configuration of runs that are to be compared', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let made = 0
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  async function run(platform: PlatformName, planted: Planted = {}) {
    const labDir = planted.labDir ?? '/state/lab-0'
    const folder = folders.put(`configured-${made++}`, platform, 1, {
      header: header => Object.assign(header, { labDir }),
    })
    plant(folder, labDir, planted)
    folders.seal(folder)
    return readRun(folder)
  }

  it('is the same on another block of addresses and in another folder', async () => {
    const [one, two] = [
      await run('kafka'),
      await run('kafka', { labDir: '/elsewhere/lab-3', address: '127.13.0.1' }),
    ]
    assert.deepEqual(differences([one, two]), [])
    assert.equal(one.configuration?.sha256, two.configuration?.sha256)
    assert.equal(one.configuration?.settings['server.properties node.id'], '1 | 2 | 3')
    assert.equal(
      one.configuration?.settings['server.properties log.dirs'],
      '(lab)/node-1/data | (lab)/node-2/data | (lab)/node-3/data',
    )
  })

  it('refuses runs of one platform that differ in a property, in a flag or in a topic', async () => {
    const one = await run('kafka')
    const whats = async (planted: Planted) =>
      differences([one, await run('kafka', planted)]).map(({ what }) => what)
    assert.deepEqual(await whats({ extra: 'num.io.threads=8' }), [
      'configuration of kafka@4.3.1, server.properties num.io.threads',
    ])
    assert.deepEqual(await whats({ heap: '-Xmx4g' }), ['configuration of kafka@4.3.1, JVM -Xmx'])
    assert.deepEqual(await whats({ segmentBytes: '1048576' }), [
      'configuration of kafka@4.3.1, topic telemetry: segment.bytes',
    ])
    const bigger = await run('kafka', { heap: '-Xmx4g' })
    assert.throws(() => refuseDifferent([one, bigger]), /JVM -Xmx: 256m \(.*\) against 4g/)
  })

  it('refuses platforms on another Java', async () => {
    const found = differences([await run('kafka'), await run('kafka-tiered', { java: '21.0.1 (OpenJDK)' })])
    assert.deepEqual(
      found.map(({ what }) => what),
      ['java'],
    )
  })

  it('names every setting in which platforms differ, and counts those in which they do not', async () => {
    const columns = [
      { platform: 'kafka' as const, runs: [await run('kafka')] },
      {
        platform: 'kafka-tiered' as const,
        runs: [
          await run('kafka-tiered', { extra: 'remote.log.storage.system.enable=true', heap: '-Xmx512m' }),
        ],
      },
    ]
    const compared = comparedConfiguration(columns)
    assert.deepEqual(compared.differs, [
      { setting: 'JVM -Xmx', perPlatform: { kafka: '256m', 'kafka-tiered': '512m' } },
      {
        setting: 'server.properties remote.log.storage.system.enable',
        perPlatform: { 'kafka-tiered': 'true' },
      },
    ])
    assert.equal(compared.why, null)
    assert.equal(compared.same + 2, compared.perPlatform['kafka-tiered']?.settings)
  })

  it('says of runs that kept none that they did not, and refuses one that kept it beside one that did not', async () => {
    const without = await readRun(folders.put('without-config', 'kafka', 1))
    const compared = comparedConfiguration([{ platform: 'kafka', runs: [without] }])
    assert.match(compared.why ?? '', /Apache Kafka did not keep what they were configured with/)
    assert.deepEqual([compared.perPlatform, compared.differs], [{}, []])
    assert.ok(differences([without, await run('kafka')]).length > 0)
  })
})

function plant(folder: string, labDir: string, planted: Planted): void {
  const {
    address = '127.10.0.1',
    heap = '-Xmx256m',
    java = '17.0.15+6 (OpenJDK)',
    extra = '',
    segmentBytes,
  } = planted
  const nodes = [1, 2, 3]
  for (const node of nodes) {
    const dir = join(folder, 'config', `node-${node}`)
    mkdirSync(dir, { recursive: true })
    const lines = [
      `node.id=${node}`,
      `listeners=CLIENT://${address}:9092`,
      `log.dirs=${labDir}/node-${node}/data`,
      extra,
    ]
    writeFileSync(join(dir, 'server.properties'), `${lines.join('\n')}\n`)
  }
  const configuration = {
    format: 1,
    software: { java },
    jars: [],
    nodes: nodes.map(node => ({
      node,
      program: 'java',
      arguments: [
        heap,
        '-XX:+UseSerialGC',
        `-Dhosts=${labDir}/node-${node}/hosts`,
        '-cp',
        '(jars)',
        'kafka.Kafka',
      ],
      environment: {},
    })),
    topics: {
      telemetry: {
        partitions: 6,
        replicas: 3,
        settings: segmentBytes ? { 'segment.bytes': segmentBytes } : {},
      },
    },
  }
  writeFileSync(join(folder, 'config', 'configuration.json'), JSON.stringify(configuration))
}
