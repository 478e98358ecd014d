import type { Calendar, GameDay } from './calendar.ts'

const LINE_BYTES = 75

/** The calendar as a file of RFC 5545, for the calendars of people. Pure: the same days give the same bytes. */
export function icsOf({ name, days }: Pick<Calendar, 'name' | 'days'>): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//aftershock//game days//EN',
    `X-WR-CALNAME:${escaped(`Game days: ${name}`)}`,
    ...days.flatMap(eventOf),
    'END:VCALENDAR',
  ]
  return `${lines.flatMap(folded).join('\r\n')}\r\n`
}

function eventOf(day: GameDay): string[] {
  const begins = Date.parse(day.at)
  const who = [day.owner, ...day.takesPart].join(', ')
  const about = [
    `Hypothesis: ${day.hypothesis}`,
    `Drill: ${day.drill} on ${day.environment}`,
    `Blast radius: ${day.blastRadius.faults.join(', ')} in ${day.blastRadius.zones.join(', ') || 'no zone'}`,
    `Expected cost: ${day.expectedCostUsd.toFixed(2)} USD`,
    `Owner: ${day.owner}; there: ${who}`,
  ].join('\n')
  return [
    'BEGIN:VEVENT',
    `UID:${day.id}@aftershock`,
    // It is required, and a time of making would make each file another one.
    `DTSTAMP:${stamp(begins)}`,
    `DTSTART:${stamp(begins)}`,
    `DTEND:${stamp(begins + day.lasts)}`,
    `SUMMARY:${escaped(`Game day: ${day.drill} (${day.id})`)}`,
    `DESCRIPTION:${escaped(about)}`,
    'END:VEVENT',
  ]
}

const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '')

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll(';', '\\;').replaceAll(',', '\\,').replaceAll(/\r?\n/g, '\\n')

/** A line has at most 75 bytes; those that go on begin with a space. No character is cut in two. */
function folded(line: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of line) {
    const room = parts.length === 0 ? LINE_BYTES : LINE_BYTES - 1
    if (Buffer.byteLength(part + character) > room) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part].map((text, index) => (index === 0 ? text : ` ${text}`))
}
