import { z } from 'zod'
import type { JournalLine } from '../record/journal-events.ts'
import { topicsOfRun, withoutTerms } from '../platforms/topics-of-run.ts'
import type { GovernanceMeasurement } from '../record/governance-measurement.ts'
import { approvalChain } from './approval-chain.ts'
import type { Evidence } from './evidence.ts'
import { replayResult } from './replay-result.ts'
import { storedFor } from './stored-replay.ts'
import type { ActionLife, RunTimeline } from './timeline.ts'

const range = z.looseObject({ unauthorised: z.object({ from: z.number(), to: z.number() }).optional() })
const refusedRanges = z.looseObject({ partitions: z.record(z.string(), range).catch({}) })

type Event<K extends JournalLine['kind']> = Extract<JournalLine, { kind: K }>

/** Every replay that needed an approval, as the journal tells it; nothing where there was none. */
export function measureGovernance(
  evidence: Evidence,
  { actions }: RunTimeline,
): { readonly governance?: GovernanceMeasurement[] } {
  const governed = actions.filter(({ kind }) => kind === 'governed-replay')
  if (governed.length === 0) return {}
  return {
    governance: governed.map((action, index) => measureOne(evidence, action, index === governed.length - 1)),
  }
}

type Coverage = Pick<GovernanceMeasurement, 'uncovered' | 'touched'>

/** A contract of before there were derived topics could not name them: there the replay's own are looked at. */
function coverage(drill: Evidence['header']['drill'], topics: readonly string[]): Coverage {
  const { contract } = drill
  const ofScope = topics.filter(topic => !contract.topics[topic])
  const touched = topicsOfRun(drill)
  const open = withoutTerms(touched).map(({ topic }) => topic)
  if (!contract.derivedTopics && open.length > 0) return { uncovered: ofScope }
  return {
    uncovered: [...new Set([...ofScope, ...open])],
    touched: touched.map(({ topic, writtenBy, terms, rule }) => ({
      topic,
      writtenBy,
      terms: rule ?? (terms === null ? 'none' : terms.like === topic ? 'its own' : `those of ${terms.like}`),
      owner: terms?.owner ?? null,
    })),
  }
}

function measureOne(
  { journal, header }: Evidence,
  action: ActionLife,
  isLast: boolean,
): GovernanceMeasurement {
  const { id } = action
  const linesOf = <K extends JournalLine['kind']>(kind: K) =>
    journal.events.flatMap(({ event, line }) =>
      event.kind === kind && 'id' in event && event.id === id ? [{ event: event as Event<K>, line }] : [],
    )
  const request = linesOf('replay.requested')[0]?.event
  const asked = (when: Event<'access.asked'>['when']) => {
    const found = linesOf('access.asked').findLast(({ event }) => event.when === when)
    return (
      found && { inScope: { ...found.event.inScope }, outside: { ...found.event.outside }, line: found.line }
    )
  }
  const topics = [...(request?.scope.topics ?? [])]
  const removed = linesOf('grant.removed').at(-1)
  const remains = linesOf('grant.remains').findLast(({ line }) => line > (removed?.line ?? 0))
  const result = replayResult.safeParse(action.result).data
  const rows = Object.entries(result?.partitions ?? {})
  const { sha256: stored } = storedFor(
    journal.events.map(({ event }) => event),
    id,
    isLast,
  )
  const unauthorised = Object.values(refusedRanges.safeParse(action.result).data?.partitions ?? {})
  return {
    id,
    topics,
    ...coverage(header.drill, topics),
    requester: request?.requester ?? null,
    approvers: linesOf('replay.approved').map(({ event }) => event.approver),
    chain: approvalChain(journal.events, id),
    beforeApproval: asked('before-approval') ?? null,
    granted: asked('granted') ?? null,
    withdrawn: asked('withdrawn') ?? null,
    refused: linesOf('replay.refused').flatMap(({ event }) => (event.rehearsed ? [event.refusal] : [])),
    admitted: linesOf('replay.admitted').map(({ event }) => event.meant),
    grantLine: linesOf('grant.made')[0]?.line ?? null,
    removedLine: removed?.line ?? null,
    remains: remains?.event.reason ?? null,
    ok: action.ok,
    reason: result?.reason ?? result?.error ?? null,
    neverBegan: result?.error !== undefined && result.error !== null && rows.length === 0,
    revoked: linesOf('grant.removed').length > 1,
    records: result?.records ?? null,
    partitions: rows.length,
    equal: rows.filter(([name, { sha256 }]) => sha256 !== null && sha256 === stored[name]).length,
    beyondScope: rows.map(([name]) => name).filter(name => !topics.includes(name.replace(/\/\d+$/, ''))),
    unauthorised: unauthorised.reduce(
      (sum, one) => sum + (one.unauthorised ? one.unauthorised.to - one.unauthorised.from : 0),
      0,
    ),
    line: action.line,
  }
}
