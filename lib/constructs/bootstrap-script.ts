import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../../chaos/package-root.ts'

const FOLDER = packageFile('lib', 'assets', 'bootstrap')

/** In the order in which the script has them: what is used while it is read comes first, what runs it last. */
const PARTS = [
  'settings',
  'addresses',
  'machine',
  'disk',
  'programs',
  'secrets',
  'process',
  'logins',
  'signal',
  'units',
  'supervise',
  'main',
] as const

/** A line of a part that stands for a file beside it, such as `#include node-answers.py`. */
const INCLUDE = /^#include (\S+)\n/gm

/** The script that turns a bare machine into a node, as one file with one digest; see lib/assets/README.md. */
export function bootstrapScript(): string {
  return PARTS.map(part => read(`${part}.sh`).replaceAll(INCLUDE, (_, file: string) => read(file))).join('')
}

function read(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8')
}
