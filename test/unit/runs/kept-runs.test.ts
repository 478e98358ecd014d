import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { identityOf } from '../../../chaos/machine/process-table.ts'
import { keptRuns } from '../../../chaos/runs/kept-runs.ts'
import { commandLine } from '../commands/command-line.ts'
import { RunFolders } from '../compare/run-folders.ts'

describe('runs in a folder', () => {
  let folders: RunFolders
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  it('are listed, the newest first, however deep they lie, with what each said', async () => {
    folders.put('listed', 'kafka', 1)
    folders.put('listed', 'kafka-tiered', 1, { without: ['scorecard.json', 'bundle.json'] })
    const { runs, unread } = keptRuns(join(folders.root, 'listed'))
    assert.deepEqual(unread, [])
    assert.deepEqual(
      runs.map(({ run, verdict, isSealed }) => [run, verdict, isSealed]),
      [
        ['kafka-tiered-1', null, false],
        ['kafka-1', 'pass', true],
      ],
    )
    const said = await commandLine(['runs', 'list', join(folders.root, 'listed'), '--platform', 'kafka'])
    assert.equal(said.code, 0)
    assert.match(said.out, /^ {2}✓ {2}pass .* kafka@4\.3\.1 .* sealed .*listed\/kafka\/1$/m)
    assert.doesNotMatch(said.out, /tiered/)
  })

  it('keep the others readable, where one is torn', async () => {
    folders.put('torn', 'kafka', 1)
    const torn = folders.put('torn', 'kafka', 2)
    writeFileSync(join(torn, 'run.json'), '{"format":')
    const { runs, unread } = keptRuns(join(folders.root, 'torn'))
    assert.deepEqual([runs.length, unread.length], [1, 1])
    const said = await commandLine(['runs', 'list', join(folders.root, 'torn')])
    assert.match(said.err, /torn\/kafka\/2 could not be read: /)
  })

  it('are none before the first run, and a mistake in a folder that somebody named and that is not there', async () => {
    const none = await commandLine(['runs', 'list'], { cwd: folders.root })
    assert.deepEqual([none.code, /There are no such runs/.test(none.out)], [0, true])
    const said = await commandLine(['runs', 'list', join(folders.root, 'nowhere')])
    assert.deepEqual([said.code, /there is no folder .*nowhere/.test(said.err)], [65, true])
  })

  it('are shown one by one, with the line that repeats them', async () => {
    const run = folders.put('shown', 'kafka', 1)
    const said = await commandLine(['runs', 'show', run], { cwd: dirname(run) })
    assert.match(said.out, /PASS/)
    assert.match(
      said.out,
      /^Repeat it \(aftershock 0\.1\.0, first \(SHA-256 [0-9a-f]{12}\), seed \S+, kafka 4\.3\.1\): aftershock run --from 1$/m,
    )
  })

  it('go when that is meant, and only then', async () => {
    const run = folders.put('removed', 'kafka', 1)
    const asked = await commandLine(['runs', 'rm', run])
    assert.match(asked.out, /would remove .*\nNothing was removed\. With --yes, 1 run would go\./)
    assert.ok(existsSync(run))
    const done = await commandLine(['runs', 'rm', run, '--yes'])
    assert.equal(done.code, 0, done.err)
    assert.ok(!existsSync(run))
  })

  it('stay, all of them, where one goes on, died unhealed, or is no run', async () => {
    const over = folders.put('kept', 'kafka', 1)
    const going = folders.put('kept', 'kafka', 2, {
      header: header => void (header.runner = identityOf(process.pid)),
    })
    const died = folders.put('kept', 'kafka', 3)
    const journal = readFileSync(join(died, 'journal.jsonl'), 'utf8').trimEnd().split('\n')
    const unfinished = journal.filter(line => !line.includes('"run.finished"'))
    writeFileSync(join(died, 'journal.jsonl'), `${unfinished.join('\n')}\n`)
    const notOne = join(folders.root, 'kept', 'notes')
    mkdirSync(notOne)
    for (const [dir, code, words] of [
      [going, 75, /is still going on/],
      [died, 75, /Heal it first: aftershock heal /],
      [notOne, 65, /run\.json/],
    ] as const) {
      const said = await commandLine(['runs', 'rm', over, dir, '--yes'])
      assert.equal(said.code, code, said.err)
      assert.match(said.err, words)
      assert.ok(existsSync(over) && existsSync(dir))
    }
  })
})
