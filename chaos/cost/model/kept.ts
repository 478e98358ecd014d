import { assertNever } from '../../core/exhaustive.ts'
import { type Bytes, bytes, moved, plus, seconds, sum, times } from '../units.ts'
import { type ClassOfWorkload, ingestOf, type Workload } from '../workload.ts'
import { type CostPlatform, TRAITS } from './platforms.ts'

/** How much of each data class is kept, and where. One copy each: replicas are multiplied by whoever charges. */

const classesOf = (workload: Workload): readonly ClassOfWorkload[] => Object.values(workload.classes)

/** What a class holds that is not older than `ageMs`. */
function heldOf(workload: Workload, { share, retention, storedGb }: ClassOfWorkload, ageMs: number): Bytes {
  const held = times(moved(ingestOf(workload), seconds(Math.min(retention, ageMs) / 1000)), share)
  return storedGb === undefined ? held : bytes(Math.min(held, storedGb * 1e9))
}

/** All that the retention of the classes keeps, or the part that is not older than `ageMs`. */
export function keptBytes(
  workload: Workload,
  ageMs = Number.POSITIVE_INFINITY,
  isMeant: (one: ClassOfWorkload) => boolean = () => true,
): Bytes {
  return sum(
    classesOf(workload)
      .filter(isMeant)
      .map(one => heldOf(workload, one, ageMs)),
  )
}

/** Tiered storage refuses compacted topics (Kafka's documentation, 4.x): brokers keep those whole. */
const isTiered = (one: ClassOfWorkload): boolean => !one.compacted
const isCompacted = (one: ClassOfWorkload): boolean => one.compacted

export function keptOnDisks(platform: CostPlatform, workload: Workload): Bytes {
  const { keeps } = TRAITS[platform]
  switch (keeps) {
    case 'disks':
      return keptBytes(workload)
    case 'both':
      return plus(
        keptBytes(workload, workload.localRetention, isTiered),
        keptBytes(workload, Number.POSITIVE_INFINITY, isCompacted),
      )
    case 'object-store':
      return bytes(0)
    default:
      return assertNever(keeps)
  }
}

export function keptInObjectStore(platform: CostPlatform, workload: Workload): Bytes {
  const { keeps } = TRAITS[platform]
  switch (keeps) {
    case 'disks':
      return bytes(0)
    case 'both':
      return keptBytes(workload, Number.POSITIVE_INFINITY, isTiered)
    case 'object-store':
      return keptBytes(workload)
    default:
      return assertNever(keeps)
  }
}

/** The part of the ingest that is uploaded. */
export function uploadedShare(platform: CostPlatform, workload: Workload): number {
  const { keeps } = TRAITS[platform]
  switch (keeps) {
    case 'disks':
      return 0
    case 'both':
      return classesOf(workload)
        .filter(isTiered)
        .reduce((total, { share }) => total + share, 0)
    case 'object-store':
      return 1
    default:
      return assertNever(keeps)
  }
}

/** What one replay reads: no more than is kept. */
export function replayBytes(workload: Workload): Bytes {
  return times(keptBytes(workload, workload.replays.depth), workload.replays.share)
}

/** The part of it that no broker has any more. */
export function coldReplayBytes(platform: CostPlatform, workload: Workload): Bytes {
  const { depth, share } = workload.replays
  const { keeps } = TRAITS[platform]
  switch (keeps) {
    case 'disks':
      return bytes(0)
    case 'both': {
      const all = keptBytes(workload, depth, isTiered)
      const hot = keptBytes(workload, Math.min(depth, workload.localRetention), isTiered)
      return times(bytes(all - hot), share)
    }
    case 'object-store':
      return replayBytes(workload)
    default:
      return assertNever(keeps)
  }
}
