import { count, list, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import type { GovernanceMeasurement } from '../record/governance-measurement.ts'
import type { ReportData } from './report-data.ts'

/** Who asked for a replay, who approved it, what brokers made of that, and what was read. */
export const approvalsSection: Section<ReportData> = {
  id: 'approvals',
  label: 'Approvals',
  title: 'Approvals: who asked, who agreed, and what the brokers enforced',
  when: ({ measurements }) => (measurements.governance ?? []).length > 0,
  body: ({ measurements }) => html`${(measurements.governance ?? []).map(renderOne)}`,
}

type Step = readonly [step: string, who: string, line: number | null]

function renderOne(one: GovernanceMeasurement): Html {
  return html`<h3>${one.id}: ${list(one.topics)}</h3>
<p class="lead">${sentence(one)}</p>
${table({
  label: `The approval of ${one.id}, step by step`,
  rows: steps(one),
  columns: [
    ['Step', ([step]) => step],
    ['Who, or what', ([, who]) => who],
    ['Line of the journal', ([, , line]) => (line === null ? 'none' : count(line)), 'n'],
  ],
})}
${table({
  label: `What brokers said to the principal that reads, for ${one.id}`,
  rows: topicsOf(one),
  columns: [
    ['Topic', topic => (one.topics.includes(topic) ? topic : `${topic} (not asked for)`)],
    ['Before the approval', topic => said(one.beforeApproval, topic)],
    ['With it', topic => said(one.granted, topic)],
    ['After it', topic => said(one.withdrawn, topic)],
  ],
})}
<p class="source">journal.jsonl → measurements.json /governance</p>`
}

function sentence({ ok, reason, records, unauthorised }: GovernanceMeasurement): string {
  const read =
    records === null ? 'Nothing is known of what was read' : `${plural(records, 'record')} were read`
  if (ok === true) return `${read}: all of the approved range.`
  const rest =
    unauthorised > 0 ? ` ${plural(unauthorised, 'offset')} are unread because brokers refused them.` : ''
  return `${read}, and not all of the range: ${reason ?? 'the journal does not say why'}.${rest}`
}

function steps(one: GovernanceMeasurement): Step[] {
  const letIn = one.admitted.length > 0 ? `; LET IN: ${list(one.admitted)}` : ''
  return [
    ['Asked for', one.requester ?? 'not known', one.line],
    ['Refused, as it should be', `${list(one.refused) || 'none tried'}${letIn}`, null],
    ['Approved', list(one.approvers) || 'nobody', null],
    ['Right to read made', one.grantLine === null ? 'never' : 'by the approval', one.grantLine],
    [
      'Right to read taken away',
      one.remains ?? (one.removedLine === null ? 'not known' : 'with its end'),
      one.removedLine,
    ],
  ]
}

const topicsOf = ({ topics, beforeApproval, granted, withdrawn }: GovernanceMeasurement): string[] => {
  const asked = [beforeApproval, granted, withdrawn].flatMap(one => Object.keys(one?.outside ?? {}))
  return [...new Set([...topics, ...asked])]
}

function said(asked: GovernanceMeasurement['granted'], topic: string): string {
  if (asked === null) return 'not asked'
  const answer = asked.inScope[topic] ?? asked.outside[topic]
  return answer === undefined ? 'not asked' : answer === 'silent' ? 'no answer' : answer
}
