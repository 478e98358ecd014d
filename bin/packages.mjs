import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere } from './read-if-there.mjs'
import { SetUpError } from './set-up-error.mjs'

/** Written last, so that an install which was interrupted is done again. */
const stampOf = root => join(root, 'node_modules', '.aftershock-packages')

/** Whether node_modules holds what the lock file says, for this platform. */
export function packagesAreCurrent(root) {
  const wanted = fingerprint(root)
  if (readIfThere(stampOf(root)) === wanted) return true
  if (!npmFinished(root)) return false
  writeFileSync(stampOf(root), wanted)
  return true
}

export function installPackages(root, say) {
  say('installing the locked packages (once)')
  rmSync(stampOf(root), { force: true })
  // No install script is needed. Their own output would spoil standard output, so it goes to the other.
  const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync('npm', ['ci', ...flags], { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) throw new SetUpError(`npm could not be started (${error.message}); it comes with Node`)
  if (status !== 0) throw new SetUpError('npm ci failed; what it printed is above')
  writeFileSync(stampOf(root), fingerprint(root))
}

function fingerprint(root) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}`
}

/** npm's own record of what it installed, which it writes last: somebody may have run `npm ci` by hand. */
function npmFinished(root) {
  const installed = readIfThere(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return false
  const { packages: have } = JSON.parse(installed)
  const { packages: want } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(want).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true
    const found = have[path]
    return found ? found.version === version && found.integrity === integrity : optional === true
  })
}
