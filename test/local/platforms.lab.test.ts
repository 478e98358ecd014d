import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { ZONES } from '../../chaos/core/topology.ts'
import { packageFile } from '../../chaos/package-root.ts'
import type { Measurements } from '../../chaos/record/measurements.ts'
import { aftershock, processesOf, type Workplace, workplace } from './program.ts'
import { keepsWhatEachRunKeeps } from './whole-run.ts'

const drill = (name: string) => packageFile('test', 'fixtures', 'drills', `${name}.yaml`)

/** No AutoMQ, whatever the machine that runs this has. */
function workplaceWithoutAutoMq(): Workplace {
  const place = workplace()
  delete place.env['AUTOMQ_HOME']
  return place
}

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'))

interface ComparisonFile {
  readonly platforms: readonly {
    readonly platform: string
    readonly status: string
    readonly reason: string | null
  }[]
}

describe('a comparison of platforms on real software', function () {
  this.timeout(600_000)
  let place: Workplace
  let outDir: string
  let printed: string
  const compare = () =>
    aftershock(
      place,
      'compare',
      '--drill',
      drill('quick-compare'),
      '--platforms',
      'kafka,kafka-tiered,automq',
      '--repeat',
      '1',
      // Nothing here is about speed.
      '--rest',
      '0s',
      '--out',
      outDir,
    )

  before(async () => {
    place = workplaceWithoutAutoMq()
    outDir = join(place.dir, 'comparison')
    const program = compare()
    const code = await program.exit
    printed = `${program.output().stderr}\n${program.output().stdout}`
    assert.ok(code === EXIT.pass || code === EXIT.inconclusive, `it ended with ${code}\n${printed}`)
  })
  after(() => place[Symbol.dispose]())

  it('runs what is to be had, and says of the rest that it was not run and how to get it', () => {
    const { platforms } = readJson(outDir, 'comparison.json') as ComparisonFile
    assert.deepEqual(
      platforms.map(({ platform, status }) => [platform, status]),
      [
        ['kafka', 'run'],
        ['kafka-tiered', 'run'],
        ['automq', 'not-run'],
      ],
    )
    assert.match(platforms[2]?.reason ?? '', /no AutoMQ distribution/)
  })

  it('writes the page and the table beside it, and leaves no process and no lab', () => {
    for (const name of ['report.html', 'comparison.csv', 'compare.json'])
      assert.ok(existsSync(join(outDir, name)), `${name} is missing`)
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(place.labDir), false)
  })

  it('reads old records of a tiered platform from the store, and can say which', () => {
    const { replays } = readJson(outDir, 'kafka-tiered', '1', 'measurements.json') as Measurements
    const { coldRecords, hotRecords, eitherRecords, fromStoreBytes } = replays[0]?.sources ?? {}
    assert.ok((coldRecords?.value ?? 0) > 0, 'nothing was cold')
    assert.ok((hotRecords?.value ?? 0) > 0, 'nothing was hot')
    const all = [coldRecords, hotRecords, eitherRecords].reduce((sum, part) => sum + (part?.value ?? 0), 0)
    assert.equal(all, replays[0]?.records.value)
    assert.ok((fromStoreBytes?.value ?? 0) > 0, 'the store gave out nothing')
  })

  it('names the lab’s reference store wherever it names the platform', () => {
    const { software } = readJson(outDir, 'kafka-tiered', '1', 'run.json') as { software: { kind: string } }
    assert.equal(software.kind, 'reference')
    for (const page of [join(outDir, 'report.html'), join(outDir, 'kafka-tiered', '1', 'report.html')])
      assert.match(readFileSync(page, 'utf8'), /reference store/)
  })

  it('shows in which settings the platforms differ, from what each run was started with', () => {
    const { configuration } = readJson(outDir, 'comparison.json') as {
      configuration: {
        why: string | null
        differs: { setting: string; perPlatform: Record<string, string> }[]
      }
    }
    assert.equal(configuration.why, null)
    const tier = configuration.differs.find(
      ({ setting }) => setting === 'server.properties remote.log.storage.system.enable',
    )
    assert.deepEqual(tier?.perPlatform, { 'kafka-tiered': 'true' })
    const kept = readFileSync(
      join(outDir, 'kafka-tiered', '1', 'config', 'node-1', 'server.properties'),
      'utf8',
    )
    assert.match(kept, /secret\.key=\(left out\)/)
  })

  it('meters the object store exactly: what the links carried holds what its proxy counted', () => {
    const run = join(outDir, 'kafka-tiered', '1')
    const { exact } = readJson(run, 'samples', 'link-totals.json') as {
      exact: Record<string, [number, number]>
    }
    const last = readFileSync(join(run, 'samples', 'object-store.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .at(-1)
    const { zones } = JSON.parse(last as string) as {
      zones: Record<string, Record<string, { toStoreBytes: number; fromStoreBytes: number }>>
    }
    for (const zone of ZONES) {
      const bodies = Object.values(zones[zone] ?? {})
      const sent = bodies.reduce((sum, one) => sum + one.toStoreBytes, 0)
      const received = bodies.reduce((sum, one) => sum + one.fromStoreBytes, 0)
      const [toStore, back] = exact[`${zone}>9:s3`] ?? [0, 0]
      assert.ok(sent > 0 && toStore >= sent, `${zone}: ${toStore} on the link, ${sent} in bodies`)
      assert.ok(back >= received, `${zone}: ${back} on the link, ${received} in bodies`)
    }
  })

  describe('in the folder of its run on Kafka', () => {
    keepsWhatEachRunKeeps(
      () => place,
      () => join(outDir, 'kafka', '1'),
    )
  })

  it('keeps finished runs when it is asked again', async () => {
    const before = readFileSync(join(outDir, 'kafka', '1', 'journal.jsonl'), 'utf8')
    const program = compare()
    const code = await program.exit
    assert.ok(code === EXIT.pass || code === EXIT.inconclusive, program.output().stderr)
    assert.match(program.output().stderr, /is there already/)
    assert.equal(readFileSync(join(outDir, 'kafka', '1', 'journal.jsonl'), 'utf8'), before)
  })
})
