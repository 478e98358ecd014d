// From a fresh checkout to a program that runs: packages, then the build. Plain JavaScript without
// dependencies, because nothing is installed yet. Speaks on standard error only.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, buildIsCurrent } from './build.mjs'
import { exclusively } from './exclusively.mjs'
import { installPackages, packagesAreCurrent } from './packages.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const EXIT_UNAVAILABLE = 69
const EXIT_INTERNAL = 70

/** Installs and builds what is missing or out of date. Ends the process when that cannot be done. */
export function bootstrap() {
  if (process.platform === 'win32')
    end(
      EXIT_UNAVAILABLE,
      'needs Linux or macOS; on Windows, install WSL 2 (wsl --install) and start it in there',
    )
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20 || major > 24)
    end(EXIT_UNAVAILABLE, `needs Node 20 to 24, and this is ${process.version}. See https://nodejs.org`)
  // Without a lock file this is an installed package, which came complete.
  if (!existsSync(join(root, 'package-lock.json'))) return
  if (packagesAreCurrent(root) && buildIsCurrent(root)) return
  exclusively(root, say, () => {
    if (!packagesAreCurrent(root)) attempt(EXIT_UNAVAILABLE, () => installPackages(root, say))
    if (!buildIsCurrent(root)) attempt(EXIT_INTERNAL, () => build(root, say))
  })
}

export function say(line) {
  process.stderr.write(`${line}\n`)
}

function attempt(status, step) {
  try {
    step()
  } catch (error) {
    end(status, error.message)
  }
}

function end(status, message) {
  say(`aftershock: ${message}`)
  process.exit(status)
}
