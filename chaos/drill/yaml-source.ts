import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { AftershockError, messageOf } from '../core/errors.ts'
import { parseYamlText, YAML_BYTES } from '../core/yaml-text.ts'
import { packageFile } from '../package-root.ts'
import { readBytes } from '../record/bounded-files.ts'
import { type DocumentPath, inputError, type Problem } from './problem.ts'

/** A YAML file as plain data, which still knows where each part of it was written. */
export interface YamlSource {
  /** As it is shown to people. */
  readonly file: string
  readonly sha256: string
  readonly value: unknown
  /** A problem with the value at `path`, or with the nearest thing above it that is there. */
  problemAt(path: DocumentPath, message: string, example?: string): Problem
  /** A problem with the key itself, the last step of `path`; shown under what contains it. */
  problemAtKey(path: DocumentPath, message: string, example?: string): Problem
}

/** @throws AftershockError `input` when the file cannot be read or is no YAML; duplicate keys are errors. */
export async function readYaml(path: string, shownAs: string): Promise<YamlSource> {
  const bytes = readYamlBytes(path, shownAs)
  return parseYaml(bytes.toString('utf8'), shownAs, createHash('sha256').update(bytes).digest('hex'))
}

function readYamlBytes(path: string, shownAs: string): Buffer {
  try {
    return readBytes(path, { shownAs, atMostBytes: YAML_BYTES })
  } catch (error) {
    const code =
      error instanceof AftershockError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AftershockError('input', `${shownAs}: no such file`, {
        hint: shippedHint(shownAs) ?? 'check the path',
        cause: error,
      })
    if (code === 'EISDIR')
      throw new AftershockError('input', `${shownAs} is a folder`, {
        hint: 'name one YAML file in it',
        cause: error,
      })
    throw new AftershockError('input', messageOf(error), { hint: 'name one YAML file', cause: error })
  }
}

/** Of a file that guides call by its place in a checkout, and that lies in the package of whoever installed one. */
function shippedHint(shownAs: string): string | null {
  if (!SHIPPED.test(shownAs)) return null
  const shipped = packageFile(...shownAs.split('/'))
  return existsSync(shipped) ? `the one that comes with this program is ${shipped}` : null
}

const SHIPPED = /^(?:drills|contracts|chaos\/cost\/workloads)\/[a-z0-9-]+\.yaml$/

export function parseYaml(text: string, file: string, sha256: string): YamlSource {
  const parsed = parseYamlText(text)
  if ('troubles' in parsed) {
    const problems = parsed.troubles.map(trouble => ({ ...trouble, file, path: [] }))
    throw inputError(problems, 'The file must be valid YAML 1.2, with each key once.')
  }
  const { value } = parsed
  return {
    file,
    sha256,
    value,
    problemAt: (path, message, example) => ({ file, path, message, example, ...parsed.placeOf(path) }),
    problemAtKey: (path, message, example) => ({
      file,
      path: path.slice(0, -1),
      message,
      example,
      ...parsed.placeOfKey(path),
    }),
  }
}
