/**
 * Control characters (C0, DEL, C1), separators of lines and paragraphs, and marks that turn the direction of text:
 * what can move a cursor, hide a line or make a sentence read otherwise than it stands there.
 */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
/** The same without the newline and the tab, of which a text of several lines is made. */
const UNSAFE_IN_LINES = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const MOST_CHARACTERS = 500

/** Text from outside as it may stand within a line: control characters escaped (`\u{1b}`), and not without end. */
export function printable(text: string): string {
  const safe = text.replaceAll(UNSAFE, escaped)
  return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS)}…` : safe
}

/** A text of lines, all else escaped as in `printable`. */
export function printableLines(text: string): string {
  return text.replaceAll(UNSAFE_IN_LINES, escaped)
}

/** A JSON document in which nothing is raw; it parses to the same value. */
export function printableJson(text: string): string {
  return text.replaceAll(
    UNSAFE_IN_LINES,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** The same value with every text and every key in it printable: for data of a folder, before it is put into words. */
export function printableDeep<T>(value: T): T {
  return deep(value) as T
}

function deep(value: unknown): unknown {
  if (typeof value === 'string') return printableText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(deep)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [printableText(key), deep(inner)]))
}

/** Not shortened: the data may be counted, compared or clipped afterwards. */
const printableText = (text: string): string => text.replaceAll(UNSAFE, escaped)

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
