import type { z } from 'zod'
import {
  branchesOf,
  exampleLine,
  inputJsonSchema,
  isRecord,
  type JsonSchema,
  likeliestBranch,
  schemaAt,
  stepInto,
  valueAt,
} from './json-schema.ts'
import { type AnyIssue, type Issue, valueMessage, wholeMessage } from './issue-words.ts'
import { nearest } from './nearest.ts'
import { type DocumentPath, formatPath, type Problem } from './problem.ts'
import { describeUnion, didYouMean, found, listWords, nearestWord, shown, wordsOf } from './schema-words.ts'
import type { YamlSource } from './yaml-source.ts'

/**
 * What zod found wrong, in the words of the file's author. Where the schema is a union, only the branch that
 * the author meant is spoken of: a wall of every branch's complaints helps nobody.
 */
export function schemaProblems(source: YamlSource, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  const json = inputJsonSchema(schema)
  if (isForeign(source.value, json)) return [source.problemAt([], foreignMessage(json))]
  const translation = new Translation(source, json)
  for (const issue of issues) translation.add(issue as AnyIssue, [])
  return translation.problems()
}

/**
 * A file of another kind: not one of its keys is known, nor like a known one. It may be anybody's, with secrets for keys
 * and values: nothing of it is quoted.
 */
function isForeign(value: unknown, { properties }: JsonSchema): boolean {
  if (!isRecord(value) || properties === undefined) return false
  const keys = Object.keys(value)
  const known = Object.keys(properties)
  return keys.length > 0 && keys.every(key => nearest(key, known) === undefined)
}

function foreignMessage({ properties = {}, required = Object.keys(properties) }: JsonSchema): string {
  return `expected a mapping with ${required.join(', ')}, and found none of these keys`
}

class Translation {
  readonly #source: YamlSource
  readonly #schema: JsonSchema
  readonly #found: Problem[] = []
  /** Keys that are missing because they were mistyped: one problem, not two. */
  readonly #meant = new Set<string>()
  readonly #missing = new Map<string, Problem>()

  constructor(source: YamlSource, schema: JsonSchema) {
    this.#source = source
    this.#schema = schema
  }

