import { type Measured, notKnown, type Proof } from '../record/measured.ts'
import type { ReplayMeasurement } from '../record/measurements.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { type Judged, perReplay, readingOf } from './reading.ts'

/** `path` is where `pick` finds it, within the replay. */
const ofReplay =
  (
    pick: (replay: ReplayMeasurement) => Measured | undefined,
    path: string,
    before = 'it was measured before this was',
  ): NumberEntry['read'] =>
  (judged, about) =>
    perReplay(judged, about, replay => ({ measured: pick(replay) ?? notKnown(before), path }))

/** Of all records that the replay was given; those that could be either count as not cold. */
export function coldShare({ sources }: ReplayMeasurement): Measured {
  if (!sources) return notKnown('nothing in this run tells cold records from hot ones')
  const { coldRecords: cold, hotRecords: hot, eitherRecords: either } = sources
  if (cold.value === null) return cold
  const all = cold.value + (hot.value ?? 0) + (either.value ?? 0)
  if (all === 0) return notKnown('the replay read nothing')
  return { value: cold.value / all, why: null, from: cold.from }
}

const RANGES = 5

/** The longest ranges of offsets that a replay went beyond without having been given them. */
function goneOf({ measurements }: Judged, id: string | null): Proof[] {
  const at = measurements.replays.findIndex(replay => replay.id === id)
  const ranges = (measurements.replays[at]?.partitions ?? []).flatMap(({ partition, unread }, row) =>
    (unread ?? []).map(({ from, to }, range) => ({ partition, row, range, from, to })),
  )
  return ranges
    .toSorted((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, RANGES)
    .map(({ partition, row, range, from, to }) => ({
      file: 'measurements.json',
      selector: `/replays/${at}/partitions/${row}/unread/${range}`,
      value: `${partition}: ${to - from} offsets, ${from} to ${to - 1}`,
    }))
}

const ISOLATE = 'Isolate replay traffic: quotas, followers in the reader’s zone, or brokers of its own.'

/** What each replay of the history took, and what live traffic noticed of it. */
export const REPLAY_NUMBERS = {
  'replay-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'to read the whole history',
    unit: 's',
    better: 'less',
    of: 'replay',
    takenBy: 'replay',
    read: ofReplay(replay => replay.seconds, 'seconds'),
    isKey: true,
    column: 'replay-seconds',
    next: 'Shorten the replay target, or change partitioning so that more readers can share it.',
  },
  'replay-records': {
    dimension: 'oldest-offset-replay',
    what: 'records that the replay read',
    unit: 'records',
    better: 'neither',
    of: 'replay',
    read: ofReplay(replay => replay.records, 'records'),
    column: 'replay-records',
    noGate: 'how long the history is follows from the drill: replay-incomplete-records is judged',
  },
  'cold-share': {
    dimension: 'oldest-offset-replay',
    what: 'of the records read, those that came from the object store',
    unit: 'ratio',
    better: 'neither',
    of: 'replay',
    read: ofReplay(coldShare, 'sources/coldRecords'),
    noGate: 'replay-cold-records is judged, a count instead of a share',
  },
  'replay-longest-stall-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'the longest time in which the replay was given nothing',
    unit: 's',
    better: 'less',
    of: 'replay',
    takenBy: 'replay',
    read: ofReplay(
      replay => replay.longestStallSeconds,
      'longestStallSeconds',
      'it was measured before stalls were',
    ),
    next: 'Find what readers waited for after the store was back: time-outs of the tier’s client, its back-off, few threads that read.',
  },
  'replay-cold-records': {
    dimension: 'oldest-offset-replay',
    what: 'records of the replay that brokers read from the tier',
    unit: 'records',
    better: 'neither',
    of: 'replay',
    read: ofReplay(
      replay => replay.sources?.coldRecords,
      'sources/coldRecords',
      'it was measured before tiers were metered',
    ),
    next: 'Give closed segments time to reach the tier and to leave the brokers before the replay, or find why they do not.',
  },
  'replay-rate': {
    dimension: 'oldest-offset-replay',
    what: 'records read a second',
    unit: 'records/s',
    better: 'more',
    of: 'replay',
    takenBy: 'replay',
    read: ofReplay(replay => replay.recordsPerSecond, 'recordsPerSecond'),
    noGate: 'replay-seconds is judged: a target is a time',
  },
  'replay-bytes-rate': {
    dimension: 'oldest-offset-replay',
    what: 'bytes read a second',
    unit: 'bytes/s',
    better: 'more',
    of: 'replay',
    takenBy: 'replay',
    read: ofReplay(replay => replay.bytesPerSecond, 'bytesPerSecond'),
    noGate: 'replay-seconds is judged: a target is a time',
  },
  'replay-producer-p99-ratio': {
    dimension: 'oldest-offset-replay',
    what: 'producers’ p99 during the replay over before',
    unit: 'ratio',
    better: 'less',
    of: 'replay',
    read: ofReplay(replay => replay.producerP99Ratio, 'producerP99Ratio'),
    rests: ['histories'],
    isKey: true,
    column: 'producer-p99-ratio',
    next: ISOLATE,
  },
  'tail-lag-during-replay-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'the live dashboards’ lag during the replay',
    unit: 's',
    better: 'less',
    of: 'replay',
    read: ofReplay(replay => replay.tailLagSeconds, 'tailLagSeconds'),
    rests: ['consumers', 'wall-clock'],
    isKey: true,
    next: ISOLATE,
  },
  'replay-margin-records': {
    dimension: 'oldest-offset-replay',
    what: 'between the oldest available and the oldest required record',
    unit: 'records',
    better: 'more',
    of: 'replay',
    mayBeNegative: true,
    read: ofReplay(replay => replay.worstMargin, 'worstMargin'),
    rests: ['wall-clock'],
    next: 'Increase retention, or shorten the replay target.',
  },
  'replay-incomplete-records': {
    dimension: 'oldest-offset-replay',
    what: 'records that the replay should have read and did not',
    unit: 'records',
    better: 'less',
    of: 'replay',
    read: (judged, about) =>
      ofReplay(replay => replay.incompleteRecords, 'incompleteRecords')(judged, about).map(reading => ({
        ...reading,
        proof: [...reading.proof, ...goneOf(judged, reading.subject)],
      })),
    next: 'Increase retention, and read again from the oldest offset.',
  },
  'tier-upload-age-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'how long ago the oldest segment had been closed that was not in the tier yet, at worst',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ({ measurements }) => [
      readingOf(
        measurements.tierUploadAgeSeconds ?? notKnown('it was measured before uploads were watched'),
        null,
        '/tierUploadAgeSeconds',
      ),
    ],
    next: 'Find why uploads hang or lag: the brokers’ copier threads, the tier’s client, its time-outs; brokers’ disks grow meanwhile.',
  },
} satisfies Numbers
