/** A day of the calendar, as far as a schedule needs it. */
export interface ScheduledDay {
  readonly id: string
  /** In UTC, `2027-01-14T09:00:00Z`: when its window opens. */
  readonly at: string
  /** How long the window is open, and so how long an approval is waited for. */
  readonly lastsMs: number
  /** Whether somebody has to approve it. */
  readonly approved: boolean
  /** How long its drill takes, with healing and proofs. */
  readonly runMs: number
  /** Again and again at that hour there, from then on. @default once */
  readonly repeats?: Repetition | undefined
  /** Who answers for it, and what it runs: for whoever asks the environment. */
  readonly owner?: string
  readonly drill?: string
}

/** Days, and whatever their runner has to know of them. */
export interface GameDays {
  readonly days: readonly ScheduledDay[]
  /** The calendar, drills, contracts and public keys of approvers, by their paths from the folder that all are in. */
  readonly files: Readonly<Record<string, string>>
  /** Of the calendar, among them. */
  readonly calendar: string
}

export interface Repetition {
  /** On the same day of the week, each week or, as the first, second, … of its month, each month. */
  readonly every: 'week' | 'month'
  /** `Europe/Berlin`: its clocks say when. */
  readonly timeZone: string
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

/** For EventBridge Scheduler. */
export interface Expression {
  readonly scheduleExpression: string
  readonly scheduleExpressionTimezone: string
  /** @default from now on */
  readonly startDate?: string
}

/** `at(…)` in UTC for one that is once, else `cron(…)` by the clocks of its zone of time. */
export function expressionOf({ at, repeats }: Pick<ScheduledDay, 'at' | 'repeats'>): Expression {
  if (!repeats)
    return {
      scheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
      scheduleExpressionTimezone: 'UTC',
    }
  const { weekday, dayOfMonth, hour, minute } = clocksIn(repeats.timeZone, at)
  const which = repeats.every === 'week' ? weekday : `${WEEKDAYS.indexOf(weekday) + 1}#${nthOf(dayOfMonth)}`
  return {
    scheduleExpression: `cron(${minute} ${hour} ? * ${which} *)`,
    scheduleExpressionTimezone: repeats.timeZone,
    startDate: new Date(at).toISOString(),
  }
}

/** Of a fifth one there is none in most months: the last that there always is, is the fourth. */
const nthOf = (dayOfMonth: number): number => Math.min(4, Math.ceil(dayOfMonth / 7))

function clocksIn(timeZone: string, at: string) {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find(one => one.type === type)?.value ?? ''
  return {
    weekday: part('weekday').toUpperCase() as (typeof WEEKDAYS)[number],
    dayOfMonth: Number(part('day')),
    hour: Number(part('hour')),
    minute: Number(part('minute')),
  }
}
