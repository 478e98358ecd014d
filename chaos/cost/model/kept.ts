import { assertNever } from '../../core/exhaustive.ts'
import { type Bytes, bytes, moved, plus, seconds, sum, times } from '../units.ts'
import { type ClassOfWorkload, ingestOf, type Workload } from '../workload.ts'
import { type PlatformName, platformOf } from '../../platforms/index.ts'

/** How much of each data class is kept, and where. One copy each: replicas are multiplied by whoever charges. */
export interface Kept {
  readonly onBrokers: Bytes
  readonly inObjectStore: Bytes
  /** What one replay reads: no more than is kept. */
  readonly replay: Bytes
  /** The part of it that no broker has any more. */
  readonly coldReplay: Bytes
}

export function keptBy(platform: PlatformName, workload: Workload): Kept {
  return {
    onBrokers: keptOnDisks(platform, workload),
    inObjectStore: keptInObjectStore(platform, workload),
    replay: replayBytes(workload),
    coldReplay: coldReplayBytes(platform, workload),
  }
}

const classesOf = (workload: Workload): readonly ClassOfWorkload[] => Object.values(workload.classes)

/** What a class holds that is not older than `ageMs`. */
function heldOf(workload: Workload, { share, retention, storedGb }: ClassOfWorkload, ageMs: number): Bytes {
  const held = times(moved(ingestOf(workload), seconds(Math.min(retention, ageMs) / 1000)), share)
  return storedGb === undefined ? held : bytes(Math.min(held, storedGb * 1e9))
}

/** All that the retention of the classes keeps, or the part that is not older than `ageMs`. */
function keptBytes(
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

export function keptOnDisks(platform: PlatformName, workload: Workload): Bytes {
  const { storage } = platformOf(platform)
  switch (storage) {
    case 'disks':
      return keptBytes(workload)
    case 'tiered':
      return plus(
        keptBytes(workload, workload.localRetention, isTiered),
        keptBytes(workload, Number.POSITIVE_INFINITY, isCompacted),
      )
    case 'shared':
      return bytes(0)
    default:
      return assertNever(storage)
  }
}

export function keptInObjectStore(platform: PlatformName, workload: Workload): Bytes {
  const { storage } = platformOf(platform)
  switch (storage) {
    case 'disks':
      return bytes(0)
    case 'tiered':
      return keptBytes(workload, Number.POSITIVE_INFINITY, isTiered)
    case 'shared':
      return keptBytes(workload)
    default:
      return assertNever(storage)
  }
}

/** The part of the ingest that is uploaded. */
export function uploadedShare(platform: PlatformName, workload: Workload): number {
  const { storage } = platformOf(platform)
  switch (storage) {
    case 'disks':
      return 0
    case 'tiered':
      return classesOf(workload)
        .filter(isTiered)
        .reduce((total, { share }) => total + share, 0)
    case 'shared':
      return 1
    default:
      return assertNever(storage)
  }
}

function replayBytes(workload: Workload): Bytes {
  return times(keptBytes(workload, workload.replays.depth), workload.replays.share)
}

function coldReplayBytes(platform: PlatformName, workload: Workload): Bytes {
  const { depth, share } = workload.replays
  const { storage } = platformOf(platform)
  switch (storage) {
    case 'disks':
      return bytes(0)
    case 'tiered': {
      const all = keptBytes(workload, depth, isTiered)
      const hot = keptBytes(workload, Math.min(depth, workload.localRetention), isTiered)
      return times(bytes(all - hot), share)
    }
    case 'shared':
      return replayBytes(workload)
    default:
      return assertNever(storage)
  }
}
