import { AftershockError } from '../core/errors.ts'

/** What EDN comes to here. Keywords and symbols are texts, sets and lists are arrays, tags are left out. */
export type Edn = string | number | boolean | null | readonly Edn[] | { readonly [key: string]: Edn }

/** More than a person or Jepsen writes, and few enough for the stack. */
const DEEPEST = 200

/** Thrown when the text ends within a form: more lines may complete it. */
export class EdnCutShort extends AftershockError {
  constructor() {
    super('input', 'the text ends within a form', { hint: 'A bracket or a quote is never closed.' })
  }
}

/**
 * Reads the forms of a text, one after the other (https://github.com/edn-format/edn).
 * @throws EdnCutShort at its end within a form, AftershockError `input` for what is no EDN
 */
export function* ednForms(text: string): Generator<Edn> {
  const reader = new EdnReader(text)
  while (reader.hasMore()) yield reader.form(0)
}

const CLOSING: Readonly<Record<string, string | undefined>> = { '(': ')', '[': ']', '{': '}' }
const ESCAPES: Readonly<Record<string, string | undefined>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  b: '\b',
  f: '\f',
  '\\': '\\',
  '"': '"',
}
const NAMED_CHARACTERS: Readonly<Record<string, string | undefined>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
}

class EdnReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  hasMore(): boolean {
    this.#skipBlank()
    return this.#at < this.#text.length
  }

  form(depth: number): Edn {
    if (depth > DEEPEST) throw this.#wrong('forms stand within forms too often')
    this.#skipBlank()
    const first = this.#text[this.#at]
    if (first === undefined) throw new EdnCutShort()
    if (first === '"') return this.#string()
    if (first === '\\') return this.#character()
    if (first === '{') return mapOf(this.#items('}', depth), what => this.#wrong(what))
    const closing = CLOSING[first]
    if (closing !== undefined) return this.#items(closing, depth)
    if (first === '#') return this.#tagged(depth)
    return this.#atom()
  }

  #items(closing: string, depth: number): Edn[] {
    this.#at++
    const items: Edn[] = []
    for (;;) {
      this.#skipBlank()
      const next = this.#text[this.#at]
      if (next === undefined) throw new EdnCutShort()
      if (next === closing) {
        this.#at++
        return items
      }
      items.push(this.form(depth + 1))
    }
  }

  /** `#{…}` is a set, `#tag form` the form, `#_form` nothing. */
  #tagged(depth: number): Edn {
    if (this.#text[this.#at + 1] === '{') {
      this.#at++
      return this.#items('}', depth)
    }
    this.#at++
    this.#word()
    return this.form(depth + 1)
  }

  #string(): string {
    let text = ''
    for (let at = this.#at + 1; ; at++) {
      const char = this.#text[at]
      if (char === undefined) throw new EdnCutShort()
      if (char === '"') {
        this.#at = at + 1
        return text
      }
      if (char !== '\\') {
        text += char
        continue
      }
      at++
      const escape = this.#text[at]
      if (escape === undefined) throw new EdnCutShort()
      if (escape === 'u') {
        text += String.fromCharCode(Number.parseInt(this.#text.slice(at + 1, at + 5), 16))
        at += 4
      } else text += ESCAPES[escape] ?? escape
    }
  }

  #character(): string {
    this.#at++
    const start = this.#at++
    while (/[a-z0-9]/i.test(this.#text[this.#at] ?? '')) this.#at++
    const word = this.#text.slice(start, this.#at)
    return NAMED_CHARACTERS[word] ?? word
  }

  #atom(): Edn {
    const word = this.#word()
    if (word === '') throw this.#wrong(`'${this.#text[this.#at]}' begins no form`)
    if (word === 'nil') return null
    if (word === 'true' || word === 'false') return word === 'true'
    if (word.startsWith(':')) return word.slice(1)
    if (/^[+-]?\d+N?$/.test(word)) {
      const value = Number(word.replace(/N$/, ''))
      if (!Number.isSafeInteger(value)) throw this.#wrong(`${word} is too large a number`)
      return value
    }
    if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(word)) return Number(word.replace(/M$/, ''))
    if (/^[+-]?\d/.test(word)) throw this.#wrong(`${word} is no number`)
    return word
  }

  #word(): string {
    const start = this.#at
    while (this.#at < this.#text.length && !/[\s,()[\]{}"; ]/.test(this.#text[this.#at] as string)) this.#at++
    return this.#text.slice(start, this.#at)
  }

  /** White space, commas, comments, and `#_` with the form after it. */
  #skipBlank(): void {
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined) return
      if (/[\s,]/.test(char)) this.#at++
      else if (char === ';') while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at++
      else if (char === '#' && this.#text[this.#at + 1] === '_') {
        this.#at += 2
        this.form(0)
      } else return
    }
  }

  #wrong(what: string): AftershockError {
    return new AftershockError('input', `not EDN: ${what}`, {
      hint: 'https://github.com/edn-format/edn has the format.',
    })
  }
}

function mapOf(items: readonly Edn[], wrong: (what: string) => AftershockError): Edn {
  if (items.length % 2 !== 0) throw wrong('a map has a key without a value')
  const map = new Map<string, Edn>()
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index] as Edn
    map.set(typeof key === 'object' ? JSON.stringify(key) : String(key), items[index + 1] as Edn)
  }
  return Object.fromEntries(map)
}

/** A value as EDN; the keys of a map are keywords where `isKeyword` says so, else texts. */
export function ednText(value: Edn, isKeyword: (key: string) => boolean = () => false): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(item => ednText(item as Edn, isKeyword)).join(' ')}]`
  const entries = Object.entries(value as Readonly<Record<string, Edn>>)
  const keyText = (key: string) => (isKeyword(key) ? `:${key}` : JSON.stringify(key))
  return `{${entries.map(([key, item]) => `${keyText(key)} ${ednText(item, isKeyword)}`).join(', ')}}`
}
