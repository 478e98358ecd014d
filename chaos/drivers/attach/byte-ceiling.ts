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

/** By the drill alone: its rate for as long as it may last, with every copy, and each reading of all of it. */
export function byteNeed(drill: Drill): ByteNeed {
  const { fleet, timeline, contract } = drill
  const perDevice = [
    fleet.telemetry.intervalMs,
    fleet.stateChangeEveryMs,
    fleet.commandEveryMs,
    fleet.operationEveryMs,
    fleet.integrationEveryMs,
  ].reduce((sum, everyMs) => sum + 1000 / everyMs, 0)
  const ends = timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  const seconds =
    (drill.warmUpMs + STEADY_MS + Math.max(0, ...ends) + OVERTIME_MS + drill.settleMs + STEADY_MS) / 1000
  const recordBytes = fleet.telemetry.payloadBytes + RECORD_OVERHEAD_BYTES
  const written = Math.ceil(fleet.devices * perDevice * seconds * recordBytes)
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
