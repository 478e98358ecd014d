import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml'
import { AftershockError, messageOf } from '../core/errors.ts'
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
  const bytes = await readBytes(path, shownAs)
  return parseYaml(bytes.toString('utf8'), shownAs, createHash('sha256').update(bytes).digest('hex'))
}

async function readBytes(path: string, shownAs: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AftershockError('input', `${shownAs}: no such file`, { hint: 'check the path', cause })
    }
    if (code === 'EISDIR') {
      throw new AftershockError('input', `${shownAs} is a folder`, {
        hint: 'name one YAML file in it',
        cause,
      })
    }
    throw new AftershockError('input', `${shownAs} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

export function parseYaml(text: string, file: string, sha256: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problem = (offset: number, path: DocumentPath, message: string, example?: string): Problem => {
    // The counter's column counts from 1; an empty file has no line yet.
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), path, message, example }
  }
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) {
    const problems = broken.map(error => problem(error.pos[0], [], syntaxMessage(error)))
    throw inputError(problems, 'The file must be valid YAML 1.2, with each key once.')
  }
  return {
    file,
    sha256,
    value: plainValue(document, file),
    problemAt: (path, message, example) => problem(offsetOf(document, path), path, message, example),
    problemAtKey: (path, message, example) =>
      problem(keyOffsetOf(document, path), path.slice(0, -1), message, example),
  }
}

function syntaxMessage(error: YAMLError): string {
  const message = error.code === 'DUPLICATE_KEY' ? 'this key is here twice' : messageOf(error)
  return `${message} (YAML)`
}

/** Aliases may still fail here: one that points nowhere, or too many of them. */
function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    throw new AftershockError('input', `${file}: ${messageOf(cause)} (YAML)`, {
      hint: 'look at the aliases (*name) in the file',
      cause,
    })
  }
}

function offsetOf(document: Document, path: DocumentPath): number {
  let node: Node | null = document.contents
  let offset = startOf(node)
  for (const step of path) {
    const next = child(document, node, step)
    if (!next) break
    node = next.value ?? null
    // `target:` with nothing after it has no place of its own: the key's is nearest.
    offset = node && !isEmptyScalar(node) ? startOf(node) : startOf(next.key ?? node)
  }
  return offset
}

function keyOffsetOf(document: Document, path: DocumentPath): number {
  const parent = path.slice(0, -1)
  let node: Node | null = document.contents
  for (const step of parent) node = child(document, node, step)?.value ?? null
  const found = child(document, node, path.at(-1) as string)
  return found?.key ? startOf(found.key) : offsetOf(document, parent)
}

interface Child {
  readonly key: Node | null
  readonly value: Node | null
}

function child(document: Document, container: Node | null, step: string | number): Child | undefined {
  const node = isAlias(container) ? (container.resolve(document) ?? null) : container
  if (isSeq(node)) {
    const value = node.items[Number(step)] as Node | undefined
    return value === undefined ? undefined : { key: null, value }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
  return pair && { key: pair.key as Node, value: pair.value as Node | null }
}

const isEmptyScalar = (node: Node): boolean =>
  isScalar(node) && node.value === null && (node.source ?? '') === ''
const startOf = (node: Node | null): number => node?.range?.[0] ?? 0
