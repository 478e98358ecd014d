import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunConfiguration } from '../../../chaos/record/run-configuration.ts'
import type { StartedLab } from '../../../chaos/drivers/local/lab/lab.ts'
import { labLayout } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { keepConfiguration } from '../../../chaos/drivers/local/lab/kept-configuration.ts'
import { labTopics } from '../../../chaos/drivers/local/lab/lab-topics.ts'
import { fleetContract } from '../../local/test-contract.ts'

const SAID: Readonly<Record<string, string>> = {
  java: '    java.runtime.version = 17.0.15+6\n    java.vendor = Debian\n    java.vm.name = OpenJDK 64-Bit Server VM\n',
  versitygw: 'Version  : v1.8.0\nBuild    : norev\n',
}

describe('what a run was configured with', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-config-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  async function keep(ask = async (program: string) => SAID[program] ?? ''): Promise<RunConfiguration> {
    const runDir = join(root, 'run')
    mkdirSync(runDir)
    await keepConfiguration({
      runDir,
      lab: aLab(root),
      topics: labTopics(fleetContract, 'kafka-tiered', new Set()),
      env: { JAVA_TOOL_OPTIONS: '-Xint' },
      ask,
    })
    return JSON.parse(readFileSync(join(runDir, 'config', 'configuration.json'), 'utf8')) as RunConfiguration
  }

  it('is kept as it was rendered, node by node, without the data', async () => {
    await keep()
    const node = join(root, 'run', 'config', 'node-2')
    assert.deepEqual(readdirSync(node).toSorted(), ['hosts', 'log4j2.properties', 'server.properties'])
    assert.match(readFileSync(join(node, 'server.properties'), 'utf8'), /^node\.id=2$/m)
  })

  it('names Java, the object store and the SDK by their versions, and every jar', async () => {
    const { software, jars } = await keep()
    assert.deepEqual(software, {
      java: '17.0.15+6 (OpenJDK 64-Bit Server VM, Debian)',
      versitygw: '1.8.0',
      'AWS SDK for Java': '2.42.28',
    })
    assert.deepEqual(jars, ['kafka_2.13-4.3.1.jar', 'kafka-clients-4.3.1.jar'])
  })

  it('has the flags of each virtual machine, and what it inherits', async () => {
    const { nodes } = await keep()
    assert.deepEqual(nodes[0], {
      node: 1,
      program: 'java',
      arguments: ['-Xmx256m', '-cp', '(jars)', 'kafka.Kafka'],
      environment: { JAVA_TOOL_OPTIONS: '-Xint', KAFKA_S3_SECRET_KEY: '(left out)' },
    })
  })

  it('has the settings of each topic, with those that only a tier asks for', async () => {
    const { topics } = await keep()
    const settings = Object.values(topics).map(topic => topic.settings)
    assert.ok(
      settings.some(one => one['remote.storage.enable'] === 'true' && one['segment.bytes'] !== undefined),
    )
  })

  it('never holds the credentials of the store', async () => {
    await keep()
    const folder = join(root, 'run', 'config')
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file =>
      /\./.test(file),
    ))
      assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /key-of-lab|secret-of-lab/)
  })

  it('says that a version is not known when nobody answers, and goes on', async () => {
    const { software } = await keep(() => Promise.reject(new Error('it did not start')))
    assert.equal(software['java'], 'not known: it did not start')
    assert.equal(software['versitygw'], 'not known: it did not start')
  })
})

/** As much of a lab as its configuration is read from. */
function aLab(root: string): StartedLab {
  const dir = join(root, 'lab')
  const layout = labLayout(0, dir, 'kafka-tiered')
  for (const { id } of layout.topology.nodes) {
    mkdirSync(join(layout.nodeDir(id), 'data'), { recursive: true })
    writeFileSync(
      join(layout.nodeDir(id), 'server.properties'),
      `node.id=${id}\nrsm.config.s3.access.key.id=key-of-lab\nrsm.config.s3.secret.access.key=secret-of-lab\n`,
    )
    for (const name of ['hosts', 'log4j2.properties', 'hs_err_pid1.log', 'data/meta.properties'])
      writeFileSync(join(layout.nodeDir(id), name), 'x\n')
  }
  const tier = join(root, 'tier')
  mkdirSync(tier)
  for (const jar of ['s3-2.42.28.jar', 'sdk-core-2.42.28.jar']) writeFileSync(join(tier, jar), '')
  const command = {
    program: 'java',
    args: ['-Xmx256m', '-cp', '/jars/kafka_2.13-4.3.1.jar:/jars/kafka-clients-4.3.1.jar', 'kafka.Kafka'],
    env: { KAFKA_S3_SECRET_KEY: 'secret-of-lab' },
  }
  const state = {
    runtime: { java: 'java', classPath: '/jars/kafka_2.13-4.3.1.jar:/jars/kafka-clients-4.3.1.jar' },
    store: { gateway: 'versitygw', accessKeyId: 'key-of-lab', secretAccessKey: 'secret-of-lab' },
    platform: {
      platform: 'kafka-tiered',
      tier: { plugin: 'reference', className: 'x', classPath: `${tier}/*` },
      home: null,
    },
  }
  return { layout, supervisor: { state }, nodes: { command: () => command } } as unknown as StartedLab
}
