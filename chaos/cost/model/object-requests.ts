import { assertNever } from '../../core/exhaustive.ts'
import {
  GIB,
  BYTES_PER_MB,
  type Bytes,
  type BytesPerSecond,
  MIB,
  moved,
  plus,
  type Requests,
  requests,
  type Seconds,
} from '../units.ts'
import type { Workload } from '../workload.ts'
import { type Kept, uploadedShare } from './kept.ts'
import { type PlatformName, platformOf } from '../../platforms/index.ts'
import { COMPACTION } from './sizing.ts'

/** As the bill divides them: PUT, COPY, POST and LIST (parts of uploads too) are dear, GET is not, DELETE is free. */
export interface ObjectRequests {
  readonly puts: Requests
  readonly gets: Requests
}

/**
 * AutoMQ's write-ahead log in S3: each node with traffic closes an object every 250 ms or 8 MiB, whichever comes
 * first, and reads its reservation as often (its defaults; the same was counted on a running 1.7.3). So small
 * clusters pay a floor of four of each a second and node, whatever they write.
 */
export const WAL_OBJECT_BYTES = 8 * MIB
export const WAL_OBJECTS_PER_SECOND = 4

/**
 * Uploads beyond the log, per GiB: counted on a running AutoMQ 1.7.3, one node, 1 GiB at 25.7 MB/s: 280 requests
 * of the PUT class in 41.8 s, of which the log's floor is 167.
 */
export const UPLOAD_PUTS_PER_GIB = 113

/** Compaction reads its half in pieces of 8 MiB (AutoMQ's default for splitting objects). */
const COMPACTION_GETS_PER_GIB = (COMPACTION * GIB) / (8 * MIB)

/** Counted on the same build: 614 ranged reads for 1 GiB read cold, with a small block cache. */
export const COLD_GETS_PER_GIB = 614

/** One object and four indexes a segment: counted with Kafka 4.3.1 (24 segments, 120 objects). */
const INDEXES_PER_SEGMENT = 4

export function ingestRequests(
  platform: PlatformName,
  workload: Workload,
  rate: BytesPerSecond,
  brokers: number,
  time: Seconds,
): ObjectRequests {
  const { storage, routesByZone } = platformOf(platform)
  switch (storage) {
    case 'disks':
      return { puts: requests(0), gets: requests(0) }
    case 'tiered': {
      const uploaded = moved(rate, time) * uploadedShare(platform, workload)
      const perSegment = putsPerSegment(workload.objectStore)
      const segments = uploaded / (workload.objectStore.segmentMb * BYTES_PER_MB)
      return { puts: requests(segments * perSegment), gets: requests(0) }
    }
    case 'shared':
      return sharedStorageRequests(routesByZone, rate, brokers, time)
    default:
      return assertNever(storage)
  }
}

function sharedStorageRequests(
  routesByZone: boolean,
  rate: BytesPerSecond,
  brokers: number,
  time: Seconds,
): ObjectRequests {
  const gib = moved(rate, time) / GIB
  const log = logObjects(rate, brokers, time)
  // Each broker hands over what its zone's clients sent in objects of its own; every other one may lead a part.
  const routed = routesByZone ? log : requests(0)
  const readByLeaders = requests(routed * (brokers - 1))
  return {
    puts: plus(plus(log, routed), requests(gib * UPLOAD_PUTS_PER_GIB)),
    gets: plus(plus(log, readByLeaders), requests(gib * COMPACTION_GETS_PER_GIB)),
  }
}

function logObjects(rate: BytesPerSecond, brokers: number, time: Seconds): Requests {
  if (rate === 0) return requests(0)
  const perNode = Math.max(WAL_OBJECTS_PER_SECOND, rate / brokers / WAL_OBJECT_BYTES)
  return requests(perNode * brokers * time)
}

/** Several parts need a beginning and an end of their own. */
function putsPerSegment({ segmentMb, partMb }: Workload['objectStore']): number {
  const parts = Math.ceil(segmentMb / partMb)
  return INDEXES_PER_SEGMENT + (parts === 1 ? 1 : parts + 2)
}

/** What one replay asks of the object store. */
export function replayRequests(
  platform: PlatformName,
  workload: Workload,
  { coldReplay }: Pick<Kept, 'coldReplay'>,
): ObjectRequests {
  return { puts: requests(0), gets: requests(getsFor(platform, workload, coldReplay)) }
}

function getsFor(platform: PlatformName, workload: Workload, cold: Bytes): number {
  return platformOf(platform).storage === 'tiered'
    ? cold / (workload.objectStore.fetchMb * BYTES_PER_MB)
    : (cold / GIB) * COLD_GETS_PER_GIB
}

/** Bytes between brokers and the object store for each ingested byte: only a gateway endpoint carries them free. */
export function objectBytesPerByte(platform: PlatformName, workload: Workload): number {
  const { storage, routesByZone } = platformOf(platform)
  const compaction = storage === 'shared' ? 2 * COMPACTION : 0
  return uploadedShare(platform, workload) + compaction + (routesByZone ? 2 : 0)
}
