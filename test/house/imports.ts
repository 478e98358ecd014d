import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { packageRoot } from '../../chaos/package-root.ts'

/** What the sources of this repository import, as far as a text tells it. */

export const FOLDERS = ['bin', 'lib', 'chaos', 'test', 'bench'] as const

/** Paths from the root of the repository, with `/`. */
export const sources: readonly string[] = FOLDERS.flatMap(sourcesUnder)
export const typescript: readonly string[] = sources.filter(file => file.endsWith('.ts'))

/** What a file imports: paths from the root of the repository, or names of packages. */
export function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/(?:\bfrom |\bimport\(\s*|^import )'([^'\n]+)'/gm)].map(
    match => match[1] ?? '',
  )
  return specifiers.map(name => (name.startsWith('.') ? posix.join(dirname(file), name) : name))
}

/** A file without its comments. */
export function code(file: string): string {
  return read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

export function read(file: string): string {
  return readFileSync(join(packageRoot(), file), 'utf8')
}

function sourcesUnder(folder: string): string[] {
  const path = join(packageRoot(), folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map(name => posix.join(folder, name))
    .filter(name => /\.(ts|mjs)$/.test(name) && !name.startsWith('test/fixtures/'))
}
