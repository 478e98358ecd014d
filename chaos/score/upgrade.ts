import { isReleaseMove } from '../core/upgrade.ts'
import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { UpgradeMeasurement, UpgradeStep } from '../record/upgrade-measurement.ts'
import { leaderMoves } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { flowsWithin } from './link-bytes.ts'
import { troubleOfRecords, upgradeRecords } from './upgrade-records.ts'
import type { RunTimeline, Span } from './timeline.ts'
import { type OutageIndex, unavailableMs } from './unavailability.ts'
import type { UpgradeHistories } from './upgrade-histories.ts'

interface UpgradeContext {
  readonly timeline: RunTimeline
  readonly outages: OutageIndex
  readonly histories: UpgradeHistories
  readonly to: string
}

type Action = UpgradeMeasurement['actions'][number]
type StepAsTaken = Omit<
  UpgradeStep,
  'span' | 'unavailable' | 'worstPartition' | 'lost' | 'repeated' | 'leaderMoves' | 'replicationBytes'
>

const PLACE = '/upgrade/steps'

/** What each step cost: what was lost, stored again and without service in its span, held against what devices were told. */
export function measureUpgrade(
  evidence: Evidence,
  { timeline, outages, histories, to }: UpgradeContext,
): UpgradeMeasurement {
  const taken = stepsOf(evidence)
  const actions = timeline.actions.flatMap(action =>
    isReleaseMove(action.kind) ? [{ ...action, kind: action.kind }] : [],
  )
  const spans = taken.map((step, index) => spanOf(step, taken[index + 1], timeline))
  const trouble = troubleOfRecords(evidence, histories)
  const found = upgradeRecords(histories, spans)
  const count = (value: number, selector: string): Measured =>
    trouble === null ? known(value, { file: histories.stored.file, selector, value }) : notKnown(trouble)
  const steps = taken.map((step, index): UpgradeStep => {
    const span = spans[index] as Span
    const { ms, partition } = worstOf(outages, span)
    const proof = { file: 'measurements.json', selector: '/outages', value: partition ?? 'none' }
    return {
      ...step,
      span,
      unavailable: outages.size === 0 ? notKnown('no client wrote anything') : known(ms, proof),
      worstPartition: partition,
      lost: count(found.lost.bySpan[index] ?? 0, 'acknowledged, and not there'),
      repeated: count(found.repeated.bySpan[index] ?? 0, 'copies beyond the first'),
      leaderMoves: leaderMoves(evidence.cluster, span).moves,
      replicationBytes: replicationBytes(evidence, span),
    }
  })
  const measured = actions.map(action => actionOf(evidence, action, steps, timeline))
  return {
    from: evidence.header.software?.version ?? evidence.header.versions['kafka'] ?? null,
    to,
    actions: measured,
    steps,
    lost: count(found.lost.total, 'acknowledged, and not there'),
    repeated: count(found.repeated.total, 'copies beyond the first'),
    unavailable: worstStep(steps),
    step: longestStep(steps),
    action: longestAction(measured),
    examples:
      trouble === null ? { lost: found.lost.examples, repeated: found.repeated.examples } : NO_EXAMPLES,
  }
}

const NO_EXAMPLES = { lost: [], repeated: [] }
const NO_STEP = 'no step of an upgrade is in the journal'

function stepsOf({ journal }: Evidence): StepAsTaken[] {
  return journal.events.flatMap(({ event, line }) => {
    if (event.kind !== 'release.step') return []
    const { id, step, node = null, to, owner, ok, t: at, tookMs, parts = null, seen = [], proof } = event
    const last = seen.at(-1)
    return [
      {
        id,
        step,
        node,
        to,
        owner,
        ok,
        at,
        tookMs,
        parts: parts && { ...parts },
        release: last?.release ?? null,
        supports: last?.supports ?? null,
        finalized: last?.finalized ?? null,
        proof,
        line,
      },
    ]
  })
}

