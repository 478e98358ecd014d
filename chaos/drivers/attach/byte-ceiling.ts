import type { Drill } from '../../core/drill.ts'
import { AftershockError } from '../../core/errors.ts'
import { formatBytes } from '../../core/units.ts'

/** Beside a record's payload: its batch, its headers, its place in the index. */
const RECORD_OVERHEAD_BYTES = 60
/** Before the first entry of the timeline: clients connect, and the steady state is proven, at worst for so long. */
const STEADY_MS = 90_000
/** What an entry at its end may take longer than it says. */
const OVERTIME_MS = 60_000

/** Bytes that a run moves into the cluster and out of it, at most; by what. */
export interface ByteNeed {
  readonly written: number
  readonly copies: number
  /** By live readers, replays and the last read. */
  readonly read: number
  readonly total: number
}

/** Bytes a second that the drill's devices make. */
export function writeRate({ fleet }: Pick<Drill, 'fleet'>): number {
  const perDevice = [
    fleet.telemetry.intervalMs,
    fleet.stateChangeEveryMs,
    fleet.commandEveryMs,
    fleet.operationEveryMs,
    fleet.integrationEveryMs,
  ].reduce((sum, everyMs) => sum + 1000 / everyMs, 0)
  return fleet.devices * perDevice * (fleet.telemetry.payloadBytes + RECORD_OVERHEAD_BYTES)
}

/** What devices make up for after an outage takes a tenth of it or so; a cluster that is shared sees no more than this. */
const RATES_AT_MOST = 10
/** Below it a small drill would be held back by what its first records take. */
const LEAST_BYTES_PER_SECOND = 1e6

/**
 * What all devices of a run together send a second at most.
 * @param asked null: ten times what they make, and no less than 1 MB
 * @throws AftershockError `refused` for less than they make
 */
export function rateLimit(drill: Pick<Drill, 'fleet' | 'drill'>, asked: number | null): number {
  const rate = writeRate(drill)
  const limit = asked ?? Math.ceil(Math.max(RATES_AT_MOST * rate, LEAST_BYTES_PER_SECOND))
  if (limit > rate) return limit
  throw new AftershockError(
    'refused',
    `the devices of ${drill.drill} make ${formatBytes(rate)} a second, and --max-rate is ${formatBytes(limit)}`,
    {
      hint: 'a drill with fewer devices makes less; or raise the rate: what is not sent in time would never be',
    },
  )
}

/** By the drill alone: its rate for as long as it may last, with every copy, and each reading of all of it. */
export function byteNeed(drill: Drill): ByteNeed {
  const { timeline, contract } = drill
  const ends = timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  const seconds =
    (drill.warmUpMs + STEADY_MS + Math.max(0, ...ends) + OVERTIME_MS + drill.settleMs + STEADY_MS) / 1000
  const written = Math.ceil(writeRate(drill) * seconds)
  const most = Math.max(1, ...Object.values(contract.topics).map(({ replicas }) => replicas))
  const replays = timeline.filter(({ kind }) => /replay|repair/.test(kind)).length
  const read = written * (2 + replays)
  return { written, copies: written * (most - 1), read, total: written * most + read }
}

/** @throws AftershockError `refused` for a run that would pass the ceiling */
export function refuseBeyond(maxBytes: number, need: ByteNeed, drill: string): void {
  if (need.total <= maxBytes) return
  throw new AftershockError(
    'refused',
    `${drill} would move up to ${formatBytes(need.total)} (${needWords(need)}), and the ceiling is ${formatBytes(maxBytes)}`,
    {
      hint: 'a drill with fewer devices or a shorter timeline moves less; or raise the ceiling with --max-bytes',
    },
  )
}

/**
 * Of the ceiling, what clients may be seen to move before the timeline is ended: copies between brokers are not seen
 * here, and what is written is read once more at the end.
 */
export const clientCeiling = (maxBytes: number, { read, total }: ByteNeed): number =>
  Math.floor((maxBytes * read) / total)

export const needWords = ({ written, copies, read }: ByteNeed): string =>
  `${formatBytes(written)} written, ${formatBytes(copies)} copied between brokers, ${formatBytes(read)} read`
