import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AftershockError, messageOf } from './core/errors.ts'

/** Where commands may write: into a place of its own kind, never over something else. */

const ANOTHER = 'choose another with --out'

function taken(path: string, what: string): AftershockError {
  return new AftershockError('refused', `${path} ${what}, and is not written over`, { hint: ANOTHER })
}

function cannotMake(path: string, cause: unknown): AftershockError {
  return new AftershockError('input', `${path} cannot be made: ${messageOf(cause)}`, { hint: ANOTHER, cause })
}

/**
 * Makes a folder that was not there, and those above it.
 * @throws AftershockError `refused` when something is there, `input` when it cannot be made.
 */
export function makeNewFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    mkdirSync(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(path))
      throw taken(path, 'is there already')
    throw cannotMake(path, cause)
  }
}

/** Makes a folder where there is none. @throws AftershockError `input` when it cannot be made. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw cannotMake(path, cause)
  }
}

/** @throws AftershockError `refused` when something is there, before work begins that would need the place. */
export function refuseTaken(path: string): void {
  if (existsSync(path)) throw taken(path, 'is there already')
}

/**
 * Refuses a folder that holds anything else than what is written: one that is not there or empty will do, and one that
 * has a file by which its kind is known.
 * @throws AftershockError `refused`
 */
export function refuseOtherFolder(
  path: string,
  knownBy: readonly string[],
  mayHave: readonly string[] = [],
): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) throw taken(path, 'is there already')
  const names = readdirSync(path)
  if (names.includes('run.json')) throw taken(path, 'is the folder of a run')
  if (names.some(name => knownBy.includes(name))) return
  if (names.some(name => !mayHave.includes(name))) throw taken(path, 'holds something else')
}

/**
 * Refuses to write over a file that is not of the kind that is written.
 * @throws AftershockError `refused`, or `input` when its folder is not there.
 */
export function refuseOtherFile(path: string, kind: string, isOfKind: (path: string) => boolean): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    if (existsSync(dirname(path))) return
    throw new AftershockError(
      'input',
      `${dirname(path)} is not there, so ${basename(path)} cannot be made in it`,
      { hint: 'make that folder first, or choose another place' },
    )
  }
  if (found.isDirectory()) throw taken(path, `is a folder, not a file such as ${join(path, kind)}`)
  if (!found.isFile() || !isOfKind(path)) throw taken(path, `is there already and is not a ${kind}`)
}
