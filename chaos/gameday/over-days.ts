import { formatSpan } from '../core/units.ts'
import type { DayRecord } from './day-record.ts'

/** One fault of one drill on one platform, over the game days that had it. */
export interface RecoveryOverDays {
  readonly drill: string
  readonly platform: string
  readonly fault: string
  /** The oldest first; null where it was not measured. */
  readonly days: readonly {
    readonly id: string
    readonly ranAt: string
    readonly sustainedMs: number | null
  }[]
  /** Whether recovery got better, and why that can or cannot be said. */
  readonly answer: string
}

/** With fewer before it, a day can be lower than all by chance alone every second or third time. */
const ENOUGH = 4

/** Pure. @param records the oldest first */
export function recoveryOverDays(records: readonly DayRecord[]): RecoveryOverDays[] {
  const series = new Map<string, RecoveryOverDays>()
  for (const { day, platform, recovery, ranAt } of records)
    for (const { fault, sustainedMs } of recovery) {
      const key = JSON.stringify([day.drill, platform, fault])
      const earlier = series.get(key)?.days ?? []
      const days = [...earlier, { id: day.id, ranAt, sustainedMs }]
      series.set(key, {
        drill: day.drill,
        platform,
        fault,
        days,
        answer: answerOf(days.map(one => one.sustainedMs)),
      })
    }
  return [...series.values()]
}

/** The newest day against those before it; nothing is claimed of what was not measured. */
export function answerOf(values: readonly (number | null)[]): string {
  const newest = values.at(-1) ?? null
  const before = values.slice(0, -1).filter(value => value !== null)
  if (newest === null) return 'not known: it was not measured the last time'
  if (before.length === 0) return `${formatSpan(newest)}, the first time`
  const [low, high] = [Math.min(...before), Math.max(...before)]
  const range = low === high ? formatSpan(low) : `${formatSpan(low)} to ${formatSpan(high)}`
  const times = before.length === 1 ? 'the time before' : `the ${before.length} times before`
  const doubt = before.length < ENOUGH ? '; too few to rule out chance' : ''
  if (newest < low) return `better: ${formatSpan(newest)} against ${range} ${times}${doubt}`
  if (newest > high) return `worse: ${formatSpan(newest)} against ${range} ${times}${doubt}`
  return `no different: ${formatSpan(newest)}, within ${range} of ${times}`
}
