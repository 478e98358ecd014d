import { readFileSync } from 'node:fs'
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'

/** What is wrong with an environment file: one line a problem, each with file, key and expectation. */
export class EnvironmentError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'EnvironmentError'
    this.problems = problems
  }
}

export type Path = readonly (string | number)[]

/** A YAML file whose places can be named. */
export interface Source {
  readonly file: string
  readonly value: Record<string, unknown>
  /** `file:line key` of what is at `path`, or of the nearest thing above it that is there. */
  at(path: Path): string
}

/** @throws EnvironmentError when it is no YAML, or not a map. */
export function readSource(path: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken)
    throw new EnvironmentError([`${file}:${lines.linePos(broken.pos[0]).line} ${broken.message} (YAML)`])
  const value: unknown = document.toJS()
  if (!isMap(document.contents)) throw new EnvironmentError([`${file}:1 expected a map of keys`])
  return {
    file,
    value: value as Record<string, unknown>,
    at: where =>
      `${file}:${lines.linePos(offsetOf(document, where)).line || 1} ${where.join('.') || '(file)'}`,
  }
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined
    if (node?.range) return node.range[0]
  }
  return 0
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
