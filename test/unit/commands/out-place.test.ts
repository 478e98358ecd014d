import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import { Folder, judgedRun } from '../judge/sealed-run.ts'
import { commandLine } from './command-line.ts'

const RUN = 'the-run'

/** A sealed run within a folder of its own, and other things beside it. */
async function aroundARun(): Promise<Folder> {
  const folder = new Folder()
  using run = await judgedRun()
  cpSync(run.dir, folder.path(RUN), { recursive: true })
  await commandLine(['seal', RUN], { cwd: folder.dir })
  mkdirSync(folder.path('notes'))
  folder.write('notes/report.html', 'mine')
  folder.write('page.html', 'mine')
  return folder
}

describe('the place where a command writes', function () {
  this.timeout(60_000)

  it('is never the folder of a run, nor one that holds something else, for a comparison', async () => {
    using folder = await aroundARun()
    const before = folder.read(`${RUN}/report.html`)
    for (const [out, why] of [
      [RUN, /is the folder of a run, and is not written over/],
      ['notes', /holds something else, and is not written over/],
      ['page.html', /is there already, and is not written over/],
    ] as const) {
      const compared = await commandLine(['compare', RUN, '--out', out], { cwd: folder.dir })
      assert.equal(compared.code, 75)
      assert.match(compared.err, why)
      const performed = await commandLine(['compare', '--drill', 'compare', '--out', out], {
        cwd: folder.dir,
      })
      assert.equal(performed.code, 75)
      assert.match(performed.err, why)
    }
    assert.equal(folder.read(`${RUN}/report.html`), before)
    assert.equal(folder.read('notes/report.html'), 'mine')
    assert.equal((await commandLine(['verify', RUN, '--quick'], { cwd: folder.dir })).code, 0)
  })

  it('is new, empty or a comparison already for a comparison', async () => {
    using folder = await aroundARun()
    mkdirSync(folder.path('empty'))
    for (const out of ['new/deep', 'empty', 'empty'])
      assert.equal((await commandLine(['compare', RUN, '--out', out], { cwd: folder.dir })).code, 2)
    assert.ok(existsSync(folder.path('new/deep/comparison.json')))
  })

  it('is never another file than a cost.json for a bill', async () => {
    using folder = await aroundARun()
    for (const out of ['page.html', 'notes', `${RUN}/run.json`, `${RUN}/new.json`]) {
      const priced = await commandLine(['cost', RUN, '--out', out], { cwd: folder.dir })
      assert.equal(priced.code, 75, out)
      assert.match(priced.err, /choose another with --out/)
    }
    assert.equal(folder.read('page.html'), 'mine')
    assert.equal((await commandLine(['cost', '--out', 'nowhere/bill.json'], { cwd: folder.dir })).code, 65)
    for (const _ of ['written', 'and over itself'])
      assert.equal((await commandLine(['cost', '--out', 'bill.json'], { cwd: folder.dir })).code, 0)
  })

  it('is never another file than a price table for prices', async () => {
    using folder = await aroundARun()
    const args = ['prices', 'refresh', '--region', 'eu-central-1', '--out', 'page.html']
    assert.equal((await commandLine(args, { cwd: folder.dir })).code, 75)
  })

  it('is looked at before anything is asked of the machine, for a run', async () => {
    using folder = await aroundARun()
    const ran = await commandLine(['run', '--out', 'notes'], { cwd: folder.dir })
    assert.equal(ran.code, 75)
    assert.match(ran.err, /notes is there already, and is not written over/)
    assert.deepEqual(readdirSync(folder.path('notes')), ['report.html'])
  })
})

describe('a key that does not fit', () => {
  it('is refused before anything is done with it', async () => {
    using folder = await aroundARun()
    await commandLine(['keygen', '--out', 'team'], { cwd: folder.dir })
    const withKey = (...args: string[]) => commandLine(args, { cwd: folder.dir })
    for (const args of [
      ['run', '--plan'],
      ['seal', RUN],
      ['compare', '--drill', 'compare'],
    ]) {
      const wrongHalf = await withKey(...args, '--key', 'team.pub')
      assert.deepEqual([args[0], wrongHalf.code], [args[0], 65])
      assert.match(wrongHalf.err, /team\.pub is not an Ed25519 private key: it is the public half/)
      assert.equal((await withKey(...args, '--key', 'none')).code, 65)
      assert.equal((await withKey(...args, '--key', '/dev/zero')).code, 65)
    }
    const verified = await withKey('verify', RUN, '--key', 'team')
    assert.equal(verified.code, 65)
    assert.match(
      verified.err,
      /team is not an Ed25519 public key: it is a private key.*its public half is FILE\.pub/,
    )
    assert.equal((await withKey('verify', RUN, '--key', '/dev/zero')).code, 65)
  })
})
