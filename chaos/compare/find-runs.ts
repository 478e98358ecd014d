import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'

/**
 * The runs in a folder: the folder itself, a folder of repeats (`1/`, `2/`, …), or one of a comparison
 * (`kafka/1/`, …), in the order of their numbers. What was set aside is passed over.
 * @throws AftershockError `input` when there is none.
 */
export function findRuns(folder: string): string[] {
  const found = isRun(folder) ? [folder] : below(folder, 2)
  if (found.length > 0) return found
  throw new AftershockError('input', `${folder} is not the folder of a run, nor one with runs in it`, {
    hint: 'Name folders that hold run.json, or that hold folders 1, 2, … of repeats.',
  })
}

export const isRun = (folder: string): boolean => existsSync(join(folder, 'run.json'))

function below(folder: string, depth: number): string[] {
  if (depth === 0 || !existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.includes('.interrupted-'))
    .map(entry => entry.name)
    .toSorted((a, b) => Number(a) - Number(b) || a.localeCompare(b))
    .flatMap(name => {
      const inner = join(folder, name)
      return isRun(inner) ? [inner] : below(inner, depth - 1)
    })
}
