import { readFileSync, statSync } from 'node:fs'
import { AftershockError } from '../chaos/core/errors.ts'
import { parseYamlText, YAML_BYTES } from '../chaos/core/yaml-text.ts'

/** What is wrong with an environment file: one line a problem, each with file, key and expectation. */
export class EnvironmentError extends AftershockError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super('input', problems.join('\n'))
    this.name = 'EnvironmentError'
    this.problems = problems
  }
}

export type Path = readonly (string | number)[]

/** A YAML file whose places can be named. */
export interface Source {
  readonly file: string
  readonly value: Record<string, unknown>
  /** `file:line:column key` of what is at `path`, or of the nearest thing above it that is there. */
  at(path: Path): string
}

/** @throws EnvironmentError when it cannot be read, is no YAML, or not a map. */
export function readSource(path: string, file: string): Source {
  const parsed = parseYamlText(readText(path, file))
  if ('troubles' in parsed)
    throw new EnvironmentError(
      parsed.troubles.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`),
    )
  const { value } = parsed
  if (!isRecord(value)) throw new EnvironmentError([`${file}:1:1 expected a map of keys`])
  return {
    file,
    value,
    at: where => {
      const { line, column } = parsed.placeOf(where)
      return `${file}:${line}:${column} ${where.join('.') || '(file)'}`
    },
  }
}

function readText(path: string, file: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new EnvironmentError([`${file}: expected a file`])
  if (found.size > YAML_BYTES)
    throw new EnvironmentError([`${file}: it has ${found.size} bytes; at most ${YAML_BYTES} are read`])
  return readFileSync(path, 'utf8')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The one of `words` that was most likely meant: its beginning, or all but two letters of it. */
export function meantWord(typed: string, words: readonly string[]): string | undefined {
  const [wanted, ...others] = words
    .map(word => ({ word, edits: word.startsWith(typed) ? 0 : editsBetween(typed, word) }))
    .filter(({ word, edits }) => edits <= Math.min(2, Math.floor(word.length / 2)))
    .toSorted((a, b) => a.edits - b.edits)
  return wanted && wanted.edits !== others[0]?.edits ? wanted.word : undefined
}

/** Letters to insert, remove or replace. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [index, letter] of a.split('').entries()) {
    const next = [index + 1]
    for (const [column, other] of b.split('').entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
