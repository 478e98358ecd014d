import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'

/** From the root of a document: keys and indexes. */
export type YamlPath = readonly (string | number)[]

/** From 1, as editors count. */
export interface YamlPlace {
  readonly line: number
  readonly column: number
}

export interface YamlTrouble extends YamlPlace {
  readonly message: string
  /** Of the reader, where it has one. */
  readonly code?: YAMLError['code']
}

/** A YAML text as plain data, which still knows where each part of it was written. */
export interface YamlText {
  readonly value: unknown
  /** Of the value at `path`, or of the nearest thing above it that is there. */
  placeOf(path: YamlPath): YamlPlace
  /** Of the key itself, the last step of `path`. */
  placeOfKey(path: YamlPath): YamlPlace
}

/** Larger files are not written by hand. */
export const YAML_BYTES = 1 << 20

/**
 * The one reader of YAML: drills, contracts, workloads, environments. Each key once; an alias must point at something,
 * not at what it is in, and all of them together must not become more than anyone would write.
 */
export function parseYamlText(text: string): YamlText | { readonly troubles: readonly YamlTrouble[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): YamlPlace => {
    // The counter's column counts from 1; an empty file has no line yet.
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const broken = [...document.errors, ...document.warnings].map(error => ({
    ...placeAt(error.pos[0]),
    message: syntaxMessage(error),
    code: error.code,
  }))
  if (broken.length > 0) return { troubles: broken }
  const aliases = aliasTroubles(document, placeAt)
  if (aliases.length > 0) return { troubles: aliases }
  const places = new Places(document)
  try {
    return {
      value: document.toJS(),
      placeOf: path => placeAt(places.offsetOf(path)),
      placeOfKey: path => placeAt(places.keyOffsetOf(path)),
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { troubles: [{ ...placeAt(lastAlias(document)), message: `${message} (YAML)` }] }
  }
}

function syntaxMessage(error: YAMLError): string {
  const message =
    error.code === 'DUPLICATE_KEY' ? 'this key is here twice' : error.message.replace(/\s+/g, ' ')
  return `${message} (YAML)`
}

function aliasTroubles(document: Document, placeAt: (offset: number) => YamlPlace): YamlTrouble[] {
  const troubles: YamlTrouble[] = []
  visit(document, {
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document)
      const message =
        target === undefined
          ? `the alias *${alias.source} has no anchor &${alias.source} before it (YAML)`
          : ancestors.includes(target)
            ? `the alias *${alias.source} stands in what it repeats (YAML)`
            : null
      if (message !== null) troubles.push({ ...placeAt(startOf(alias)), message })
    },
  })
  return troubles
}

/** Where too many of them were counted cannot be told; the last one is in the middle of it. */
function lastAlias(document: Document): number {
  let offset = 0
  visit(document, {
    Alias(_key, alias) {
      offset = Math.max(offset, startOf(alias))
    },
  })
  return offset
}

interface Child {
  readonly key: Node | null
  readonly value: Node | null
}

/** Offsets of what is at a path. Maps are indexed once: a file may have thousands of keys that are wrong. */
class Places {
  readonly #document: Document
  readonly #children = new WeakMap<Node, Map<string, Child>>()

  constructor(document: Document) {
    this.#document = document
  }

  offsetOf(path: YamlPath): number {
    let node: Node | null = this.#document.contents
    let offset = startOf(node)
    for (const step of path) {
      const next = this.#child(node, step)
      if (!next) break
      node = next.value
      // `target:` with nothing after it has no place of its own: the key's is nearest.
      offset = node && !isEmptyScalar(node) ? startOf(node) : startOf(next.key ?? node)
    }
    return offset
  }

  keyOffsetOf(path: YamlPath): number {
    const parent = path.slice(0, -1)
    let node: Node | null = this.#document.contents
    for (const step of parent) node = this.#child(node, step)?.value ?? null
    const found = this.#child(node, path.at(-1) ?? '')
    return found?.key ? startOf(found.key) : this.offsetOf(parent)
  }

  #child(container: Node | null, step: string | number): Child | undefined {
    const node = isAlias(container) ? (container.resolve(this.#document) ?? null) : container
    if (isSeq(node)) {
      const value = node.items[Number(step)]
      return value === undefined ? undefined : { key: null, value: isNode(value) ? value : null }
    }
    if (!isMap(node)) return undefined
    return this.#indexed(node).get(String(step))
  }

  #indexed(node: Node & { readonly items: readonly { key: unknown; value: unknown }[] }): Map<string, Child> {
    const known = this.#children.get(node)
    if (known) return known
    const children = new Map<string, Child>()
    for (const { key, value } of node.items)
      if (isScalar(key) && !children.has(String(key.value)))
        children.set(String(key.value), { key, value: isNode(value) ? value : null })
    this.#children.set(node, children)
    return children
  }
}

const isEmptyScalar = (node: Node): boolean =>
  isScalar(node) && node.value === null && (node.source ?? '') === ''
const startOf = (node: Node | null): number => node?.range?.[0] ?? 0
