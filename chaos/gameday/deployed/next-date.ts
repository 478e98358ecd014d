/** When a schedule of EventBridge fires, as Scheduler says it. */
export interface Expression {
  /** `at(2027-01-14T09:00:00)`, or `cron(30 9 ? * 3#2 *)` as `lib/gamedays/schedule.ts` writes it. */
  readonly expression: string
  readonly timeZone: string
  /** In ms since 1970; nothing fires before. @default from now on */
  readonly startMs?: number
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const
const DAY_MS = 86_400_000
/** A month, and days on either side of it. */
const MOST_DAYS = 70

/** In ms since 1970: when it fires next. null: never again; undefined: nobody here wrote that expression. */
export function nextDate(of: Expression, nowMs: number): number | null | undefined {
  const [, at] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(of.expression) ?? []
  if (at !== undefined) {
    const ms = inZone(at, of.timeZone)
    return ms > nowMs ? ms : null
  }
  const [, minute, hour, which = ''] =
    /^cron\((\d+) (\d+) \? \* (\w+(?:#\d)?) \*\)$/.exec(of.expression) ?? []
  if (minute === undefined || hour === undefined) return undefined
  const fromMs = Math.max(nowMs, of.startMs ?? nowMs)
  const first = dateIn(fromMs, of.timeZone)
  for (let days = 0; days <= MOST_DAYS; days++) {
    const date = new Date(Date.parse(`${first}T00:00:00Z`) + days * DAY_MS)
    if (!isOn(which, date)) continue
    const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}:00`
    const ms = inZone(`${date.toISOString().slice(0, 10)}T${time}`, of.timeZone)
    if (ms >= fromMs && ms > nowMs) return ms
  }
  return undefined
}

/** `WED`, or `3#2`: the second Tuesday, since Sunday is 1. */
function isOn(which: string, date: Date): boolean {
  const [day = '', nth] = which.split('#')
  if (nth === undefined) return WEEKDAYS[date.getUTCDay()] === day
  return date.getUTCDay() + 1 === Number(day) && Math.ceil(date.getUTCDate() / 7) === Number(nth)
}

/** What the clocks say there, as ms since 1970. */
function inZone(clocks: string, timeZone: string): number {
  const guess = Date.parse(`${clocks}Z`)
  const off = offsetMs(guess, timeZone)
  // Where the clocks change in between, the offset of the time itself counts.
  return guess - offsetMs(guess - off, timeZone)
}

function offsetMs(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const of = (type: string) => parts.find(part => part.type === type)?.value ?? ''
  const local = `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`
  return Date.parse(local) - Math.floor(ms / 1000) * 1000
}

function dateIn(ms: number, timeZone: string): string {
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 10)
}
