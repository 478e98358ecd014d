import { strict as assert } from 'node:assert'
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keptFolder } from '../temporary.ts'

interface BuildModule {
  buildIsCurrent(root: string): boolean
  fingerprint(root: string): string
}

describe('a build', () => {
  const placeOf = (name: string): string => new URL(`../../bin/${name}`, import.meta.url).href
  const SETTLED = new Date('2026-01-01T00:00:00Z')
  let build: BuildModule
  let root: string

  before(async () => {
    build = {
      ...(await import(placeOf('build.mjs'))),
      ...(await import(placeOf('sources.mjs'))),
    } as BuildModule
  })
  beforeEach(() => {
    root = keptFolder('checkout')
    for (const folder of ['chaos/core', 'lib', 'dist']) mkdirSync(join(root, folder), { recursive: true })
    for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'lib/b.ts'])
      write(name, '{}')
    write('chaos/core/a.ts', 'export const a = 1\n')
    write('dist/.built-from', build.fingerprint(root))
  })

  it('is current for the sources that it was made of, and not without its stamp', () => {
    assert.equal(build.buildIsCurrent(root), true)
    rmSync(join(root, 'dist/.built-from'))
    assert.equal(build.buildIsCurrent(root), false)
  })

  it('is not current after a change that leaves the size and the time of its file', () => {
    assert.equal(build.buildIsCurrent(root), true)
    write('chaos/core/a.ts', 'export const a = 2\n')
    assert.equal(build.buildIsCurrent(root), false)
  })

  it('is not current with a file more, a file less or another name', () => {
    write('lib/c.ts', '{}')
    assert.equal(build.buildIsCurrent(root), false)
    rmSync(join(root, 'lib/c.ts'))
    assert.equal(build.buildIsCurrent(root), true)
    rmSync(join(root, 'lib/b.ts'))
    assert.equal(build.buildIsCurrent(root), false)
  })

  it('is judged by content again where files are as they were noted, and the build is another', () => {
    const { size, mtimeMs, ctimeMs, ino } = statSync(join(root, 'lib/b.ts'))
    write('dist/.built-seen', `${'0'.repeat(64)}\nlib/b.ts ${size} ${mtimeMs} ${ctimeMs} ${ino}`)
    assert.equal(build.buildIsCurrent(root), true)
    write('dist/.built-from', '0'.repeat(64))
    assert.equal(build.buildIsCurrent(root), false)
  })

  it('notes nothing of files that were changed a moment ago: they may change again within one tick', () => {
    assert.equal(build.buildIsCurrent(root), true)
    assert.equal(existsSync(join(root, 'dist/.built-seen')), false)
  })

  /** All with the same time: what tells two states apart is not that. */
  function write(name: string, text: string): void {
    writeFileSync(join(root, name), text)
    utimesSync(join(root, name), SETTLED, SETTLED)
  }
})
