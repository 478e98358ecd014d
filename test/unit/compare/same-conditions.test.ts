import assert from 'node:assert/strict'
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findRuns } from '../../../chaos/compare/find-runs.ts'
import { readRun } from '../../../chaos/compare/read-run.ts'
import {
  differences,
  refuseDifferent,
  refuseTwice,
  sameWords,
} from '../../../chaos/compare/same-conditions.ts'
import type { RunFolder } from '../../../chaos/compare/run-folder.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { type Change, RunFolders } from './run-folders.ts'

type Header = Parameters<NonNullable<Change['header']>>[0]

describe('runs that are to be compared', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let unchanged: RunFolder
  let made = 0
  before(async () => {
    folders = await RunFolders.make()
    unchanged = await readRun(folders.put('unchanged', 'kafka', 1))
  })
  after(() => folders[Symbol.dispose]())

  async function between(change: (header: Header) => void) {
    const other = folders.put(`other-${made++}`, 'kafka-tiered', 1, { header: change })
    const runs = [unchanged, await readRun(other)]
    return differences(runs, run => run.platform)
  }

  it('say what their producers asked of brokers', async () => {
    const clients = async (change: (header: Header) => void) => {
      const run = await readRun(folders.put(`clients-${made++}`, 'kafka', 1, { header: change }))
      return sameWords(run.header).find(({ what }) => what === 'clients')?.value ?? ''
    }
    assert.match(await clients(() => {}), /acks all$/)
    const idempotent = await clients(({ drill }) => Object.assign(drill.fleet, { idempotent: true }))
    assert.match(idempotent, /acks all, idempotent$/)
  })

  const MUST_BE_SAME: readonly (readonly [what: string, change: (header: Header) => void, value: string])[] =
    [
      ['drill', header => (header.drillSha256 = 'e'.repeat(64)), `first, SHA-256 ${'e'.repeat(64)}`],
      ['seed', header => (header.seed = '8'), '8'],
      ['node', header => (header.versions.node = '22.1.0'), '22.1.0'],
      ['kafkajs', header => (header.versions.kafkajs = '2.2.3'), '2.2.3'],
      ['aftershock', header => (header.versions.aftershock = '0.2.0'), '0.2.0'],
      ['toxiproxy', header => (header.versions.toxiproxy = '2.11.0'), '2.11.0'],
      ['commit of the program', header => (header.commit = 'abc+changes'), 'abc+changes'],
      ['CPU model', header => (header.machine.cpuModel = 'Another'), 'Another'],
      ['CPUs', header => (header.machine.cpus = 8), '8'],
      ['memory', header => (header.machine.memoryBytes = 64e9), '64.0 GB'],
      ['operating system', header => (header.machine.os = 'darwin'), 'darwin x64'],
      ['zones', header => void header.zones.pop(), 'az-a, az-b'],
      ['environment', header => (header.ownsLab = false), 'one that was up already'],
      ['driver', header => (header.driver = 'aws'), 'aws'],
      ['failover time-outs', header => (header.drill.kafka.timeouts = 'defaults'), 'defaults'],
      ['clients.telemetry.payloadBytes', header => (header.drill.fleet.telemetry.payloadBytes = 900), '900'],
      ['drill.gates.0.atMost', header => Object.assign(header.drill.gates[0] ?? {}, { atMost: 500 }), '500'],
      [
        'drill.timeline.broker-kill-1.atMs',
        header => Object.assign(header.drill.timeline[0] ?? {}, { atMs: 1 }),
        '1',
      ],
      [
        'drill.steadyState.0.atMost',
        header => Object.assign(header.drill.steadyState[0] ?? {}, { atMost: 9000 }),
        '9000',
      ],
      ['drill.settleMs', header => (header.drill.settleMs = 1), '1'],
      ['contract.topics.telemetry.partitions', header => withPartitions(header, 12), '12'],
    ]
  for (const [what, change, value] of MUST_BE_SAME) {
    it(`must have the same ${what}, and are told which has which`, async () => {
      const found = await between(change)
      assert.deepEqual(
        found.map(difference => difference.what),
        [what],
      )
      assert.deepEqual(found[0]?.values[1], { value, runs: ['kafka-tiered'] })
    })
  }

  it('may differ in the platform’s software, the load of the machine and the time of day', async () => {
    const found = await between(header => {
      header.versions.kafka = '4.2.0'
      header.machine.load1 = 7
    })
    assert.deepEqual(found, [])
  })

  it('may have a little more or less memory: kernels keep some for themselves', async () => {
    assert.deepEqual(await between(header => (header.machine.memoryBytes += 1_000_000)), [])
  })

  it('must have the same software on one platform', async () => {
    const runs = [
      await readRun(folders.put('builds', 'kafka', 1)),
      await readRun(
        folders.put('builds', 'kafka', 2, {
          header: header => Object.assign(header.software ?? {}, { name: 'Apache Kafka, a build of ours' }),
        }),
      ),
    ]
    assert.deepEqual(
      differences(runs).map(({ what }) => what),
      ['software of kafka@4.3.1'],
    )
  })

  it('may be of two versions of one platform, which are two columns', async () => {
    const runs = [
      await readRun(folders.put('versions', 'kafka', 1)),
      await readRun(
        folders.put('versions', 'kafka', 2, { header: header => (header.versions.kafka = '4.2.0') }),
      ),
    ]
    assert.deepEqual(differences(runs), [])
  })

  it('are refused with every difference in one message', async () => {
    const runs = [
      await readRun(folders.put('both', 'kafka', 1)),
      await readRun(
        folders.put('both', 'kafka', 2, {
          header(header) {
            header.seed = '9'
            header.versions.node = '22.1.0'
          },
        }),
      ),
    ]
    assert.throws(
      () => refuseDifferent(runs, run => run.header.run),
      (error: AftershockError) =>
        error.code === 'input' &&
        /seed: 7 \(kafka-1\) against 9 \(kafka-2\)/.test(error.message) &&
        /node: 20\.20\.2 \(kafka-1\) against 22\.1\.0/.test(error.message),
    )
  })

  it('are not the same run twice, neither as a copy nor as a copy under another name', async () => {
    const folder = folders.put('copied', 'kafka', 1)
    const copy = join(folders.root, 'copied', 'kafka', '2')
    cpSync(folder, copy, { recursive: true })
    const refusal = async () => {
      const runs = [await readRun(folder), await readRun(copy)]
      assert.throws(
        () => refuseTwice(runs, run => run.path.slice(folders.root.length)),
        (error: AftershockError) =>
          error.code === 'input' &&
          error.message.startsWith('the same run is there 2 times: /copied/kafka/1, /copied/kafka/2'),
      )
    }
    await refusal()
    const header = join(copy, 'run.json')
    writeFileSync(
      header,
      readFileSync(header, 'utf8').replace('"kafka-1"', '"kafka-2"').replace('1790', '1791'),
    )
    folders.seal(copy)
    await refusal()
  })

  it('may be any number of runs that are not the same one', async () => {
    const runs = [
      await readRun(folders.put('apart', 'kafka', 1)),
      await readRun(folders.put('apart', 'kafka', 2)),
    ]
    refuseTwice(runs, run => run.path)
  })

  it('are found in a folder of repeats and in one of a comparison, without what was set aside', () => {
    for (const number of [1, 2, 3, 10]) folders.put('found', 'kafka', number)
    const root = `${folders.root}/found`
    renameSync(`${root}/kafka/3`, `${root}/kafka/2.interrupted-1`)
    const expected = ['1', '2', '10'].map(number => `${root}/kafka/${number}`)
    assert.deepEqual(findRuns(root), expected)
    assert.deepEqual(findRuns(`${root}/kafka`), expected)
    assert.deepEqual(findRuns(`${root}/kafka/2`), [`${root}/kafka/2`])
    assert.throws(() => findRuns(`${root}/nothing`), AftershockError)
  })
})

function withPartitions(header: Header, partitions: number): void {
  const telemetry = header.drill.contract.topics.telemetry
  if (telemetry) telemetry.partitions = partitions
}
