import { createHash } from 'node:crypto'
import { AftershockError, messageOf } from '../core/errors.ts'
import { parseYamlText, type YamlText } from '../core/yaml-text.ts'
import { inputError } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

const HINT = 'The file must be valid JSON, with each key once.'
const TOP = { line: 1, column: 1 }

/**
 * A JSON file as plain data, which still knows where each part of it was written: JSON is YAML, and the reader of YAML
 * knows the places. What the data are is for JSON's own reader to say.
 * @throws AftershockError `input` when it is no JSON, or has a key twice.
 */
export function parseJson(text: string, file: string): YamlSource {
  const value = parsedJson(text, file)
  const places = placesOf(text, file)
  return {
    file,
    sha256: createHash('sha256').update(text).digest('hex'),
    value,
    problemAt: (path, message, example) => ({
      file,
      path,
      message,
      example,
      ...(places?.placeOf(path) ?? TOP),
    }),
    problemAtKey: (path, message, example) => ({
      file,
      path: path.slice(0, -1),
      message,
      example,
      ...(places?.placeOfKey(path) ?? TOP),
    }),
  }
}

/** null where YAML's reader does not follow JSON's: then only the key is told. */
function placesOf(text: string, file: string): YamlText | null {
  const parsed = parseYamlText(text)
  if (!('troubles' in parsed)) return parsed
  const twice = parsed.troubles.filter(({ code }) => code === 'DUPLICATE_KEY')
  if (twice.length > 0)
    throw inputError(
      twice.map(({ line, column }) => ({ line, column, file, path: [], message: 'this key is here twice' })),
      HINT,
    )
  return null
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // Its message quotes the file, which may be anything: only the place is told.
    const offset = /at position (\d+)/.exec(messageOf(cause))?.[1]
    if (offset === undefined) throw new AftershockError('input', `${file} is not JSON`, { cause, hint: HINT })
    const before = text.slice(0, Number(offset)).split('\n')
    const place = { line: before.length, column: (before.at(-1) ?? '').length + 1 }
    throw inputError([{ file, path: [], message: 'from here on it is not JSON', ...place }], HINT)
  }
}
