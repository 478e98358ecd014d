import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platformChoice } from '../../../chaos/commands/platform-options.ts'
import type { Io } from '../../../chaos/commands/io.ts'
import { lookOf } from '../../../chaos/compare/page/columns.ts'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { keepConfiguration } from '../../../chaos/drivers/local/lab/kept-configuration.ts'
import { labLayout } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import type { StartedLab } from '../../../chaos/drivers/local/lab/lab.ts'
import type { NodeSoftware } from '../../../chaos/drivers/local/nodes/node-software.ts'
import { LOCAL_PLATFORMS } from '../../../chaos/drivers/local/platforms/index.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { findPlatform, internalReplicas, PLATFORM_NAMES, PLATFORMS } from '../../../chaos/platforms/index.ts'
import { PLATFORM_OPTIONS } from '../../../chaos/platforms/options.ts'
import type { Platform } from '../../../chaos/platforms/platform.ts'
import type { RunConfiguration } from '../../../chaos/record/run-configuration.ts'
import { fleetContract } from '../../local/test-contract.ts'
import { paperPrices, paperWorkload } from '../cost/sample-workload.ts'

const textOf = (...path: string[]): string => readFileSync(packageFile(...path), 'utf8')
const page = textOf('docs', 'adding-a-platform.md')

/** What must fit together in any platform, whether it is ours or not. */
function agrees({ storage, copies, reads, clientId, routesByZone, followerFetch }: Platform): void {
  assert.equal(copies === 'one', storage === 'shared', 'the one copy is that of the store')
  assert.equal(reads.toldBy === 'nothing-is-cold', storage === 'disks', 'cold is what comes from a store')
  assert.ok(copies === 'replicated' || !followerFetch, 'without replicas there is none to read from')
  assert.equal(clientId !== null, routesByZone, 'a router has to know where a client is')
}

/** One line of each metric, as a node would serve it. */
const served = ({ metrics }: Platform) =>
  metrics.parse(metrics.names.map(name => `${name}{operation_type="S3Request"} 7\n`).join(''))

