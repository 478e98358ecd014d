import { readdir } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { packageFile } from '../package-root.ts'
import { wrapped } from '../core/wrapped.ts'
import { didYouMean } from './schema-words.ts'

/** The names of the drills that come with this package. */
export async function shippedDrills(): Promise<string[]> {
  const files = await readdir(packageFile('drills'))
  return files
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length))
    .sort()
}

/**
 * The file of a drill: a path as it stands, or the name of one that comes with this package (`zone-cut`).
 * @throws AftershockError `input` when there is no drill of that name.
 */
export async function findDrill(nameOrPath: string, cwd: string): Promise<string> {
  if (/[/\\]|\.ya?ml$/.test(nameOrPath)) return resolve(cwd, nameOrPath)
  const names = await shippedDrills()
  if (names.includes(nameOrPath)) return packageFile('drills', `${nameOrPath}.yaml`)
  throw new AftershockError('input', `no drill is called '${nameOrPath}'${didYouMean(nameOrPath, names)}`, {
    hint: `There are:\n${wrapped(names.join(', '), 78)}\nA file of your own is named with its folder${exampleOf(nameOrPath)}`,
  })
}

const exampleOf = (name: string): string => (/^[a-z0-9-]+$/.test(name) ? `, e.g. ./${name}.yaml` : '')

/** A path as people read it best: from where they stand, unless that leads upwards. */
export function shownPath(path: string, cwd: string): string {
  const fromHere = relative(cwd, path)
  return fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? join(path) : fromHere
}
