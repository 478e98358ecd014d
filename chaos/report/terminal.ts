import { nameWithoutUnit } from '../core/quantity.ts'
import type { Check, Row, Scorecard } from '../record/scorecard.ts'
import { decidingChecks } from './deciding.ts'
import { nonProduct, softwareKey } from './software-words.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'

export interface TerminalOptions {
  readonly color: boolean
  readonly width: number
}

/** A scorecard fits on a screen: rows give up their second line where it would not. */
const SCREEN_LINES = 40

const ANSI: Readonly<Record<string, string>> = {
  pass: '32',
  fail: '31;1',
  inconclusive: '33',
  'not-judged': '2',
  'not-applicable': '2',
  'not-exercised': '2',
  dim: '2',
  bold: '1',
}

/** The scorecard as text: the verdict, the answer, each dimension, and the work that it asks for. */
export function renderScorecard(scorecard: Scorecard, options: TerminalOptions): string {
  const roomy = renderLines(scorecard, options, 2)
  return (roomy.length <= SCREEN_LINES ? roomy : renderLines(scorecard, options, 1)).join('\n')
}

function renderLines(scorecard: Scorecard, { color, width }: TerminalOptions, linesPerRow: number): string[] {
  const paint = (style: string, text: string) => (color ? `\u001b[${ANSI[style]}m${text}\u001b[0m` : text)
  const shown = scorecard.rows.filter(row => row.verdict !== 'not-exercised')
  const not = scorecard.rows.filter(row => row.verdict === 'not-exercised')
  const nameWidth = Math.max(...shown.map(row => row.title.length), 8)
  const words = Math.max(...shown.map(row => verdictWord(row.verdict).length), 4)
  const indent = 2 + 2 + nameWidth + 2 + words + 2

  const lines = shown.flatMap(row => {
    const head = `${verdictSign(row.verdict)} ${row.title.padEnd(nameWidth)}  ${verdictWord(row.verdict).padEnd(words)}`
    const [first = '', ...more] = checksInWords(row, Math.max(20, width - indent), linesPerRow)
    const work = row.verdict === 'fail' || row.verdict === 'inconclusive' ? followUp(row) : null
    return [
      `  ${paint(row.verdict, head)}  ${first}`.trimEnd(),
      ...more.map(line => `${' '.repeat(indent)}${line}`),
      ...(work === null ? [] : adviceLines(work, width).map(line => paint('bold', line))),
    ]
  })
  const title = `${verdictSign(scorecard.verdict)} ${verdictWord(scorecard.verdict).toUpperCase()}`
  const about = `${scorecard.drill} on ${softwareKey(scorecard)}: ${scorecard.title}`
  return [
    '',
    `${paint(scorecard.verdict, title)}  ${clip(about, width - title.length - 2)}`,
    ...nonProductLines(scorecard, width - 2).map(line => paint('bold', `  ${line}`)),
    ...decidingLines(scorecard, width).map(line => paint(scorecard.verdict, line)),
    ...regionLine(scorecard, width - 2).map(line => paint('bold', `  ${line}`)),
    ...wrap(scorecard.secondOutage.sentence, width - 2).map(line => `  ${line}`),
    ...lateTool(scorecard, width - 2).map(line => paint('inconclusive', `  ${line}`)),
    '',
    ...lines,
    ...(not.length > 0
      ? ['', ...wrap(notExercised(not), width - 2).map(line => paint('dim', `  ${line}`))]
      : []),
    ...absentLines(scorecard, width - 2).map(line => paint('dim', `  ${line}`)),
    '',
  ]
}

/** Of two regions, as far as the drill asks for them. */
function regionLine({ rows }: Scorecard, width: number): string[] {
  const checks = rows.flatMap(row => row.checks)
  const of = (name: string) => checks.find(({ check }) => check === name)?.shown
  const [point, records, time] = [
    of('region-lost-seconds'),
    of('region-lost-records'),
    of('region-recovery-seconds'),
  ]
  const lost = point === undefined ? records : records === undefined ? point : `${point}, ${records}`
  const words = [
    ...(lost === undefined ? [] : [`recovery point: ${lost}`]),
    ...(time === undefined ? [] : [`recovery time: ${time}`]),
  ]
  return words.length === 0 ? [] : wrap(`Two regions: ${words.join('; ')}.`, width)
}