for (const platform of PLATFORMS) {
  const { name, title, variantOf, storage, metrics, options, versions, expected } = platform
  describe(`the platform ${name}, as a whole`, () => {
    it('has a folder and a name that are the same, or is a variant of one that has', () => {
      assert.ok(existsSync(packageFile('chaos', 'platforms', variantOf ?? name, 'traits.ts')))
      assert.ok(variantOf === null || findPlatform(variantOf)?.variantOf === null)
      assert.notEqual(title, '')
    })

    it('has traits that agree with each other', () => agrees(platform))

    it('keeps the metrics that it names, as its nodes serve them', () => {
      const names = Object.keys(served(platform)).map(key => key.replace(/\{.*/, ''))
      assert.deepEqual(names.toSorted(), metrics.names.toSorted())
      assert.ok(metrics.everyMs >= 1000)
    })

    it('can be chosen, with the options that are meant for it and no others', () => {
      const io = { cwd: '/' } as Io
      for (const option of Object.keys(PLATFORM_OPTIONS) as (keyof typeof PLATFORM_OPTIONS)[]) {
        const choose = () => platformChoice({ platform: name, [option]: 'x' }, io)
        if (options.includes(option)) assert.deepEqual(choose(), { platform: name, [option]: '/x' })
        else assert.throws(choose, /is not for the platform/)
      }
      const version = () => platformChoice({ platform: `${name}@9.9.9` }, io)
      if (versions.from === 'maven') assert.deepEqual(version(), { platform: name, version: '9.9.9' })
      else assert.throws(version, /comes with its distribution/)
    })

    it('is known to the lab, which makes its topics with the copies that it keeps', async () => {
      assert.equal(typeof LOCAL_PLATFORMS[name].nodes, 'function')
      const { drill } = await loadDrill('compare')
      const outline = environmentOf('local').outline(drill, name)
      assert.equal(outline.capabilities.has('objectStore'), storage !== 'disks')
      const made = outline.topics(fleetContract, new Set())
      const copies = new Set(made.map(({ replicationFactor }) => replicationFactor))
      assert.deepEqual([...copies], [internalReplicas(name)])
      const [first] = environmentOf('local').parts(drill, { platform: name })
      assert.ok(first?.includes(title), first)
    })

    it('has a bill and a look of its own', () => {
      const bill = billFor(name, paperWorkload(), paperPrices())
      assert.ok(bill.totalUsdPerMonth > 0)
      const requests = bill.lines.find(({ line }) => line === 'object-requests')
      assert.equal(requests?.formula, platform.requestFormula)
      assert.equal((requests?.usdPerMonth ?? 0) > 0, storage !== 'disks')
      const looks = PLATFORM_NAMES.map(other => JSON.stringify(lookOf(other, PLATFORM_NAMES)))
      assert.equal(new Set(looks).size, looks.length)
      assert.ok(expected.readyMs > 0 && expected.memoryBytes > 0)
    })

    it('can be deployed: an environment has it, or the platform that it is a variant of', () => {
      const file = packageFile('lib', 'environments', `${variantOf ?? name}.yaml`)
      assert.match(readFileSync(file, 'utf8'), new RegExp(`^platform: ${variantOf ?? name}$`, 'm'))
    })

    it('is in the documentation, with its traits', () => {
      assert.ok(page.includes(traitRow(platform)), `docs/adding-a-platform.md lacks ${traitRow(platform)}`)
      assert.ok(textOf('docs', 'comparing.md').includes(`\`${name}\``))
    })
  })
}

function traitRow({
  name,
  storage,
  copies,
  runtime,
  formatsItself,
  routesByZone,
  reads,
  versions,
}: Platform) {
  const yes = (is: boolean) => (is ? 'yes' : 'no')
  const from = versions.from === 'maven' ? `Maven, ${versions.oldest} or newer` : `\`${versions.option}\``
  return `| \`${name}\` | ${storage} | ${copies} | ${runtime.kind} | ${yes(formatsItself)} | ${yes(routesByZone)} | ${reads.toldBy} | ${from} |`
}

describe('the documentation of platforms', () => {
  it('shows a real platform as it is', () => {
    assert.ok(page.includes(textOf('chaos', 'platforms', 'kafka', 'traits.ts').trim()))
  })
})

/** No platform of ours: a broker that is a program with a command line, keeps its disks itself, and knows no JVM. */
const pretend: Platform<'pretend'> = {
  name: 'pretend',
  title: 'Pretend',
  shortTitle: 'Pretend',
  variantOf: null,
  storage: 'disks',
  copies: 'replicated',
  runtime: { kind: 'program' },
  formatsItself: true,
  routesByZone: false,
  followerFetch: true,
  clientId: null,
  options: [],
  versions: { from: 'distribution', option: '--pretend-dist' },
  metrics: {
    everyMs: 1000,
    names: ['up'],
    parse: text => ({ up: Number(/^up\S* (\d+)$/m.exec(text)?.[1]) }),
  },
  reads: { toldBy: 'nothing-is-cold' },
  failoverAgeMs: 0,
  expected: { readyMs: 1000, memoryBytes: 1e8 },
  requestFormula: 'none',
}

describe('a platform whose broker is no JVM', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-pretend-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('fits the table of traits', () => {
    agrees(pretend)
    assert.deepEqual(served(pretend), { up: 7 })
  })

  it('runs in the lab without Java, and its configuration is kept', async () => {
    const layout = labLayout(9, join(root, 'lab'))
    for (const { id } of layout.topology.nodes) {
      mkdirSync(layout.nodeDir(id), { recursive: true })
      writeFileSync(join(layout.nodeDir(id), 'pretend.yaml'), `node: ${id}\n`)
    }
    const nodes: NodeSoftware = {
      prepare: async () => {},
      command: node => ({
        role: 'broker',
        node,
        program: '/opt/pretend/pretend',
        args: ['--config', join(layout.nodeDir(node), 'pretend.yaml')],
        cwd: layout.nodeDir(node),
        logFile: layout.logFile(`broker-${node}`),
      }),
      settingsFile: node => join(layout.nodeDir(node), 'pretend.yaml'),
      wipe: () => {},
      look: () => ({ directoryId: null, clusterId: null, segmentBytes: 0 }),
      metrics: async () => pretend.metrics.parse('up 1\n'),
      metricsEveryMs: pretend.metrics.everyMs,
      readyDeadlineMs: 1000,
    }
    const state = { store: null, runtime: null, platform: { tier: null, home: '/opt/pretend' } }
    const runDir = join(root, 'run')
    mkdirSync(runDir)
    await keepConfiguration({
      runDir,
      lab: { layout, nodes, supervisor: { state } } as unknown as StartedLab,
      topics: [],
      env: {},
      ask: async () => assert.fail('there is no Java to ask for its version'),
    })
    const kept = JSON.parse(
      readFileSync(join(runDir, 'config', 'configuration.json'), 'utf8'),
    ) as RunConfiguration
    assert.deepEqual([kept.software, kept.jars], [{}, []])
    assert.deepEqual(kept.nodes[0]?.program, '/opt/pretend/pretend')
    assert.equal(existsSync(join(runDir, 'config', 'node-1', 'pretend.yaml')), true)
    assert.equal(existsSync(join(runDir, 'config', 'jars.sha256')), false)
  })
})
