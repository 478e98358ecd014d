import { branchesOf, type JsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'

/** How error messages speak of values and of what a schema accepts. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
}

export const typeWord = (type: string): string => TYPE_WORDS[type] ?? type

export const found = (value: unknown): string => `found ${shown(value)}`

export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (typeof value === 'number')
    return Number.isFinite(value) ? `the number ${value}` : 'a number too large to be one'
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  const keys = Object.keys(value).slice(0, 3)
  return keys.length > 0 ? `a mapping with ${listWords(keys)}` : 'an empty mapping'
}

/** `; did you mean 'target'?`, or nothing. */
export function didYouMean(word: unknown, candidates: Iterable<string>): string {
  const meant = nearestWord(word, candidates)
  return meant === undefined ? '' : `; did you mean '${meant}'?`
}

export function nearestWord(word: unknown, candidates: Iterable<string>): string | undefined {
  return typeof word === 'string' ? nearest(word, candidates) : undefined
}

/** `a, b or c` */
export function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** `active-controller, random or a mapping with node or zone` */
export function describeUnion(schema: JsonSchema): string {
  const branches = branchesOf(schema) ?? [schema]
  const keys = branches.flatMap(branch => firstKey(branch) ?? [])
  const others = branches.flatMap(branch => {
    if (branch.const !== undefined) return [String(branch.const)]
    if (branch.enum) return branch.enum.map(String)
    return branch.type === 'object' ? [] : [typeWord(branch.type ?? 'something else')]
  })
  return listWords([...others, ...(keys.length > 0 ? [`a mapping with ${listWords(keys)}`] : [])])
}

/** The key by which an author tells one branch from another. */
function firstKey(branch: JsonSchema): string | undefined {
  if (branch.type !== 'object') return undefined
  return branch.required?.[0] ?? Object.keys(branch.properties ?? {})[0]
}

export function wordsOf(schema: JsonSchema): string[] {
  return (branchesOf(schema) ?? [schema]).flatMap(branch =>
    [branch.const, ...(branch.enum ?? [])].filter(word => typeof word === 'string'),
  )
}