/** Why, before anything else: every check that made the verdict what it is. */
function decidingLines(scorecard: Scorecard, width: number): string[] {
  const deciding = decidingChecks(scorecard)
  return deciding.flatMap(({ check, name, measured, allowed, by, why }) => {
    const measure = check.unit === '' ? `${name}: ${measured}` : `${name}: ${measured}, allowed ${allowed}`
    const words = `${measure}${by === null ? '' : ` (beyond it by ${by})`}`
    const reason = scorecard.verdict === 'inconclusive' || check.unit === '' ? why : null
    const [first = '', ...more] = wrap(reason === null ? words : `${words}: ${reason}`, width - 4)
    return [`  ${verdictSign(check.verdict)} ${first}`, ...more.map(line => `    ${line}`)]
  })
}

/** Times that the tool's own lateness is part of are told before they are read. */
function lateTool({ rows }: Scorecard, width: number): string[] {
  const check = rows.flatMap(row => row.checks).find(one => one.check === 'load-generator-on-time')
  if (!check?.limit || check.value === null || check.value <= check.limit.value) return []
  return wrap(
    `! the load generator was up to ${check.shown} late (more than ${check.limit.value} ms): times are in part this machine's`,
    width,
  )
}

/** What is no product is said before any result. */
function nonProductLines(scorecard: Scorecard, width: number): string[] {
  const mark = nonProduct(scorecard)
  return mark === null ? [] : wrap(`${mark.label}: ${mark.software.name}.`, width)
}

function notExercised(rows: readonly Row[]): string {
  return `○ not exercised: ${rows.map(row => row.title.toLowerCase()).join(', ')}`
}

function absentLines({ software }: Scorecard, width: number): string[] {
  const absent = software?.absent ?? []
  return absent.length === 0 ? [] : wrap(`○ out of reach here, and not judged: ${absent.join('; ')}`, width)
}

const WORST_FIRST: readonly Check['verdict'][] = [
  'fail',
  'inconclusive',
  'pass',
  'not-judged',
  'not-applicable',
]

/** A pass by all that was allowed says least: nothing had to be in sync again, and 60 s were given for it. */
const saysLittle = ({ value, limit }: Check): boolean =>
  value === 0 && limit?.is === 'atMost' && limit.value > 0

/** As many checks as fit into the lines, the worst first, then those that say most; the rest is counted. */
function checksInWords(row: Row, room: number, lines: number): string[] {
  const checks = row.checks
    .toSorted(
      (a, b) =>
        WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict) ||
        Number(saysLittle(a)) - Number(saysLittle(b)),
    )
    .map(checkInWords)
  const filled = ['']
  for (const [index, check] of checks.entries()) {
    const last = filled.length - 1
    const line = filled[last] === '' ? check : `${filled[last]} · ${check}`
    const rest = checks.length - index
    // Room for the count of what is left out must stay on the last line.
    const left = filled.length === lines && rest > 1 ? room - ` · +${rest - 1}`.length : room
    if (line.length <= left || filled[last] === '') filled[last] = clip(line, room)
    else if (filled.length < lines) filled.push(clip(check, room))
    else return [...filled.slice(0, last), `${filled[last]} · +${rest}`]
  }
  return filled
}

function checkInWords(check: Check): string {
  if (check.unit === '')
    return check.subject === null ? `${check.check}: ${check.shown}` : `${check.subject}: ${check.shown}`
  const limit = check.expected.replace('at most', '≤').replace('at least', '≥').replace('exactly', '=')
  const judged = check.verdict === 'not-judged' || check.verdict === 'not-applicable' ? '' : ` (${limit})`
  const words = `${nameWithoutUnit(check.check, check.unit)} ${check.shown}${judged}`
  return check.unit === 'records' ? words.replaceAll(/ records?\b/g, '') : words
}

/** Two lines at most: the page has all of it. */
function adviceLines(work: string, width: number): string[] {
  const [first = '', ...more] = wrap(work, width - 6)
  const second = more.length > 1 ? clip(more.join(' '), width - 6) : more[0]
  return [`    → ${first}`, ...(second === undefined ? [] : [`      ${second}`])]
}

function followUp(row: Row): string | null {
  const why = row.checks.find(check => check.verdict === row.verdict)?.why
  return row.verdict === 'inconclusive' ? (why ?? row.next) : row.next
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1)).trimEnd()}…`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}
