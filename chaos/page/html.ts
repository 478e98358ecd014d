/** Text that is already HTML. Everything else that enters a template is escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

type Fillable = Html | string | number | null | undefined | false | readonly Fillable[]

/**
 * A template whose values are escaped, unless they are `Html` themselves. Arrays are joined; null,
 * undefined and false leave nothing. Attributes must be quoted with double quotes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Fillable[]): Html {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += fill(value) + (strings[index + 1] ?? '')
  })
  return new Html(text)
}

function fill(value: Fillable): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return value.map(fill).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}

const BREAKS = /<br ?\/?>|<small>/g
const CELL_ENDS = /<\/t[hd]>(?=<t[hd])/g
/** Rows and items that are written one after another, each a line to whoever reads them. */
const LINE_ENDS = /<\/(tr|li)>/g

/** What a reader of the page reads, a line for each line of the page: for tests and for plain text. */
export function textOf({ text }: Html): string {
  const words = text
    .replaceAll(CELL_ENDS, ' | ')
    .replaceAll(LINE_ENDS, '\n')
    .replaceAll(BREAKS, ' ')
    .replaceAll(/<[^>]*>/g, '')
  const plain = Object.entries(ENTITIES).reduce(
    (known, [character, entity]) => known.replaceAll(entity, character),
    words,
  )
  return plain
    .split('\n')
    .map(line => line.replaceAll(/ +/g, ' ').trim())
    .filter(line => line !== '')
    .join('\n')
}
