import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AftershockError } from './core/errors.ts'

let found: string | undefined

/**
 * The folder of this package. The code runs from its source and from `dist/`, and only TypeScript is compiled
 * there: everything else (drills, POM, lock files) is found from here.
 */
export function packageRoot(): string {
  found ??= walkUp(dirname(fileURLToPath(import.meta.url)))
  return found
}

/** The path of a file of this package, e.g. `packageFile('drills', 'first.yaml')`. */
export function packageFile(...segments: readonly string[]): string {
  return join(packageRoot(), ...segments)
}

/** Of a package that `root` may import: beside it where this program was installed as a package itself. */
export function packageFolder(name: string, root = packageRoot()): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === dirname(folder)) return undefined
  }
}

function walkUp(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }
      if (name === 'aftershock') return folder
    }
    if (folder === dirname(folder))
      throw new AftershockError('internal', `no package.json of aftershock above ${start}`)
  }
}
