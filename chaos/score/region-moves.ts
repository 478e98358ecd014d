import { isRegionMove, REGION_MOVES, type RegionName } from '../core/regions.ts'
import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import type { Evidence } from './evidence.ts'
import {
  type AckedRecord,
  type ClusterLog,
  recoveryPoint,
  type RecoveryPoint,
  translate,
} from './region-audit.ts'
import type { ActionLife, RunTimeline } from './timeline.ts'

type Steps = RegionMeasurement['steps']
type Move = RegionMeasurement['moves'][number]
type Partitions = Move['partitions']

/** From its beginning on devices wait. */
const HOLD = 'hold'
const IS_OF_DEVICES = /^(devices|wave \d+)$/

export interface MovesOf {
  readonly journal: Evidence['journal']
  readonly timeline: RunTimeline
  readonly steps: Steps
  readonly acked: readonly AckedRecord[]
  /** With the fleet's names of topics. */
  readonly logs: Readonly<Record<RegionName, ClusterLog>>
  /** What region b has as that names topics: of what a mirror wrote, under the fleet's names. */
  readonly mirroredInB: (committed: readonly string[]) => {
    log: ClusterLog
    readonly named: (given: Places) => Places
  }
  readonly cut: RegionMeasurement['cut']
  /** Known, or not, as the evidence is whole. */
  readonly of: (value: number, selector: string, region: RegionName) => Measured
}

type Places = ReadonlyMap<string, number>

/** A move with what it missed, for whoever adds all of them up. */
export interface MeasuredMove {
  readonly move: Move
  readonly point: RecoveryPoint
}

/** Every time that devices and consumers went to the other region: what they lacked there, and from where they read. */
export function measureMoves(given: MovesOf): MeasuredMove[] {
  const { timeline, steps, acked, logs, of } = given
  const actions = timeline.actions.flatMap(action =>
    isRegionMove(action.kind) ? [{ ...action, to: REGION_MOVES[action.kind] }] : [],
  )
  return actions.map((action, index) => {
    const { to } = action
    const from = to === 'b' ? 'a' : 'b'
    const mine = steps.filter(({ id }) => id === action.id)
    const until = actions[index + 1]?.startedAt ?? Number.POSITIVE_INFINITY
    const hasLeft = from === 'a' || mine.some(({ step }) => IS_OF_DEVICES.test(step))
    const told = hasLeft ? acked.filter(({ at }) => at < until) : []
    const point = recoveryPoint(told, logs[to], from)
    const partitions = hasLeft ? partitionsOf(given, action.id, to) : []
    const sum = (pick: (one: Partitions[number]) => number) =>
      partitions.reduce((total, one) => total + pick(one), 0)
    const ofOffsets = (value: number, selector: string): Measured =>
      partitions.length === 0 ? notKnown('nobody looked at the offsets of a group') : of(value, selector, to)
    const { id, kind, startedAt, finishedAt, ok, line } = action
    const move: Move = {
      id,
      kind,
      from,
      to,
      startedAt,
      finishedAt,
      ok,
      line,
      hasLeft,
      lost: of(point.missing, `acknowledged by region ${from} and missing in region ${to}`, to),
      lostMs: of(point.ms, 'from the first missing acknowledgement to the newest', to),
      reread: ofOffsets(
        sum(({ reread }) => reread),
        `committed in region ${from}, at or after where the group began in region ${to}`,
      ),
      skipped: ofOffsets(
        sum(({ skipped }) => skipped),
        `not committed in region ${from}, before where the group began in region ${to}`,
      ),
      recoveryMs: recoveryOf(given, action, mine),
      partitions,
    }
    return { move, point }
  })
}

/** With a step that was not completed there is no recovery: it took longer than what was seen. */
function recoveryOf({ cut, timeline: { endsAt } }: MovesOf, action: ActionLife, mine: Steps): Measured {
  const last = mine.at(-1)
  const held = mine.find(({ step }) => step === HOLD)
  const isLoss = action.kind === 'fail-over'
  if (isLoss && !cut) return notKnown('region a was never cut off')
  const began = isLoss && cut ? cut.at : held ? held.at - held.tookMs : action.startedAt
  const proof = { file: 'journal.jsonl', selector: `line ${last?.line ?? action.line}`, value: action.ok }
  if (action.ok === true && last) return known(last.at - began, proof)
  const seen = Math.max(0, (endsAt ?? action.finishedAt ?? began) - began)
  return longerThan(
    seen,
    last ? `the step ${last.step} was not completed: ${last.proof}` : 'it was not completed',
    proof,
  )
}

/** By content, of the one look at a group's offsets that a move takes. */
function partitionsOf({ journal, logs, mirroredInB }: MovesOf, id: string, to: RegionName): Partitions {
  const group = journal.events.flatMap(({ event }) =>
    event.kind === 'region.step' && event.id === id && event.group ? [event.group] : [],
  )[0]
  if (!group) return []
  const committed = placesOf(group.committed)
  if (to === 'b') {
    const { log, named } = mirroredInB([...committed.keys()])
    return translate({
      committed,
      translated: named(placesOf(group.translated)),
      ends: named(placesOf(group.ends)),
      from: logs.a,
      to: log,
    })
  }
  return translate({
    committed,
    translated: placesOf(group.translated),
    ends: placesOf(group.ends),
    from: logs.b,
    to: logs.a,
    ...(group.starts && { starts: placesOf(group.starts) }),
    ...(group.done && { done: placesOf(group.done) }),
  })
}

const placesOf = (given: Readonly<Record<string, number>>): Places => new Map(Object.entries(given))

/** Of all moves together: every one counts, and nothing is known where one is not. null: there is none. */
export const sumOf = (moves: readonly MeasuredMove[], pick: (move: Move) => Measured): Measured | null =>
  combined(
    moves.filter(({ move }) => move.hasLeft),
    pick,
    values => values.reduce((sum, value) => sum + value, 0),
  )

/** The worst of all moves; one that was not completed is worse than each that was. null: there is none. */
export const mostOf = (moves: readonly MeasuredMove[], pick: (move: Move) => Measured): Measured | null =>
  combined(moves, pick, values => Math.max(...values))

function combined(
  moves: readonly MeasuredMove[],
  pick: (move: Move) => Measured,
  fold: (values: readonly number[]) => number,
): Measured | null {
  const all = moves.map(({ move }) => pick(move))
  const [first, ...others] = all
  if (first === undefined || others.length === 0) return first ?? null
  const open = all.find(({ value }) => value === null)
  if (open) return open
  return known(fold(all.flatMap(({ value }) => value ?? [])), ...all.flatMap(({ from }) => from))
}
