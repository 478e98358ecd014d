import { clockTime, count, list, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import type { ApprovalStep, GovernanceMeasurement } from '../record/governance-measurement.ts'
import type { ReportData } from './report-data.ts'

/** Who asked for a replay, who approved it, what brokers made of that, and what was read. */
export const approvalsSection: Section<ReportData> = {
  id: 'approvals',
  label: 'Approvals',
  title: 'Approvals: who asked, who agreed, and what the brokers enforced',
  when: ({ measurements }) => (measurements.governance ?? []).length > 0,
  body: ({ measurements, zero }) => html`${(measurements.governance ?? []).map(one => renderOne(one, zero))}`,
}

type Step = Omit<ApprovalStep, 't' | 'line'> & { readonly t?: number; readonly line: number | null }

function renderOne(one: GovernanceMeasurement, zero: number): Html {
  return html`<h3>${one.id}: ${list(one.topics)}</h3>
<p class="lead">${sentence(one)}</p>
${table({
  label: `The approval of ${one.id}, step by step`,
  rows: one.chain ?? steps(one),
  columns: [
    ['Step', ({ step, ...at }: Step) => html`${step}<small>${whenAndWhere(at, zero)}</small>`],
    ['Who, and what', ({ who, what }) => (who === null ? what : html`<b>${who}</b>: ${what}`)],
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
${
  one.touched &&
  table({
    label: 'Who answers for each topic that the run touches',
    rows: one.touched,
    columns: [
      ['Topic', ({ topic }) => topic],
      ['Written by', ({ writtenBy }) => writtenBy],
      ['Terms', ({ terms }) => terms],
      ['Owner', ({ owner }) => owner ?? 'whoever runs it'],
    ],
  })
}
<p class="source">journal.jsonl${one.touched && ', run.json'} → measurements.json /governance</p>`
}

function whenAndWhere({ t, line }: Pick<Step, 't' | 'line'>, zero: number): string {
  const where = line === null ? 'no line of the journal' : `line ${count(line)} of the journal`
  return t === undefined ? where : `${clockTime(t - zero)}, ${where}`
}

function sentence({ ok, reason, records, unauthorised }: GovernanceMeasurement): string {
  const read =
    records === null ? 'Nothing is known of what was read' : `${plural(records, 'record')} were read`
  if (ok === true) return `${read}: all of the approved range.`
  const rest =
    unauthorised > 0 ? ` ${plural(unauthorised, 'offset')} are unread because brokers refused them.` : ''
  return `${read}, and not all of the range: ${reason ?? 'the journal does not say why'}.${rest}`
}

/** Of measurements that do not have the chain itself. */
function steps(one: GovernanceMeasurement): Step[] {
  const letIn = one.admitted.length > 0 ? `; LET IN: ${list(one.admitted)}` : ''
  const [made, removed] = [one.grantLine, one.removedLine]
  return [
    { step: 'Asked for', who: one.requester, what: list(one.topics), line: null },
    {
      step: 'Refused, as it should be',
      who: null,
      what: `${list(one.refused) || 'none tried'}${letIn}`,
      line: null,
    },
    { step: 'Approved', who: null, what: list(one.approvers) || 'by nobody', line: null },
    { step: 'Right to read made', who: null, what: made === null ? 'never' : 'by the approval', line: made },
    {
      step: 'Right to read taken away',
      who: null,
      what: one.remains ?? (removed === null ? 'not known' : 'with its end'),
      line: removed,
    },
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
