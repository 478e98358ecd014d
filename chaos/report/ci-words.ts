import type { Check, Scorecard } from '../record/scorecard.ts'
import { isVerdict } from '../record/scorecard.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import { decidingChecks } from './deciding.ts'
import { softwareKey } from './software-words.ts'

/** What a pipeline needs beside the scorecard. */
export interface CiContext {
  /** How it is run again: `Repeat it (…): aftershock run --from …`. */
  readonly repeat: string
  /** Where the report is. */
  readonly report: string
}

/** Pure, for a log: one line for the verdict, one for each judged check, one that repeats the run. */
export function ciLines(scorecard: Scorecard, { repeat, report }: CiContext): string {
  const judged = scorecard.rows.flatMap(({ checks }) => checks).filter(({ verdict }) => isVerdict(verdict))
  return [
    `${verdictWord(scorecard.verdict).toUpperCase()} ${scorecard.drill} on ${softwareKey(scorecard)}: ${scorecard.secondOutage.sentence}`,
    ...judged.map(
      check =>
        `${verdictWord(check.verdict)} ${nameOf(check)}: ${check.shown} (${check.expected})${check.why === null ? '' : `: ${check.why}`}`,
    ),
    `report: ${report}`,
    repeat,
    '',
  ].join('\n')
}

/** Pure: GitHub’s workflow commands, which it shows beside the run: an error for each check that decided against it. */
export function githubAnnotations(scorecard: Scorecard): string {
  const level = scorecard.verdict === 'fail' ? 'error' : 'warning'
  return decidingChecks(scorecard)
    .map(({ name, measured, allowed, why }) => {
      const words = `${measured}, allowed ${allowed}${why === null ? '' : `: ${why}`}`
      return `::${level} title=${property(`${scorecard.drill}: ${name}`)}::${escaped(words)}\n`
    })
    .join('')
}

/** Pure: GitHub-flavoured Markdown for the summary of a step. */
export function stepSummary(scorecard: Scorecard, { repeat, report }: CiContext): string {
  const rows = scorecard.rows.filter(({ verdict }) => verdict !== 'not-exercised')
  const not = scorecard.rows.filter(({ verdict }) => verdict === 'not-exercised')
  const deciding = decidingChecks(scorecard)
  return [
    `## ${verdictSign(scorecard.verdict)} ${verdictWord(scorecard.verdict)}: ${markdown(scorecard.drill)} on ${markdown(softwareKey(scorecard))}`,
    '',
    markdown(scorecard.secondOutage.sentence),
    '',
    ...deciding.map(
      ({ name, measured, allowed, why }) =>
        `- **${markdown(name)}**: ${markdown(measured)}, allowed ${markdown(allowed)}${why === null ? '' : ` (${markdown(why)})`}`,
    ),
    ...(deciding.length > 0 ? [''] : []),
    '| row | verdict |',
    '|---|---|',
    ...rows.map(
      ({ title, verdict }) => `| ${markdown(title)} | ${verdictSign(verdict)} ${verdictWord(verdict)} |`,
    ),
    '',
    ...(not.length > 0 ? [`Not exercised: ${markdown(not.map(({ title }) => title).join(', '))}.`, ''] : []),
    `Report: \`${report}\``,
    '',
    markdownWithCommand(repeat),
    '',
  ].join('\n')
}

const nameOf = ({ check, subject }: Check): string => (subject === null ? check : `${check} of ${subject}`)

/** What Markdown or a table would take for its own, as it is meant. */
const markdown = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>|#]/g, '\\$&').replaceAll('\n', ' ')

/** The command stays as it is to be pasted. */
function markdownWithCommand(sentence: string): string {
  const [, before = '', command = ''] = /^(.*?): (aftershock .*)$/.exec(sentence) ?? []
  return command === '' ? markdown(sentence) : `${markdown(before)}: \`${command}\``
}

const escaped = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
