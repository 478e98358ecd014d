import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from '../../../chaos/cli.ts'
import type { Io } from '../../../chaos/commands/io.ts'
import { comparison as comparisonFile } from '../../../chaos/compare/comparison.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { RunFolders } from '../compare/run-folders.ts'

describe('`aftershock compare`', function () {
  // Drawing the page takes seconds on a busy machine.
  this.timeout(60_000)
  let folders: RunFolders
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  async function run(...args: readonly string[]) {
    const said = { out: '', err: '' }
    const io: Io = {
      stdout: { write: text => (said.out += text) },
      stderr: { write: text => (said.err += text) },
      env: {},
      cwd: folders.root,
      isTerminal: false,
    }
    return { status: await main(['compare', ...args], io), ...said }
  }

  it('compares runs that exist, writes three files, and prints the same as one JSON document when asked', async () => {
    folders.three('good', ['kafka', 'kafka-tiered'])
    const { status, out } = await run('good', '--out', 'side-by-side', '--json')
    assert.equal(status, 0)
    const made = comparisonFile.parse(JSON.parse(out))
    assert.deepEqual(
      made.platforms.map(({ runs }) => runs.length),
      [3, 3],
    )
    // Links lead from where the comparison is to where the runs are.
    assert.equal(made.platforms[0]?.runs[0]?.dir, '../good/kafka/1')
    const file = (name: string) => readFileSync(join(folders.root, 'side-by-side', name), 'utf8')
    assert.deepEqual(JSON.parse(file('comparison.json')), JSON.parse(out))
    assert.match(file('comparison.csv'), /^platform,run,dimension/)
    assert.match(file('report.html'), /^<!doctype html>/i)
  })

  it('leaves the folders of the runs as they were', async () => {
    const folder = folders.put('same', 'kafka', 1)
    await run('same', '--out', 'out-same')
    assert.equal(existsSync(join(folder, 'cost.json')), false)
  })

  it('knows what was asked for and not run in a folder that it made itself', async () => {
    const folder = folders.put('own', 'kafka', 1)
    const plan = {
      format: 1,
      drill: 'first',
      drillSha256: 'd'.repeat(64),
      seed: '7',
      platforms: ['kafka', 'automq'],
      repeat: 3,
      rule: 'In rounds.',
      conditions: {},
      notRun: [{ platform: 'automq', reason: 'no distribution is here', hint: null }],
      runs: [],
      setAside: [],
    }
    writeFileSync(join(folder, '..', '..', 'compare.json'), JSON.stringify(plan))
    const made = comparisonFile.parse(JSON.parse((await run('own', '--out', 'out-own', '--json')).out))
    assert.deepEqual([made.asked, made.fairness.order.rule], [3, 'In rounds.'])
    assert.equal(made.notRun[0]?.reason, 'no distribution is here')
    assert.equal(made.platforms[0]?.verdict, 'inconclusive')
  })

  it('says of one platform alone that it is no comparison, and exits with 2', async () => {
    folders.put('alone', 'kafka', 1)
    const { status, out } = await run('alone', '--out', 'out-alone')
    assert.equal(status, 2)
    assert.match(out, /Only Apache Kafka ran: that is no comparison/)
  })

  it('exits with 65 and the difference when runs are not comparable, and writes nothing', async () => {
    folders.put('mixed', 'kafka', 1)
    folders.put('mixed', 'kafka-tiered', 1, { header: header => (header.machine.cpus = 96) })
    const { status, err } = await run('mixed', '--out', 'out-mixed')
    assert.equal(status, 65)
    assert.match(err, /CPUs: 2 \(.*mixed\/kafka\/1\) against 96 \(.*mixed\/kafka-tiered\/1\)/)
    assert.equal(existsSync(join(folders.root, 'out-mixed')), false)
  })

  for (const [what, args, words] of [
    ['neither runs nor a drill', [], /folders of runs, or --drill/],
    ['runs and no --out', ['good'], /needs --out/],
    ['runs and what is for new ones', ['good', '--out', 'x', '--seed', '7'], /--seed is for new ones/],
    [
      'runs and leave for programs of new ones',
      ['good', '--out', 'x', '--allow-commands'],
      /--allow-commands is for new ones/,
    ],
    ['a platform that there is not', ['--drill', 'compare', '--platforms', 'kafka,kafta'], /kafta/],
    ['no number of repeats', ['--drill', 'compare', '--repeat', 'many'], /--repeat is 'many'/],
  ] as const) {
    it(`exits with 64 for ${what}`, async () => {
      const { status, err } = await run(...args)
      assert.equal(status, 64)
      assert.match(err, words)
    })
  }

  it('lets a drill run programs only where that is allowed, and says how in a way that it takes', async () => {
    const drill = `
drill: own
title: Somebody tidies up
contract: ${packageFile('contracts', 'fleet.yaml')}
fleet: { devices: 40 }
steadyState:
  - { probe: under-replicated-partitions, equals: 0 }
timeline:
  - { at: 5s, action: operator-step, what: The disk is tidied up, run: [./tidy] }
  - { at: 20s, action: replay }
gates:
  - { gate: acked-loss, atMost: 0 }
`
    writeFileSync(join(folders.root, 'own.yaml'), drill)
    mkdirSync(join(folders.root, 'of-another'))
    writeFileSync(join(folders.root, 'of-another', 'notes.txt'), '')
    const asked = ['--drill', './own.yaml', '--platforms', 'kafka', '--out', 'of-another']
    const refused = await run(...asked)
    assert.equal(refused.status, 75)
    assert.match(refused.err, /would run programs: .*tidy[^]*add --allow-commands/)
    // The next thing for which it is refused: the folder.
    const allowed = await run(...asked, '--allow-commands')
    assert.equal(allowed.status, 75)
    assert.doesNotMatch(allowed.err, /programs/)
    assert.match(allowed.err, /of-another/)
  })

  it('exits with 65 for a folder without runs, and for a drill that there is not', async () => {
    assert.equal((await run('nothing-here', '--out', 'x')).status, 65)
    assert.equal((await run('--drill', 'no-such-drill')).status, 65)
  })
})
