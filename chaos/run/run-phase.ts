import { DEFAULT_PLATFORM, type PlatformName, isPlatformName } from '../platforms/index.ts'
import type { Drill } from '../core/drill.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { expectationsOf } from './expectations.ts'

interface FaultNow {
  readonly summary: string
  /** When its hold began; null before its injection. */
  heldSince: number | null
  healed: boolean
}

/** Follows a run's journal, and says at any moment what goes on, what comes next, and of how long. */
export class RunPhase {
  #progress = ''
  #platform: PlatformName = DEFAULT_PLATFORM
  /** On the run's clock; null before the timeline and after it. */
  #timelineSince: number | null = null
  #isOver = false
  #waitingSince: number | null = null
  #stoodStillMs = 0
  #why = ''
  readonly #begun = new Set<string>()
  readonly #faults = new Map<string, FaultNow>()
  readonly #actions = new Set<string>()
  #recoversFrom: string | null = null
  #lastEnd: number | null = null

  /** @param platform that of the run, for how long it takes to start. */
  constructor(platform?: string) {
    if (platform !== undefined && isPlatformName(platform)) this.#platform = platform
  }

  progress(line: string): void {
    this.#progress = line
    // Within the timeline nobody but the journal says what goes on.
    if (this.#timelineSince !== null) this.#isOver = true
  }

  journal(line: JournalLine): void {
    switch (line.kind) {
      case 'warm-up.started':
        this.#progress = `warming up for ${clockText(line.forMs)} at full load`
        break
      case 'timeline.waiting':
        this.#progress = `the timeline waits: ${line.why}`
        break
      case 'timeline.started':
        this.#timelineSince = line.t
        break
      case 'fault.waiting':
        this.#waitingSince ??= line.t
        this.#begun.add(line.id)
        this.#why = `${line.id} waits: ${line.why}`
        break
      case 'fault.intended':
        this.#goOn(line.t)
        this.#begun.add(line.id)
        this.#faults.set(line.id, { summary: line.summary, heldSince: null, healed: false })
        break
      case 'fault.injected': {
        const fault = this.#faults.get(line.id)
        if (fault) fault.heldSince = line.t
        this.#goOn(line.t)
        break
      }
      case 'fault.unproven':
        this.#begun.add(line.id)
        this.#goOn(line.t)
        this.#lastEnd = line.t
        break
      case 'fault.healed': {
        const fault = this.#faults.get(line.id)
        if (fault) fault.healed = true
        break
      }
      case 'fault.heal-proven':
      case 'fault.heal-unproven':
        this.#goOn(line.t)
        this.#faults.delete(line.id)
        this.#recoversFrom = line.id
        this.#lastEnd = line.t
        break
      case 'action.started':
        this.#begun.add(line.id)
        this.#actions.add(line.id)
        break
      case 'action.finished':
        this.#actions.delete(line.id)
        this.#lastEnd = line.t
        break
      case 'steady-state':
        if (line.when === 'after') this.#isOver = true
        break
      case 'interrupted':
      case 'timeline.ended':
        this.#isOver = true
        break
      default:
    }
  }

  /** Now, and what comes next. `now` is on the run's clock. */
  words(drill: Drill, now: number): string {
    if (this.#timelineSince === null || this.#isOver) return this.#progress
    const active = [
      ...[...this.#faults].map(([id, fault]) => faultWords(id, fault, drill, now)),
      ...[...this.#actions].map(id => `${id} reads`),
    ]
    if (this.#waitingSince !== null) active.push(this.#why)
    const next = this.#next(drill, now)
    if (active.length === 0 && next === null) return this.#settling(drill, now)
    const idle = this.#recoversFrom === null ? 'baseline' : `recovering from ${this.#recoversFrom}`
    return [...(active.length > 0 ? active : [idle]), ...(next === null ? [] : [next])].join(', ')
  }

  /** For example `0:46 of about 1:20`. */
  elapsed(drill: Drill, now: number): string {
    const { beforeMs, timelineMs, afterMs } = expectationsOf(drill, this.#platform)
    const began = this.#timelineSince ?? Math.max(beforeMs, now)
    const still = this.#stoodStillMs + (this.#waitingSince === null ? 0 : now - this.#waitingSince)
    const expected = began + still + timelineMs + afterMs
    const gone = clockText(now)
    return now <= expected
      ? `${gone} of about ${clockText(expected)}`
      : `${gone} (about ${clockText(expected)} expected)`
  }

  #next(drill: Drill, now: number): string | null {
    const since = this.#timelineSince ?? now
    const coming = drill.timeline
      .filter(entry => !this.#begun.has(entry.id))
      .toSorted((a, b) => a.atMs - b.atMs)[0]
    if (!coming) return null
    if (this.#waitingSince !== null) return `${coming.id} after it`
    const inMs = since + this.#stoodStillMs + coming.atMs - now
    return inMs < 500 ? `${coming.id} begins` : `${coming.id} in ${seconds(inMs)}`
  }

  #settling(drill: Drill, now: number): string {
    const left = (this.#lastEnd ?? now) + drill.settleMs - now
    return left > 0 ? `settling, ${seconds(left)} left` : 'settling'
  }

  #goOn(t: number): void {
    if (this.#waitingSince !== null) this.#stoodStillMs += t - this.#waitingSince
    this.#waitingSince = null
  }
}

function faultWords(id: string, fault: FaultNow, drill: Drill, now: number): string {
  const entry = drill.timeline.find(one => one.id === id)
  const forMs = entry?.role === 'fault' ? entry.forMs : null
  const named = `${id} (${fault.summary})`
  if (fault.healed) return `${named} healed, being proven`
  if (fault.heldSince === null) return `${named} begins`
  if (forMs === null) return `${named} until the end`
  const left = fault.heldSince + forMs - now
  return left > 0 ? `${named}, ${seconds(left)} left` : `${named} is being healed`
}

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`

/** `1:05`, `1:02:05`. */
export function clockText(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const pad = (value: number) => String(value).padStart(2, '0')
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}
