import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetUpError } from './set-up-error.mjs'

const INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
const stampOf = folder => join(folder, '.built-from')

/** Whether `dist/` was built from exactly these sources. Reads them all, which takes milliseconds. */
export function buildIsCurrent(root) {
  try {
    return readFileSync(stampOf(join(root, 'dist')), 'utf8') === fingerprint(root)
  } catch {
    return false
  }
}

/** Builds beside `dist/` and swaps, so that an interrupted build leaves the last one, which is then redone. */
export function build(root, say) {
  say('building')
  const before = fingerprint(root)
  const staging = join(root, `.dist-${process.pid}`)
  for (const name of readdirSync(root))
    if (/^\.dist-\d+$/.test(name)) rmSync(join(root, name), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', staging]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    rmSync(staging, { recursive: true, force: true })
    throw new SetUpError('the build failed; what the compiler printed is above')
  }
  writeFileSync(stampOf(staging), before)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(staging, join(root, 'dist'))
}

function fingerprint(root) {
  const hash = createHash('sha256')
  const sources = ['chaos', 'lib'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true })
      .filter(name => name.endsWith('.ts'))
      .sort((a, b) => (a < b ? -1 : 1))
      .map(name => join(folder, name)),
  )
  for (const name of [...INPUTS, ...sources])
    hash.update(`\n${name}\n`).update(readFileSync(join(root, name)))
  return hash.digest('hex')
}
