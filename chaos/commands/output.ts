import { printableJson, printableLines } from '../core/printable.ts'
import type { Io, Manner, TextSink } from './io.ts'
import { COMMANDS } from './table.ts'

/**
 * The one place where commands write: text from folders, files and error messages cannot move the cursor, hide a line
 * or colour anything, and commands in it are called as this program was.
 */
export function guarded(io: Io): Io {
  const canDraw = io.isTerminal && io.env.TERM !== 'dumb'
  return {
    ...io,
    stdout: guardedSink(io.stdout, io),
    stderr: guardedSink(io.stderr, io),
    isTerminal: canDraw,
  }
}

function guardedSink(sink: TextSink, { env, program }: Io): TextSink {
  const color = wantsColor(sink, env)
  return {
    write: (text, manner) => sink.write(shownText(text, manner, color, program)),
    get columns() {
      return sink.columns
    },
  }
}

/** As Node decides it: FORCE_COLOR before NO_COLOR, a dumb terminal has none, and a pipe or a file neither. */
function wantsColor({ columns }: TextSink, env: Io['env']): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  return columns !== undefined && !no && term !== 'dumb'
}

const ESCAPE = '\u001b'
const COLOR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g')
const DRAWING = new RegExp(`${ESCAPE}\\[[\\d;?]*[A-Za-z]|\\r`, 'g')

function shownText(text: string, manner: Manner | undefined, color: boolean, program?: string): string {
  if (/^[[{]/.test(text)) return printableJson(text)
  const named = program === undefined ? text : calledAs(text, program)
  if (manner === undefined) return printableLines(named)
  const plain = color ? named : named.replaceAll(COLOR, '')
  return keeping(manner === 'drawn' ? DRAWING : COLOR, plain)
}

/** Escapes everything but what matches. */
function keeping(pattern: RegExp, text: string): string {
  const kept = text.match(pattern) ?? []
  return text
    .split(pattern)
    .map((part, index) => printableLines(part) + (kept[index] ?? ''))
    .join('')
}

const NAMES = [...COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]), 'help'].join('|')
const CALL = new RegExp(`(?<![\\w./-])aftershock (?=(?:${NAMES}|\\[options\\]|--[a-z-]+)(?![\\w-]))`, 'g')

/** `aftershock heal` as it must be typed here. Evidence keeps the name: it is read elsewhere. */
function calledAs(text: string, program: string): string {
  return text.replaceAll(CALL, `${program} `)
}
