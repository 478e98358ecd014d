import { styleText } from 'node:util'
import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import type { JournalLine } from '../core/journal-events.ts'
import { wordsOf } from './event-words.ts'
import type { LiveState } from './live-state.ts'
import type { RunWatcher } from './run-drill.ts'

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

/** Events scroll by above a few lines that are redrawn: phase, faults, throughput, availability, lag. */
export function liveView(screen: Screen, columns: () => number): RunWatcher {
  let drawn = 0
  let phase = ''
  const active = new Map<string, string>()
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
      phase = line
      say(styleText('dim', line))
    },
    journal(line) {
      follow(active, line)
      const words = wordsOf(line)
      if (words) say(`${styleText('dim', stamp(line.t))} ${colour(line, words)}`)
    },
    live(live, clock, drill) {
      erase()
      const lines = statusLines(live, clock, drill, [...active.values()], phase).map(line =>
        line.slice(0, columns() - 1),
      )
      screen.write(`${lines.join('\n')}\n`)
      drawn = lines.length
    },
  }
}

function follow(active: Map<string, string>, line: JournalLine): void {
  if (line.kind === 'fault.intended') active.set(line.id, `${line.id} (${line.summary})`)
  if (line.kind === 'fault.heal-proven' || line.kind === 'fault.heal-unproven') active.delete(line.id)
  if (line.kind === 'action.started') active.set(line.id, line.id)
  if (line.kind === 'action.finished') active.delete(line.id)
}

function colour(line: JournalLine, words: string): string {
  if (line.kind === 'fault.unproven' || line.kind === 'fault.heal-unproven' || line.kind === 'abort')
    return styleText('red', words)
  if (line.kind === 'fault.heal-proven') return styleText('green', words)
  if (line.kind === 'fault.proven') return styleText('yellow', words)
  return words
}

export function statusLines(
  live: LiveState,
  clock: Clock,
  drill: Drill,
  active: readonly string[],
  phase: string,
): string[] {
  const now = clock.now()
  const read = (probe: Parameters<LiveState['read']>[0]) => live.read(probe, now)
  const show = (value: number | null, unit = '') =>
    value === null ? '?' : `${Math.round(value).toLocaleString('en')}${unit}`
  const recovery = live.consumers.get('recovery')
  const replay = recovery && now - recovery.t < 3500 ? `   replay ${show(recovery.records)} records read` : ''
  return [
    `${stamp(now)}  ${drill.drill}  ${active.length > 0 ? active.join(' + ') : phase}`,
    `  acknowledged ${show(read('acked-per-second'), '/s')}   p50 ${show(read('produce-p50-ms'), ' ms')}   p99 ${show(read('produce-p99-ms'), ' ms')}   held at the edge ${show(read('edge-buffered-records'))}   dropped ${show(read('edge-dropped-records'))}`,
    `  brokers answering ${show(read('nodes-answering'))}   partitions without a leader ${show(read('offline-partitions'))}   under-replicated ${show(read('under-replicated-partitions'))}   tail lag ${show(read('tail-lag-records'))} records${replay}`,
  ]
}

function stamp(t: number): string {
  const seconds = Math.max(0, t) / 1000
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${(seconds % 60).toFixed(1).padStart(4, '0')}`
}
