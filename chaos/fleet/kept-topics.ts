import { AftershockError } from '../core/errors.ts'
import { parseDurationMs } from '../core/units.ts'
import type { KeepingTerms, TierTerms } from '../platforms/topics.ts'

/** What the command line says of topics that a shard makes; what it leaves out, the environment says. */
export interface KeptTopicsArguments {
  readonly retention?: string
  readonly segmentBytes?: string
  readonly tiered?: string
}

export interface KeptTopics {
  readonly keep: KeepingTerms
  /** Null: everything stays on the brokers. */
  readonly tier: TierTerms | null
}

/** @throws AftershockError `usage` for what is no duration or no size. */
export function keptTopics(
  args: KeptTopicsArguments,
  env: Readonly<Record<string, string | undefined>>,
): KeptTopics {
  const longest = args.retention ?? (env.RETENTION || undefined)
  const segment = args.segmentBytes ?? (env.SEGMENT_BYTES || undefined)
  const local = args.tiered ?? (env.LOCAL_RETENTION || undefined)
  return {
    keep: {
      ...(longest !== undefined && { retentionMs: durationOf('--retention', longest) }),
      ...(segment !== undefined && { segmentBytes: segmentSize(segment) }),
    },
    tier: local === undefined ? null : { localRetentionMs: durationOf('--tiered', local) },
  }
}

/** Kafka 4's bounds: positions in a segment have 31 bits. */
const SMALLEST_SEGMENT = 1024 ** 2
const LARGEST_SEGMENT = 2 ** 31 - 1

function segmentSize(text: string): number {
  const bytes = Number(text)
  if (/^\d+$/.test(text) && bytes >= SMALLEST_SEGMENT && bytes <= LARGEST_SEGMENT) return bytes
  throw new AftershockError('usage', `--segment-bytes is '${text}'`, {
    hint: `a whole number from ${SMALLEST_SEGMENT} to ${LARGEST_SEGMENT}: 134217728 is 128 MiB`,
  })
}

/** Of an option of this command. @param atMost the longest, as it is written. @default 36500d */
export function durationOf(option: string, text: string, atMost = '36500d'): number {
  const refusal = (hint: string, cause?: unknown) =>
    new AftershockError('usage', `${option} is '${text}'`, { hint, cause })
  let ms: number
  try {
    ms = parseDurationMs(text)
  } catch (error) {
    throw refusal(`a number and a unit, at most ${atMost}: 500ms, 30s, 10m, 2h`, error)
  }
  if (ms > parseDurationMs(atMost)) throw refusal(`at most ${atMost}`)
  return ms
}
