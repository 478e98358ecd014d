import { AftershockError } from '../core/errors.ts'
import { type Edn, EdnCutShort, ednForms, ednText } from './edn.ts'
import type { HistorySource } from './history-reader.ts'

/** A form of so many lines is none that Jepsen wrote. */
const MOST_LINES = 2000

/** Jepsen's `history.edn` is told by its name. */
export const isJepsenHistory = (path: string): boolean => path.endsWith('.edn')

/**
 * A history that Jepsen kept, as one in the open format: a line of it for each operation, on the line where that began,
 * so that evidence points at the file that people have. Whole vectors of operations are taken apart.
 */
export function fromJepsen(source: HistorySource): HistorySource {
  return { name: source.name, chunks: () => converted(source) }
}

async function* converted({ name, chunks }: HistorySource): AsyncGenerator<Buffer> {
  let number = 0
  let pending: string[] = []
  for await (const line of linesOf(chunks())) {
    number++
    pending.push(line)
    const begun = number - pending.length + 1
    try {
      // A vector of operations is the same without its brackets.
      const text = pending
        .join('\n')
        .replace(/^\s*\[(?=\s*(#|\{|$))/, '')
        .replace(/\}\s*\]\s*$/, '}')
      const operations = [...ednForms(text)].flatMap(form => (Array.isArray(form) ? form : [form]))
      const blank = '\n'.repeat(pending.length - (operations.length > 0 ? 1 : 0))
      pending = []
      if (operations.length > 1)
        throw new AftershockError('input', `${name}:${begun}: ${operations.length} operations on one line`, {
          hint: 'Write each on a line of its own, as Jepsen does.',
        })
      const [operation] = operations
      yield Buffer.from(
        operation === undefined ? blank : `${JSON.stringify(openLine(operation as Edn))}${blank}\n`,
      )
    } catch (error) {
      if (error instanceof EdnCutShort && pending.length < MOST_LINES) continue
      if (error instanceof AftershockError && !error.message.startsWith(name))
        throw new AftershockError('input', `${name}:${begun}: ${error.message}`, {
          hint: error.hint,
          cause: error,
        })
      throw error
    }
  }
  if (pending.some(line => line.trim() !== '' && line.trim() !== ']'))
    throw new AftershockError(
      'input',
      `${name}:${number - pending.length + 1}: the file ends within an operation`,
      {
        hint: 'A bracket or a quote is never closed: the file may have been cut.',
      },
    )
}

/** Of an operation what the open format has; Jepsen keeps more, such as errors, beside it. */
function openLine(operation: Edn): Edn {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) return operation
  const { index, process, time, type, f, value, ...rest } = operation as Readonly<Record<string, Edn>>
  const more = Object.fromEntries(
    ['rebalance-log', 'seek-to-beginning?', 'group'].flatMap(key =>
      rest[key] === undefined ? [] : [[key, rest[key]]],
    ),
  )
  return {
    ...(index !== undefined && { index }),
    process: process ?? 'nemesis',
    ...(time !== undefined && { time }),
    type: type ?? 'info',
    f: f ?? '',
    ...(value !== undefined && { value }),
    ...(more as Record<string, Edn>),
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

/** A line of the open format as Jepsen has it: `{:index 0, :type :invoke, …}`. */
export function jepsenLine(line: Readonly<Record<string, Edn>>): string {
  const parts = Object.entries(line).map(([key, value]) => {
    const isWord = key === 'type' || key === 'f'
    return `:${key} ${isWord ? keyword(value) : key === 'value' ? valueText(value) : ednText(value)}`
  })
  return `{${parts.join(', ')}}`
}

const keyword = (value: Edn): string => (typeof value === 'string' ? `:${value}` : ednText(value))

/** The first of each step is a keyword: `[[:send "telemetry-0" [17 "d7/1/42"]]]`. */
function valueText(value: Edn): string {
  if (!Array.isArray(value)) return ednText(value)
  const steps = value.map((step: Edn) => {
    if (!Array.isArray(step)) return ednText(step)
    const [word, ...rest] = step as readonly Edn[]
    return `[${keyword(word ?? null)}${rest.map(part => ` ${ednText(part)}`).join('')}]`
  })
  return `[${steps.join(' ')}]`
}
