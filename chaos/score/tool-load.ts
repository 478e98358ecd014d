import { formatDuration } from '../core/units.ts'
import type { ReplayLimit, ToolMeasurement } from '../record/tool-measurement.ts'
import { BY_MACHINE, ownShare, toolBound, type ToolSample } from '../record/tool-samples.ts'
import type { Series } from '../record/series.ts'
import type { Span } from './timeline.ts'

type Rows = Series<ToolSample>['rows']

/** From here on the reader's thread had no reserve, below the other it had plenty: between them neither decided alone. */
const BY_READER = 0.85
const BY_PLATFORM = 0.6
/** Less than this of a replay's time was not looked at. */
const FEWEST_MS = 500

/** Which parts of the tool were above their limits in the span, and when; null where nobody looked, as in older runs. */
export function measureTool(
  { rows }: Pick<Series<ToolSample>, 'rows'>,
  span: Span | null,
): ToolMeasurement | null {
  if (span === null) return null
  const during = rows.filter(row => touches(row, span))
  if (during.length === 0) return null
  const parts = [...byPart(during)]
  return {
    parts: parts.map(([part, own]) => ({
      part,
      seconds: sum(own, ({ forMs }) => forMs) / 1000,
      boundSeconds: sum(own, row => (toolBound(row) === null ? 0 : row.forMs)) / 1000,
      worstDelayMs: Math.max(...own.map(({ delayMs }) => delayMs)),
      gcMs: sum(own, ({ gcMs }) => gcMs),
    })),
    windows: parts.flatMap(([part, own]) => windowsOf(part, own)),
  }
}

/** Samples above a limit, those that follow each other as one. */
function windowsOf(part: string, rows: Rows): ToolMeasurement['windows'] {
  const windows: { part: string; fromMs: number; toMs: number; why: string; line: number }[] = []
  for (const row of rows) {
    const why = toolBound(row)
    if (why === null) continue
    const last = windows.at(-1)
    const fromMs = row.t - row.forMs
    // Samples are of whole milliseconds: neighbours need not meet exactly.
    if (last && fromMs - last.toMs <= row.forMs / 2) last.toMs = row.t
    else windows.push({ part, fromMs, toMs: row.t, why, line: row.line })
  }
  return windows
}

/** Who decided how fast a replay was, by what its threads had to do. @param process of its shard */
export function replayLimitOf(
  { rows }: Pick<Series<ToolSample>, 'rows'>,
  process: string,
  span: Span | null,
): ReplayLimit {
  const none = { computed: null, idle: null, waited: null, throttledMs: null, lines: null }
  if (span === null) return { by: 'unknown', why: 'the replay never finished', ...none }
  const own = rows.filter(
    row => (row.part === process || row.part.startsWith(`${process}/`)) && touches(row, span),
  )
  if (sum(own, ({ forMs }) => forMs) < FEWEST_MS)
    return { by: 'unknown', why: 'what its reader had to do was not sampled', ...none }
  const way = Math.max(-1, ...rows.filter(row => touches(row, span)).map(({ wayMs = -1 }) => wayMs))
  if (way >= 0)
    return {
      by: 'way',
      why: `limited by its way: it read through a session of Systems Manager, where an answer took up to ${Math.round(way)} ms`,
      ...none,
    }
  const threads = [...byPart(own).values()].map(loadOf)
  const busiest = threads.toSorted((a, b) => b.computed - a.computed)[0] as ThreadLoadOverTime
  const throttledMs = Math.max(...threads.map(thread => thread.throttledMs))
  const lines = [Math.min(...own.map(({ line }) => line)), Math.max(...own.map(({ line }) => line))] as const
  return { ...verdictOf(busiest, throttledMs), ...busiest, throttledMs, lines: [...lines] }
}

interface ThreadLoadOverTime {
  readonly computed: number
  readonly idle: number
  readonly waited: number
  readonly throttledMs: number
}

/** Weighted by the time that each sample is of. */
function loadOf(rows: Rows): ThreadLoadOverTime {
  const forMs = sum(rows, row => row.forMs)
  const couldMs = sum(rows, row => row.forMs * (1 - Math.min(1, row.waited ?? 0)))
  const ranMs = sum(rows, row => ownShare(row) * row.forMs * (1 - Math.min(1, row.waited ?? 0)))
  const throttled = rows.map(row => row.throttledMs ?? 0)
  return {
    computed: couldMs > 0 ? ranMs / couldMs : 0,
    idle:
      sum(
        rows.filter(({ owed = 0 }) => owed > 0),
        row => row.forMs * Math.max(0, 1 - row.busy),
      ) / forMs,
    waited: sum(rows, row => row.forMs * Math.min(1, row.waited ?? 0)) / forMs,
    throttledMs: Math.max(0, ...throttled),
  }
}

function verdictOf(
  { computed, idle, waited }: ThreadLoadOverTime,
  throttledMs: number,
): Pick<ReplayLimit, 'by' | 'why'> {
  const ran = `its busiest thread computed ${percent(computed)} of the time in which it could`
  const held = throttledMs > 0 ? `; brokers held it back for ${formatDuration(throttledMs)} by a quota` : ''
  if (waited >= BY_MACHINE)
    return {
      by: 'machine',
      why: `limited by the machine: its reader waited for a CPU ${percent(waited)} of the time`,
    }
  if (computed >= BY_READER) return { by: 'reader', why: `limited by the reader: ${ran}` }
  const words = `${ran}, and was idle ${percent(idle)} of the time while brokers were to answer${held}`
  if (computed <= BY_PLATFORM) return { by: 'platform', why: `limited by the platform: ${words}` }
  return { by: 'both', why: `limited by reader and platform in turns: ${words}` }
}

function byPart(rows: Rows): ReadonlyMap<string, Rows> {
  const parts = new Map<string, Rows[number][]>()
  for (const row of rows) {
    const own = parts.get(row.part)
    if (own) own.push(row)
    else parts.set(row.part, [row])
  }
  return parts
}

const touches = ({ t, forMs }: ToolSample, { fromMs, toMs }: Span): boolean => t > fromMs && t - forMs < toMs
const percent = (share: number): string => `${Math.round(share * 100)}%`
const sum = (rows: Rows, of: (row: Rows[number]) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)