  problems(): Problem[] {
    const missing = [...this.#missing].filter(([key]) => !this.#meant.has(key))
    return [...this.#found, ...missing.map(([, problem]) => problem)]
  }

  add(issue: AnyIssue, base: DocumentPath): void {
    const path = [...base, ...(issue.path as (string | number)[])]
    const value = valueAt(this.#source.value, path)
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys ?? []) this.#unknownKey(path, key)
    } else if (issue.code === 'invalid_key') {
      this.#found.push(this.#source.problemAtKey(path, `'${path.at(-1)}' cannot be a name here`))
    } else if (issue.discriminator !== undefined) {
      this.#unknownKind(issue, path, value)
    } else if (value === undefined && path.length > 0) {
      this.#missingKey(path)
    } else if (issue.code === 'invalid_union') {
      this.#union(issue, path, value)
    } else {
      this.#value(path, path.length === 0 ? wholeMessage(issue, value) : valueMessage(issue, value))
    }
  }

  #schemaAt(path: DocumentPath): JsonSchema {
    return schemaAt(this.#schema, this.#source.value, path) ?? {}
  }

  #value(path: DocumentPath, message: string): void {
    const schema = this.#schemaAt(path)
    const meant = nearestWord(valueAt(this.#source.value, path), wordsOf(schema))
    const right = meant === undefined ? schema : { const: meant }
    const example = path.length > 0 ? exampleLine(path.at(-1), right) : undefined
    this.#found.push(this.#source.problemAt(path, message, example))
  }

  #unknownKey(container: DocumentPath, key: string): void {
    const known = this.#schemaAt(container).properties ?? {}
    const meant = nearest(key, Object.keys(known))
    const schema = meant === undefined ? undefined : known[meant]
    if (meant !== undefined) this.#meant.add(formatPath([...container, meant]))
    const rest =
      meant === undefined ? `; expected ${listWords(Object.keys(known))}` : `; did you mean '${meant}'?`
    this.#found.push(
      this.#source.problemAtKey(
        [...container, key],
        `unknown key '${key}'${rest}`,
        schema && exampleLine(meant, schema),
      ),
    )
  }

  #missingKey(path: DocumentPath): void {
    const key = path.at(-1)
    const example = exampleLine(key, this.#schemaAt(path))
    const container = path.slice(0, -1)
    this.#missing.set(formatPath(path), this.#source.problemAt(container, `missing key '${key}'`, example))
  }

  /** `fault: zone-ct`: a word that chooses the other keys and that nothing is called by. */
  #unknownKind(issue: AnyIssue, path: DocumentPath, value: unknown): void {
    const kinds = (issue.options ?? []).map(String)
    const container = path.slice(0, -1)
    if (value === undefined) return this.#missingKey(path)
    this.#found.push(
      this.#source.problemAt(
        path,
        `unknown ${issue.discriminator} ${shown(value)}${didYouMean(value, kinds) || '.'} There is ${listWords(kinds)}`,
        exampleLine(container.at(-1), this.#schemaAt(container)),
      ),
    )
  }

  #union(issue: AnyIssue, path: DocumentPath, value: unknown): void {
    const schema = schemaAt(this.#schema, this.#source.value, path.slice(0, -1))
    const union = schema && stepInto(schema, path.at(-1) ?? '')
    const branches = union && branchesOf(union)
    if (!union || !branches) return this.#value(path, issue.message)
    const discriminators = branches.flatMap(branch => discriminatorOf(branch) ?? [])
    if (isRecord(value) && discriminators.length > 1) {
      const present = discriminators.filter(name => Object.hasOwn(value, name))
      if (present.length !== 1) return this.#notOneOf(discriminators, present, path, value, union)
    }
    const branch = likeliestBranch(branches, value)
    const errors = issue.errors?.[branch] ?? []
    const known = isRecord(value) && Object.keys(value).some(key => belongs(branches[branch], key))
    if (known) {
      for (const inner of errors) this.add(inner as AnyIssue, path)
      return
    }
    const message = `expected ${describeUnion(union)}, ${found(value)}${didYouMean(value, wordsOf(union))}`
    const meant = nearestWord(value, wordsOf(union))
    const example = exampleLine(path.at(-1), meant === undefined ? union : { const: meant })
    this.#found.push(this.#source.problemAt(path, message, example))
  }

  /** An entry that names no kind, or more than one. */
  #notOneOf(
    names: readonly string[],
    present: readonly string[],
    path: DocumentPath,
    value: Readonly<Record<string, unknown>>,
    union: JsonSchema,
  ): void {
    const example = exampleLine(path.at(-1), union)
    const mistyped = Object.keys(value).find(key => nearest(key, names) !== undefined)
    if (present.length === 0 && mistyped !== undefined) {
      const message = `unknown key '${mistyped}'${didYouMean(mistyped, names)}`
      this.#found.push(this.#source.problemAtKey([...path, mistyped], message, example))
      return
    }
    const seen = present.length === 0 ? 'found neither' : 'found both'
    this.#found.push(this.#source.problemAt(path, `expected either ${listWords(names)}, ${seen}`, example))
  }
}

/** The key whose fixed word tells the branches of a discriminated union apart. */
function discriminatorOf(branch: JsonSchema): string | undefined {
  const options = branchesOf(branch)
  const [first] = options ?? []
  return Object.entries(first?.properties ?? {}).find(([, property]) => property.const !== undefined)?.[0]
}

function belongs(branch: JsonSchema | undefined, key: string): boolean {
  if (!branch) return false
  const options = branchesOf(branch)
  if (options) return options.some(option => belongs(option, key))
  return nearest(key, Object.keys(branch.properties ?? {})) !== undefined
}
