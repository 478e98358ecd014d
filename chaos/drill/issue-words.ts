import type { z } from 'zod'
import { didYouMean, found, listWords, shown, typeWord } from './schema-words.ts'

export type Issue = z.core.$ZodIssue
/** The parts of issues of all codes that are read here. */
export interface AnyIssue {
  readonly code: Issue['code']
  readonly message: string
  readonly path: Issue['path']
  readonly keys?: readonly string[]
  readonly errors?: readonly (readonly Issue[])[]
  readonly discriminator?: string
  readonly options?: readonly unknown[]
  readonly values?: readonly unknown[]
  readonly expected?: string
  readonly origin?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly inclusive?: boolean
}

/** A list of words longer than this is not shown when the right one is clear. */
const LONG_LIST = 6

/** What was expected of one value, what was found, and what was probably meant. */
export function valueMessage(issue: AnyIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeWord(issue.expected ?? 'something else')}, ${found(value)}`
    case 'invalid_value':
      return wordMessage((issue.values ?? []).map(String), value)
    case 'too_small':
    case 'too_big':
      return `expected ${boundWords(issue)}, ${found(value)}`
    case 'invalid_format':
      return `${formatWords(issue.message)}, ${found(value)}`
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
    default:
      return issue.message
  }
}

/** A file that is something else altogether may be anybody's secret: it is told what it is, not what is in it. */
export function wholeMessage(issue: AnyIssue, value: unknown): string {
  if (issue.code !== 'invalid_type') return valueMessage(issue, value)
  const kind =
    typeof value === 'string'
      ? 'text without keys'
      : typeof value === 'number'
        ? 'a number'
        : Array.isArray(value)
          ? 'a list'
          : shown(value)
  return `expected ${typeWord(issue.expected ?? 'something else')}, found ${kind}`
}

function wordMessage(words: readonly string[], value: unknown): string {
  const meant = didYouMean(value, words)
  if (words.length > LONG_LIST && meant) return `unknown word ${shown(value)}${meant}`
  return `expected ${listWords(words)}, ${found(value)}${meant}`
}

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  array: [' entry', ' entries'],
  string: [' letter', ' letters'],
}

function boundWords({ code, origin, minimum, maximum, inclusive }: AnyIssue): string {
  const limit = code === 'too_small' ? minimum : maximum
  const most = code === 'too_small' ? 'at least' : 'at most'
  const words = inclusive === false ? (code === 'too_small' ? 'more than' : 'less than') : most
  return `${words} ${limit}${UNITS[origin ?? '']?.[limit === 1 ? 0 : 1] ?? ''}`
}

/** A schema's own words for its format, or zod's (which show the pattern). */
function formatWords(message: string): string {
  return message.startsWith('expected')
    ? message
    : message.replace(/^Invalid string: must match/, 'expected text that matches')
}
