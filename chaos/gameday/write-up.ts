import { formatSpan } from '../core/units.ts'
import { html, type Html } from '../page/html.ts'
import { renderPage, type Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import { chip, verdictSign, verdictWord } from '../page/verdict-chip.ts'
import type { Measurements } from '../record/measurements.ts'
import { isVerdict, type Scorecard } from '../record/scorecard.ts'
import type { DayRecord } from './day-record.ts'
import type { RecoveryOverDays } from './over-days.ts'
import { RUN_FOLDER } from './day-record.ts'

/** All that a write-up is made from: what was written before, and the run. Nothing of it is typed afterwards. */
export interface WriteUp {
  readonly record: DayRecord
  readonly scorecard: Scorecard
  readonly measurements: Pick<Measurements, 'faults'>
  readonly overDays: readonly RecoveryOverDays[]
}

const expectedLines = ({ record: { day }, scorecard }: WriteUp): string[] => [
  day.hypothesis,
  ...judged(scorecard).map(
    ({ what, subject, expected }) => `${what}${subject === null ? '' : ` (${subject})`}: ${expected}`,
  ),
]

const judged = ({ rows }: Scorecard) =>
  rows
    .flatMap(({ checks }) => checks)
    .filter(({ verdict, limit }) => limit !== undefined && isVerdict(verdict))

function happenedLines({ scorecard, record, measurements }: WriteUp): string[] {
  const faults = measurements.faults.map(({ id, summary }) => {
    const known = record.recovery.find(({ fault }) => fault === id)
    const back =
      known === undefined
        ? 'it was not injected'
        : known.sustainedMs === null
          ? 'when service was good again is not known'
          : `service was good again after ${formatSpan(known.sustainedMs)}`
    return `${id}: ${summary}; ${back}`
  })
  return [scorecard.secondOutage.sentence, ...faults]
}

function foundLines({ scorecard }: WriteUp): string[] {
  return scorecard.rows
    .flatMap(({ checks }) => checks)
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
    .map(
      ({ what, subject, shown, expected, verdict, why }) =>
        `${verdictWord(verdict)}: ${what}${subject === null ? '' : ` (${subject})`} is ${shown}, expected ${expected}${why === null ? '' : `; ${why}`}`,
    )
}

/** Whether what was written before came true: a verdict over all gates, which is not more than they ask. */
function conclusion({ record: { verdict } }: WriteUp): string {
  if (verdict === 'pass') return 'Every gate passed: nothing that was measured speaks against the hypothesis.'
  if (verdict === 'fail') return 'A gate failed: what was expected did not hold.'
  return 'No gate failed, and not all could be judged: the hypothesis is neither shown nor refuted.'
}

const NOTHING_FOUND = 'Nothing that a gate asks for was missing.'
const NO_FOLLOW_UPS = 'None: nothing failed, and nothing was left open.'

function evidenceLines({ record }: WriteUp): string[] {
  return [
    `run ${record.run} on ${record.platform}, in ${RUN_FOLDER}/`,
    `seal: ${record.seal}`,
    `check it with: aftershock verify ${RUN_FOLDER}`,
    `agreed as ${record.digest.slice(0, 16)}…${record.approvedBy === null ? ', without an approval' : `, approved by ${record.approvedBy}`}`,
  ]
}

const date = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

/** One list for both forms, so that they say the same. */
const PARTS: readonly (readonly [id: string, title: string, lines: (made: WriteUp) => readonly string[]])[] =
  [
    ['expected', 'What we expected', expectedLines],
    ['happened', 'What happened', happenedLines],
    ['found', 'What was found', made => orElse(foundLines(made), NOTHING_FOUND)],
    [
      'follow-ups',
      'Follow-ups',
      ({ record }) =>
        orElse(
          record.followUps.map(({ what, owner, because }) => `${owner}: ${what} (${because})`),
          NO_FOLLOW_UPS,
        ),
    ],
    [
      'over-days',
      'Recovery over game days',
      ({ overDays }) => overDays.map(({ fault, answer }) => `${fault}: ${answer}`),
    ],
    ['evidence', 'Evidence', evidenceLines],
  ]

const orElse = (lines: readonly string[], otherwise: string) => (lines.length > 0 ? lines : [otherwise])

/** For a wiki or a pull request. */
export function writeUpMarkdown(made: WriteUp): string {
  const { record } = made
  const parts = PARTS.map(([, title, lines]) => [title, lines(made)] as const).filter(
    ([, lines]) => lines.length > 0,
  )
  return [
    `# Game day ${escaped(record.day.id)}: ${escaped(made.scorecard.title)}`,
    '',
    `${verdictSign(record.verdict)} **${verdictWord(record.verdict)}** · ${date(record.ranAt)} · ${escaped(record.platform)} on ${escaped(record.day.environment)} · owner ${escaped(record.day.owner)}${record.day.takesPart.length > 0 ? `, with ${escaped(record.day.takesPart.join(', '))}` : ''} · expected cost ${record.day.expectedCostUsd.toFixed(2)} USD`,
    '',
    conclusion(made),
    ...parts.flatMap(([title, lines]) => ['', `## ${title}`, '', ...lines.map(line => `- ${escaped(line)}`)]),
    '',
  ].join('\n')
}

/** What somebody wrote in a file makes no heading, link or HTML of ours. */
const escaped = (text: string): string => text.replaceAll(/[\\`*_[\]<>#|]/g, character => `\\${character}`)

export function writeUpHtml(made: WriteUp): string {
  const { record, scorecard } = made
  const sections: Section<WriteUp>[] = PARTS.map(([id, title, lines]) => ({
    id,
    label: title,
    title,
    when: data => lines(data).length > 0,
    body: data =>
      id === 'follow-ups' && data.record.followUps.length > 0 ? followUpTable(data) : list(lines(data)),
  }))
  return renderPage({
    title: `Game day ${record.day.id}`,
    top: html`<header class="top v-${record.verdict}">
<p class="eyebrow">aftershock · game day ${record.day.id} · ${date(record.ranAt)}</p>
<h1>${scorecard.title}</h1>
<p class="judged">${chip(record.verdict)} ${conclusion(made)}</p>
<p>${record.platform} on ${record.day.environment}. Owner: ${record.day.owner}${record.day.takesPart.length > 0 && html`; with ${record.day.takesPart.join(', ')}`}. Expected cost: ${record.day.expectedCostUsd.toFixed(2)} USD.</p>
</header>`,
    sections,
    data: made,
    footer: `Made from ${record.run} and from what was agreed before it; nothing was typed afterwards.`,
  })
}

const list = (lines: readonly string[]): Html => html`<ul>${lines.map(line => html`<li>${line}</li>\n`)}</ul>`

function followUpTable({ record }: WriteUp): Html {
  return table({
    label: 'Follow-ups with their owners and reasons',
    rows: record.followUps,
    columns: [
      ['What', ({ what }) => what],
      ['Owner', ({ owner }) => owner],
      ['Because', ({ because }) => because],
    ],
  })
}