/** What follows a step until the next thing is done belongs to it: a broker that is back may be missed for a while. */
function spanOf({ at, tookMs }: StepAsTaken, next: StepAsTaken | undefined, timeline: RunTimeline): Span {
  const ends = [
    ...timeline.actions.map(({ startedAt }) => startedAt),
    ...timeline.faults.flatMap(({ intendedAt }) => intendedAt ?? []),
    ...(next ? [next.at - next.tookMs] : []),
    ...(timeline.endsAt === null ? [] : [timeline.endsAt]),
  ].filter(t => t >= at)
  return { fromMs: at - tookMs, toMs: ends.length === 0 ? at : Math.min(...ends) }
}

function worstOf(
  outages: OutageIndex,
  span: Span,
): { readonly ms: number; readonly partition: string | null } {
  const [worst] = [...outages.keys()]
    .map(partition => ({ partition, ms: unavailableMs(outages, partition, null, span) }))
    .toSorted((a, b) => b.ms - a.ms)
  return worst && worst.ms > 0 ? worst : { ms: 0, partition: null }
}

function replicationBytes({ links }: Evidence, span: Span): number | null {
  const moved = flowsWithin(links, span)
    .filter(({ link }) => link.endsWith(':replication'))
    .flatMap(({ toNode, back }) => [toNode, back])
  if (moved.length === 0 || moved.includes(null)) return null
  return moved.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

/** One that was not completed took longer than was seen; one that says so without showing each broker is not shown. */
function actionOf(
  { header }: Evidence,
  { id, kind, startedAt, finishedAt, ok, line }: RunTimeline['actions'][number],
  steps: readonly UpgradeStep[],
  { endsAt }: RunTimeline,
): Action {
  const mine = steps.filter(step => step.id === id)
  const shown = new Set(
    mine.flatMap(({ node, ok: isDone, release, to }) =>
      node !== null && isDone && release === to ? [node] : [],
    ),
  )
  const proof = { file: 'journal.jsonl', selector: `line ${line}`, value: ok }
  const failed = mine.find(step => !step.ok)
  // Whoever came too early waited for the one before.
  const began = mine[0] ? mine[0].at - mine[0].tookMs : startedAt
  return {
    id,
    kind,
    startedAt,
    finishedAt,
    ok,
    line,
    took:
      ok === true && finishedAt !== null
        ? known(finishedAt - began, proof)
        : longerThan(
            Math.max(0, (finishedAt ?? endsAt ?? began) - began),
            failed ? `the step ${failed.step} was not completed: ${failed.proof}` : 'it was not completed',
            proof,
          ),
    unseen: kind === 'finalize' ? [] : header.nodes.map(node => node.id).filter(node => !shown.has(node)),
  }
}

function worstStep(steps: readonly UpgradeStep[]): Measured {
  const index = indexOfMost(steps, ({ unavailable }) => unavailable.value ?? 0)
  const worst = steps[index]
  if (!worst) return notKnown(NO_STEP)
  const { value, why } = worst.unavailable
  const proof = { file: 'measurements.json', selector: `${PLACE}/${index}`, value: worst.step }
  return value === null ? notKnown(why ?? 'not measured', proof) : known(value, proof)
}

function longestStep(steps: readonly UpgradeStep[]): Measured {
  const index = indexOfMost(steps, ({ tookMs }) => tookMs)
  const longest = steps[index]
  if (!longest) return notKnown(NO_STEP)
  const { step, ok, tookMs, line } = longest
  const proof = { file: 'journal.jsonl', selector: `line ${line}`, value: step }
  return ok ? known(tookMs, proof) : longerThan(tookMs, `the step ${step} was not completed`, proof)
}

function longestAction(actions: readonly Action[]): Measured {
  const open = actions.find(({ took }) => took.value === null)
  if (open) return open.took
  const longest = actions[indexOfMost(actions, ({ took }) => took.value ?? 0)]
  return longest?.took ?? notKnown('no upgrade is in the journal')
}

/** -1 where there is none. */
export function indexOfMost<T>(all: readonly T[], sizeOf: (one: T) => number): number {
  return all.reduce((most, one, index) => {
    const before = all[most]
    return before === undefined || sizeOf(one) > sizeOf(before) ? index : most
  }, -1)
}
