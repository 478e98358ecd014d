import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putPackagesInOneFile } from './one-file.mjs'
import { readIfThere } from './read-if-there.mjs'
import { SetUpError } from './set-up-error.mjs'
import { fingerprint, looksOf } from './sources.mjs'

const stampOf = folder => join(folder, '.built-from')

/** The sources as files, when their content was last seen to be what `dist/` was built from. */
const seenOf = folder => join(folder, '.built-seen')
/** What is changed again within one tick of a file system's clock looks the same: so young a file is read each time. */
const SETTLED_MS = 2000

/**
 * Whether `dist/` was built from exactly these sources. Their content decides; it is read only where a file is not as it
 * was when it was read last, since reading a thousand files is a good part of what a short command takes.
 */
export function buildIsCurrent(root) {
  const dist = join(root, 'dist')
  try {
    const built = readFileSync(stampOf(dist), 'utf8')
    const { text, newestMs } = looksOf(root)
    const seen = `${built}\n${text}`
    if (readIfThere(seenOf(dist)) === seen) return true
    if (built !== fingerprint(root)) return false
    if (Date.now() - newestMs > SETTLED_MS) remember(dist, seen)
    return true
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
  putPackagesInOneFile(root, staging)
  writeFileSync(stampOf(staging), before)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(staging, join(root, 'dist'))
}

/** Whole or not at all; where it cannot be written, the sources are read each time. */
function remember(dist, seen) {
  const beside = `${seenOf(dist)}.${process.pid}`
  try {
    writeFileSync(beside, seen)
    renameSync(beside, seenOf(dist))
  } catch {
    rmSync(beside, { force: true })
  }
}
