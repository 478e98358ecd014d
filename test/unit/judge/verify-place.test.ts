import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import { commandLine } from '../commands/command-line.ts'
import { Folder, judgedRun } from './sealed-run.ts'

describe('what is named to be verified', function () {
  this.timeout(30_000)

  it('is a mistake, and no tampering, where it is not a run: the runs in it are named', async () => {
    using folder = new Folder()
    using run = await judgedRun()
    for (const name of ['a', 'b', 'pair/1', 'pair/2']) cpSync(run.dir, folder.path(name), { recursive: true })
    mkdirSync(folder.path('empty'))
    folder.write('notes.json', '{}')
    const said: Readonly<Record<string, RegExp>> = {
      '.': /it holds 4 runs\nName one: aftershock verify \S+\/a\n/,
      pair: /it holds 2 runs/,
      empty: /has neither run\.json nor bundle\.json/,
      'notes.json': /neither the folder of a run nor a bundle/,
      '/dev/null': /neither the folder of a run nor a bundle/,
      nowhere: /cannot be read/,
    }
    for (const [path, words] of Object.entries(said)) {
      const { code, err, out } = await commandLine(['verify', path], { cwd: folder.dir })
      assert.deepEqual([path, code, out], [path, 65, ''])
      assert.match(err, words)
    }
  })

  it('may be the run.json in its folder, or a bundle', async () => {
    using run = await judgedRun()
    await commandLine(['seal', '.'], { cwd: run.dir })
    for (const path of ['.', 'run.json', 'bundle.json'])
      assert.equal((await commandLine(['verify', path, '--quick'], { cwd: run.dir })).code, 0, path)
  })

  it('is not sealed at all where it is a run without a bundle: that does not verify', async () => {
    using run = await judgedRun()
    assert.equal((await commandLine(['verify', '.', '--quick'], { cwd: run.dir })).code, 77)
  })

  it('has what was added to it told and not read', async () => {
    using run = await judgedRun()
    await commandLine(['seal', '.'], { cwd: run.dir })
    // Deeper than anything may be parsed; of a file that is not sealed nobody needs to know.
    run.write('added.json', '['.repeat(100_000))
    const { code, out } = await commandLine(['verify', '.', '--quick', '--json'], { cwd: run.dir })
    assert.equal(code, 77)
    const { problems } = JSON.parse(out) as { problems: { file: string; what: string }[] }
    assert.deepEqual(
      problems.map(({ file, what }) => [file, what]),
      [['added.json', 'is not sealed: it was added']],
    )
  })
})
