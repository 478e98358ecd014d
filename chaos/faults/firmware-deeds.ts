import type { FirmwareDeeds, StoredReading } from '../core/firmware.ts'
import type { Observation } from '../core/observation.ts'
import { formatDuration } from '../core/units.ts'
import type { Moment } from './fault.ts'

/** What a consumer was given within one look, or on average within one of several. */
export type DeedReading = StoredReading

type Name = keyof FirmwareDeeds

/** How one thing that wrong firmware does is seen in what brokers have stored. */
interface Deed {
  words(does: FirmwareDeeds): string
  /** Why it could not be distinguished from what was so before. */
  doubt(before: DeedReading, does: FirmwareDeeds): string | null
  isSeen(now: DeedReading, before: DeedReading, does: FirmwareDeeds, devices: number): boolean
  isGone(now: DeedReading, before: DeedReading, does: FirmwareDeeds): boolean
  observe(
    now: DeedReading,
    before: DeedReading,
    does: FirmwareDeeds,
    of: { readonly when: Moment; readonly devices: number },
  ): Observation
}

/** So many records of a look must be expected to have it: of fewer, chance may leave none. */
const FEWEST = 5
/** A clock whose records say less than that is right: a record may wait before it is sent. */
const RIGHT_MS = 30_000
/** A clock that has lost its time is before 1980. */
const DEAD_MS = 10 * 365 * 86_400_000
const SINCE_1970_MS = 50 * 365 * 86_400_000

const expected = (share: number, { records }: DeedReading) => share * records

/** By chance `share` of the records of a look have it, or none did before. */
function counted(
  count: 'malformed' | 'repeated' | 'version2',
  share: (does: FirmwareDeeds) => number,
  what: string,
): Pick<Deed, 'doubt' | 'isSeen' | 'isGone' | 'observe'> {
  return {
    doubt(before, does) {
      if (before[count] > 0) return `${before[count]} ${what} within one look before anything was done`
      const due = expected(share(does), before)
      return due >= FEWEST
        ? null
        : `one look would have ${due.toFixed(1)} ${what}, and takes ${FEWEST}: a larger share of devices or records would show it`
    },
    // Less than half of what is due would be another share.
    isSeen: (now, before, does) =>
      before[count] === 0 && now[count] > 0 && now[count] >= expected(share(does), before) / 2,
    isGone: now => now[count] === 0,
    observe: (now, before, does, { when }) => ({
      what,
      value: now[count],
      ...(when === 'during' && { limit: `at least ${Math.ceil(expected(share(does), before) / 2)}` }),
      ...(when === 'after' && { limit: 'none' }),
    }),
  }
}

/** By how much these devices send more than before, where all others send as before: load and catching up take both along. */
function timesOf(now: DeedReading, before: DeedReading): number {
  const others = before.othersRecords > 0 ? now.othersRecords / before.othersRecords : 1
  return before.records > 0 && others > 0 ? now.records / before.records / others : 0
}
const floodFloor = (flood: number) => (1 + flood) / 2

const isRight = ({ aheadMs }: DeedReading): boolean =>
  aheadMs !== null && Math.max(-aheadMs.least, aheadMs.most) <= RIGHT_MS

const clockWords = (clock: NonNullable<FirmwareDeeds['clock']>) =>
  clock === 'dead'
    ? 'a clock that counts from 1970'
    : `a clock ${formatDuration(Math.abs(clock))} ${clock > 0 ? 'ahead' : 'behind'}`

export const DEEDS: { readonly [K in Name]-?: Deed } = {
  clock: {
    words: ({ clock }) => (clock === undefined ? '' : clockWords(clock)),
    doubt(before) {
      if (before.aheadMs === null) return 'no record of theirs said when it was made'
      return isRight(before) ? null : 'their clocks were wrong before'
    },
    isSeen({ aheadMs }, before, { clock }) {
      if (aheadMs === null || clock === undefined || !isRight(before)) return false
      if (clock === 'dead') return aheadMs.most < -(SINCE_1970_MS - DEAD_MS)
      const slack = Math.abs(clock) / 2
      return Math.abs(aheadMs.least - clock) <= slack && Math.abs(aheadMs.most - clock) <= slack
    },
    isGone: isRight,
    observe: ({ aheadMs }, _before, { clock }, { when }) => ({
      what: 'how far ahead of the time of sending their records say that they were made',
      value: aheadMs === null ? 'nothing' : `${aheadMs.least} to ${aheadMs.most}`,
      unit: 'ms',
      ...(when === 'during' && {
        limit: clock === 'dead' ? 'before 1980' : `${clock ?? 0} ± ${Math.abs(clock ?? 0) / 2} ms`,
      }),
      ...(when === 'after' && { limit: `at most ${RIGHT_MS} ms` }),
    }),
  },
  restartsSequence: {
    words: () => 'a sequence that restarts',
    doubt: ({ restarted }) => (restarted > 0 ? `the sequences of ${restarted} had restarted before` : null),
    isSeen: ({ restarted }, before, _does, devices) => before.restarted === 0 && restarted * 2 >= devices,
    isGone: ({ restarted }) => restarted === 0,
    observe: ({ restarted }, _before, _does, { when, devices }) => ({
      what: 'devices that have given an id of their epoch to another record',
      value: restarted,
      ...(when === 'during' && { limit: `at least ${Math.ceil(devices / 2)}` }),
      ...(when === 'after' && { limit: 'none' }),
    }),
  },
  repeats: {
    words: ({ repeats = 0 }) => `${percent(repeats)} published twice`,
    ...counted('repeated', ({ repeats = 0 }) => repeats, 'records stored again under their id'),
  },
  malformed: {
    words: ({ malformed = 0 }) => `${percent(malformed)} malformed`,
    ...counted('malformed', ({ malformed = 0 }) => malformed, 'records of theirs that are none'),
  },
  version2: {
    words: () => 'records of a version that no consumer reads',
    ...counted('version2', () => 1, 'records of theirs of the next version'),
  },
  flood: {
    words: ({ flood = 1 }) => `${flood} times as many records`,
    doubt: ({ records }) =>
      records >= FEWEST ? null : `they sent ${records.toFixed(1)} records within one look`,
    isSeen: (now, before, { flood = 1 }) => timesOf(now, before) >= floodFloor(flood),
    isGone: (now, before, { flood = 1 }) => timesOf(now, before) < floodFloor(flood),
    observe: (now, before, { flood = 1 }, { when }) => ({
      what: 'times as many records as before, where other devices send one',
      value: Math.round(timesOf(now, before) * 10) / 10,
      ...(when !== 'before' && {
        limit: `${when === 'during' ? 'at least' : 'less than'} ${floodFloor(flood)}`,
      }),
    }),
  },
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`

/** In the order in which they are told. */
export function deedsOf(does: FirmwareDeeds): readonly Name[] {
  return (Object.keys(DEEDS) as Name[]).filter(name => does[name] !== undefined)
}
