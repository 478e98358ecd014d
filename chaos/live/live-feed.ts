import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { wordsOf } from '../run/event-words.ts'
import { liveNumbers, shownNumber } from '../run/live-numbers.ts'
import type { LiveState } from '../run/live-state.ts'
import { stamp } from '../run/live-view.ts'
import type { RunWatcher } from '../run/run-context.ts'
import { RunPhase } from '../run/run-phase.ts'

/** How an event stands on the time axis; plain ones are only listed. */
export type Tone = 'bad' | 'good' | 'fault' | 'action' | 'plain'

/** What the page is told, one document a server-sent event. */
export type LiveMessage =
  | { readonly kind: 'run'; readonly drill: string; readonly title: string; readonly platform: string }
  | {
      readonly kind: 'point'
      readonly t: number
      readonly now: string
      readonly next: string
      readonly numbers: readonly { readonly key: string; readonly label: string; readonly text: string }[]
      /** For the charts, by key; null where nothing was known. */
      readonly values: Readonly<Record<string, number | null>>
    }
  | { readonly kind: 'partitions'; readonly rows: readonly PartitionRow[] }
  | {
      readonly kind: 'event'
      readonly t: number
      readonly at: string
      readonly words: string
      readonly tone: Tone
    }
  | { readonly kind: 'progress'; readonly words: string }
  | { readonly kind: 'end'; readonly words: string; readonly hasReport: boolean }

export interface PartitionRow {
  readonly name: string
  readonly leader: number | null
  readonly inSync: number
  readonly replicas: number
}

/** The terminal draws more often; a page needs no more than this, and each look costs a little. */
const EVERY_MS = 1000
/** Of an hour; a longer run loses its beginning on the page, never in its folder. */
const MOST_POINTS = 3600
const MOST_EVENTS = 1000

/** Looks on at a run, keeps what a page that is opened late has missed, and passes on the rest. */
export class LiveFeed implements RunWatcher {
  readonly #phase: RunPhase
  readonly #listeners = new Set<(message: LiveMessage) => void>()
  readonly #points: LiveMessage[] = []
  readonly #events: LiveMessage[] = []
  #partitions: LiveMessage | null = null
  #progress: LiveMessage | null = null
  #run: LiveMessage | null = null
  #end: LiveMessage | null = null
  #lastPoint = Number.NEGATIVE_INFINITY
  readonly #platform: string

  constructor(platform: string) {
    this.#platform = platform
    this.#phase = new RunPhase(platform)
  }

  progress(line: string): void {
    this.#phase.progress(line)
    this.#progress = { kind: 'progress', words: line }
    this.#tell(this.#progress)
  }

  journal(line: JournalLine): void {
    this.#phase.journal(line)
    const words = wordsOf(line)
    if (words === null) return
    const event = { kind: 'event', t: line.t, at: stamp(line.t), words, tone: toneOf(line) } as const
    this.#events.push(event)
    if (this.#events.length > MOST_EVENTS) this.#events.shift()
    this.#tell(event)
  }

  live(live: LiveState, clock: Clock, drill: Drill): void {
    const t = clock.now()
    if (t - this.#lastPoint < EVERY_MS) return
    this.#lastPoint = t
    if (this.#run === null) {
      this.#run = { kind: 'run', drill: drill.drill, title: drill.title, platform: this.#platform }
      this.#tell(this.#run)
    }
    const numbers = liveNumbers(live, t, drill)
    const [now = '', ...next] = this.#phase.words(drill, t).split(/(?<=,) /)
    const point: LiveMessage = {
      kind: 'point',
      t,
      now: `${this.#phase.elapsed(drill, t)} ${now.replace(/,$/, '')}`.trim(),
      next: next.join(' '),
      numbers: numbers.map(number => ({ key: number.key, label: number.label, text: shownNumber(number) })),
      values: Object.fromEntries(numbers.map(({ key, value }) => [key, value])),
    }
    this.#points.push(point)
    if (this.#points.length > MOST_POINTS) this.#points.shift()
    this.#tell(point)
    this.#tellPartitions(live)
  }

  /** The last that is told; `hasReport` takes the page to it. */
  end(words: string, hasReport: boolean): void {
    this.#end ??= { kind: 'end', words, hasReport }
    this.#tell(this.#end)
  }

  /** Tells everything so far, and from then on all that comes. @returns what ends it */
  listen(listener: (message: LiveMessage) => void): () => void {
    const past = [this.#run, this.#progress, ...this.#events, ...this.#points, this.#partitions, this.#end]
    for (const message of past) if (message !== null) listener(message)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Only what changed is told: there may be many. */
  #tellPartitions(live: LiveState): void {
    const rows = Object.entries(live.partitions)
      .map(([name, { leader, isr, replicas }]) => ({
        name,
        leader: leader < 0 ? null : leader,
        inSync: isr.length,
        replicas: replicas.length,
      }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    const message = { kind: 'partitions', rows } as const
    if (JSON.stringify(message) === JSON.stringify(this.#partitions)) return
    this.#partitions = message
    this.#tell(message)
  }

  #tell(message: LiveMessage): void {
    for (const listener of this.#listeners) listener(message)
  }
}

function toneOf({ kind }: JournalLine): Tone {
  if (kind === 'fault.unproven' || kind === 'fault.heal-unproven' || kind === 'abort') return 'bad'
  if (kind === 'fault.injected' || kind === 'fault.proven') return 'fault'
  if (kind === 'fault.healed' || kind === 'fault.heal-proven') return 'good'
  return kind.startsWith('action.') ? 'action' : 'plain'
}
