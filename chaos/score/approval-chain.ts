import { list, plural } from '../core/numbers.ts'
import type { ApprovalStep } from '../record/governance-measurement.ts'
import type { JournalLine } from '../record/journal-events.ts'

type Step = Omit<ApprovalStep, 't' | 'line'>
interface Placed {
  readonly event: JournalLine
  readonly line: number
}

/** One approval step by step, in the order of the journal; refusals that were rehearsed in a row are one step. */
export function approvalChain(events: readonly Placed[], id: string): ApprovalStep[] {
  const chain: ApprovalStep[] = []
  let rehearsed: string[] = []
  for (const { event, line } of events) {
    if (!('id' in event) || event.id !== id) continue
    if (event.kind === 'replay.refused' && event.rehearsed) {
      rehearsed.push(event.refusal)
      const what = `${plural(rehearsed.length, 'way')} to be refused: ${list(rehearsed)}`
      if (rehearsed.length > 1) chain.pop()
      chain.push({ step: 'Refused, as it should be', who: null, what, t: event.t, line })
      continue
    }
    const step = stepOf(event)
    if (step === null) continue
    rehearsed = []
    chain.push({ ...step, t: event.t, line })
  }
  return chain
}

function stepOf(event: JournalLine): Step | null {
  switch (event.kind) {
    case 'replay.requested': {
      const what = `${list(event.scope.topics)}, to be read by ${event.principal}: ${event.reason}`
      return { step: 'Asked for', who: event.requester, what }
    }
    case 'replay.admitted':
      return { step: 'LET IN', who: null, what: `what was to be refused: ${event.meant}` }
    case 'replay.refused':
      return { step: 'Refused', who: null, what: event.message }
    case 'replay.approved': {
      const what = `${list(event.scope.topics)}, until ${event.expiresAt.slice(0, 16).replace('T', ' ')} UTC`
      return { step: 'Approved', who: event.approver, what }
    }
    case 'grant.made': {
      const rules =
        event.rules === null ? 'no broker says by which rules' : plural(event.rules.length, 'rule')
      return { step: 'Right to read made', who: null, what: rules }
    }
    case 'replay.stated': {
      const what =
        event.records === null
          ? 'no broker says how much there is'
          : `${plural(event.records, 'offset')} are there; the end is taken a moment later, while devices write`
      return { step: 'Reading begins', who: null, what }
    }
    case 'replay.stopped':
      return { step: 'Stopped', who: null, what: event.why }
    case 'grant.removed': {
      const what = event.by === 'run' ? 'by the run' : 'by whoever healed the run'
      return { step: 'Right to read taken away', who: null, what }
    }
    case 'grant.remains':
      return { step: 'Right to read NOT taken away', who: null, what: event.reason }
    default:
      return null
  }
}
