import { list, plural } from '../core/numbers.ts'
import type { Measurements, ReplayMeasurement } from '../record/measurements.ts'
import type { GateFile } from '../record/run-header.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'

export const WHOLE_REPLAY = 'oldest-offset-replay'
const WINDOWED_REPLAY = 'windowed-replay'

/** The row that it exercises: who reads a part has not shown that all can be read. */
export const rowOfReplay = ({ what }: Pick<ReplayMeasurement, 'what'>): string =>
  (what ?? null) === null ? WHOLE_REPLAY : WINDOWED_REPLAY

/**
 * Of each replay that said what it had before it: whether retention took some of that first, and whether it read what was
 * stored, unless a gate of the drill asks that. By their rows.
 */
export function replayChecks(
  { replays }: Measurements,
  gates: readonly GateFile[],
): ReadonlyMap<string, readonly Check[]> {
  const rows = new Map<string, Check[]>()
  for (const [index, replay] of replays.entries()) {
    if (!replay.stated) continue
    const row = rowOfReplay(replay)
    const isGated = gates.some(
      ({ gate, of }) => gate === INCOMPLETE && (of === undefined || of === replay.id),
    )
    const own = [notOvertaken(replay, index), ...(isGated ? [] : readWhole(replay, index))]
    rows.set(row, [...(rows.get(row) ?? []), ...own])
  }
  return rows
}

const INCOMPLETE: GateFile['gate'] = 'replay-incomplete-records'

/** That it came to its end is its own word. Of one that did not, `not-overtaken` says so. */
function readWhole(
  { id, ok, incompleteRecords: { value, why, from } }: ReplayMeasurement,
  index: number,
): Check[] {
  if (ok !== true) return []
  return [
    {
      ...CHECK_BASE,
      check: 'read-whole',
      subject: id,
      what: 'records that were there when it began and that it did not read, by content',
      expected: 'none',
      value,
      shown: value === null ? 'not known' : value === 0 ? 'none' : plural(value, 'record'),
      verdict: value === null ? 'inconclusive' : value === 0 ? 'pass' : 'fail',
      why,
      proof: [{ file: 'measurements.json', selector: `/replays/${index}/incompleteRecords`, value }, ...from],
    },
  ]
}

interface Gone {
  readonly partition: string
  readonly from: number
  readonly to: number
  readonly before: boolean
}

function goneIn({ partitions }: ReplayMeasurement): Gone[] {
  return partitions.flatMap(({ partition, gone, unread }) => [
    ...(gone ? [{ partition, ...gone, before: true }] : []),
    ...(unread ?? []).map(range => ({ partition, ...range, before: false })),
  ])
}

const rangeWords = ({ partition, from, to, before }: Gone): string =>
  `${partition} from ${from} to ${to - 1}${before ? ' before it began' : ''}`

/** What a reader that was stopped would have found nobody knows: that it was stopped is judged by others. */
function notOvertaken(replay: ReplayMeasurement, index: number): Check {
  const gone = goneIn(replay)
  const offsets = gone.reduce((sum, { from, to }) => sum + to - from, 0)
  const came = replay.ok === true
  return {
    ...CHECK_BASE,
    check: 'not-overtaken',
    subject: replay.id,
    what: 'offsets of the replay that were deleted before it came to them',
    expected: 'none: retention does not reach the reader',
    value: gone.length > 0 || came ? offsets : null,
    shown: gone.length > 0 ? plural(offsets, 'offset') : came ? 'none' : 'it did not come to its end',
    verdict: gone.length > 0 ? 'fail' : came ? 'pass' : 'not-judged',
    why: gone.length > 0 ? list(gone.map(rangeWords)) : came ? null : 'it did not come to its end',
    proof: [{ file: 'measurements.json', selector: `/replays/${index}/partitions`, value: offsets }],
  }
}
