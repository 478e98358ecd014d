import { styleText } from 'node:util'
import type { Drill } from '../core/drill.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { wordsOf } from './event-words.ts'
import { liveNumbers, shownNumber } from './live-numbers.ts'
import type { LiveState } from './live-state.ts'
import type { RunWatcher } from './run-context.ts'
import { RunPhase } from './run-phase.ts'

interface Screen {
  write(text: string): unknown
}

/** Plain lines, one an event: for logs and pipes. */
export function plainLines(screen: Screen): RunWatcher {
  return {
    progress: line => void screen.write(`${line}\n`),
    journal(line) {
      const words = wordsOf(line)
      if (words) screen.write(`${stamp(line.t)} ${words}\n`)
    },
    live: () => {},
  }
}

/**
 * Events scroll by above a few lines that are redrawn: how long it takes, what goes on, what comes next, and then
 * throughput, availability and lag, by what matters, in as many lines as the terminal is wide for.
 * @param platform that of the run, for how long it takes to start
 */
export function liveView(screen: Screen, columns: () => number, platform?: string): RunWatcher {
  let drawn = 0
  const phase = new RunPhase(platform)
  const erase = () => {
    if (drawn > 0) screen.write(`\u001b[${drawn}A\u001b[J`)
    drawn = 0
  }
  const say = (line: string) => {
    erase()
    screen.write(`${line}\n`)
  }
  return {
    progress(line) {
      phase.progress(line)
      say(styleText('dim', line))
    },
    journal(line) {
      phase.journal(line)
      const words = wordsOf(line)
      if (words) say(`${styleText('dim', stamp(line.t))} ${colour(line, words)}`)
    },
    live(live, clock, drill) {
      erase()
      const lines = statusLines(live, clock.now(), drill, phase, columns() - 1)
      screen.write(`${lines.join('\n')}\n`)
      drawn = lines.length
    },
  }
}

function colour(line: JournalLine, words: string): string {
  if (line.kind === 'fault.unproven' || line.kind === 'fault.heal-unproven' || line.kind === 'abort')
    return styleText('red', words)
  if (line.kind === 'fault.heal-proven') return styleText('green', words)
  if (line.kind === 'fault.proven') return styleText('yellow', words)
  return words
}

/** The lines that are redrawn; none is wider than `width`, so that each takes one row of the screen. */
export function statusLines(
  live: LiveState,
  now: number,
  drill: Drill,
  phase: RunPhase,
  width: number,
): string[] {
  return [
    ...wrap(
      [`${phase.elapsed(drill, now)}  ${drill.drill}`, ...phase.words(drill, now).split(/(?<=,) /)],
      ' ',
      width,
    ),
    ...wrap(
      liveNumbers(live, now, drill).map(number => `${number.label} ${shownNumber(number)}`),
      '   ',
      width,
    ),
  ]
}

/** Whole parts, as many to a line as fit; a part that is wider than a line is broken between words, or cut. */
function wrap(parts: readonly string[], between: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const add = (part: string, gap: string) => {
    const longer =
      line === '' ? `${lines.length > 0 || between !== ' ' ? '  ' : ''}${part}` : `${line}${gap}${part}`
    if (longer.length <= width) {
      line = longer
      return
    }
    if (line !== '') lines.push(line)
    line = `  ${part}`.slice(0, width)
  }
  for (const part of parts) {
    if (part.length + 2 <= width) add(part, between)
    else for (const [index, word] of part.split(' ').entries()) add(word, index === 0 ? between : ' ')
  }
  return [...lines, line]
}

export function stamp(t: number): string {
  const seconds = Math.max(0, t) / 1000
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${(seconds % 60).toFixed(1).padStart(4, '0')}`
}
