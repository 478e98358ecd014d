import type { Comparison, PlatformTimeline, ZoneMatrix } from '../../../chaos/compare/comparison.ts'
import { spreadOf } from '../../../chaos/compare/spread.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { ZONE_CAUSES } from '../../../chaos/compare/zone-causes.ts'
import type { Cause } from '../../../chaos/record/run-meters.ts'
import { type Near, tell } from './fixture-verdicts.ts'

const BANDS = [
  ['kill', 'broker-kill', 'fault', 'broker 3 (az-c; leader of telemetry/0)', 10_000, 25_000],
  ['replace', 'broker-replace', 'fault', 'broker 2 (az-b)', 50_000, 65_000],
  ['cut', 'zone-cut', 'fault', 'az-c cut off from az-a, az-b', 105_000, 125_000],
  ['replay', 'replay', 'action', 'everything from the oldest offset', 160_000, 166_000],
] as const

export function timeline(platform: 'kafka' | 'kafka-tiered', run: number): PlatformTimeline {
  const random = seededRandom(platform)
  const slower = run * 8000
  const dips: readonly (readonly [number, number, number])[] = [
    [10_000, 14_000, 6],
    [50_000, 54_500, 6],
    [105_000, 126_000, 18],
  ]
  return {
    platform,
    run: 2,
    dir: `${platform}/2`,
    chosen: 'of 3 runs the one whose lost service is the median',
    bands: BANDS.map(([id, kind, role, summary, fromMs, toMs]) => ({
      id,
      kind,
      role,
      summary,
      zones: id === 'cut' ? ['az-c'] : [],
      fromMs,
      toMs: id === 'replay' ? toMs + slower : toMs,
      provenMs: role === 'fault' ? fromMs + 120 : null,
    })),
    points: Array.from({ length: 265 }, (_, index) => {
      const t = -60_000 + index * 1000
      const dip = dips.find(([from, to]) => t >= from && t < to)
      const hole = platform === 'kafka-tiered' && t >= 140_000 && t < 143_000
      const level = dip ? 700 : 1420
      return {
        t,
        ackedPerSecond: hole ? null : Math.round(level * (0.95 + random.next() * 0.1)),
        unavailablePartitions: dip?.[2] ?? 0,
        p99Ms: hole ? null : Math.round((dip ? 2400 : 190) * (0.9 + random.next() * 0.3)),
        tailLagSeconds: hole ? null : Number((dip ? 3 : 0.1 + random.next() * 0.1).toFixed(2)),
      }
    }),
  }
}

export function replay(near: Near, seconds: number, ratio: number, cold: number | null) {
  const phase = (name: 'before' | 'during' | 'after', p99: number, lag: number) => ({
    phase: name,
    producerP50Ms: near(p99 / 2),
    producerP99Ms: near(p99),
    tailLagMaxSeconds: near(lag),
    ackedPerSecond: near(1420),
  })
  return {
    phases: [phase('before', 190, 0.24), phase('during', 190 * ratio, 0.5), phase('after', 196, 0.25)],
    producerP99Ratio: near(ratio),
    seconds: near(seconds),
    recordsPerSecond: near(424_000 / seconds),
    bytesPerSecond: near(79_558_893 / seconds),
    coldShare:
      cold === null
        ? spreadOf(
            [1, 2, 3].map(run => ({ run, value: null, why: 'the platform keeps one kind of storage' })),
          )
        : near(cold),
  }
}

export function recovery(
  subject: string,
  kind: string,
  summary: string,
  near: Near,
  [kafka, tiered]: readonly [number, number],
): Comparison['recoveryBytes'][number] {
  const moved = (bytes: number) => ({
    gross: near(bytes * 1.3),
    net: near(bytes),
    intoHealedZonesNet: near(bytes * 0.8),
    storeNet: bytes === tiered ? near(bytes / 4) : noStore().failed,
  })
  return { subject, kind, summary, perPlatform: { kafka: moved(kafka), 'kafka-tiered': moved(tiered) } }
}

const PER_BYTE: Partial<Record<Cause, number>> = {
  produce: 0.85,
  replicate: 2.05,
  consume: 0.8,
  replay: 0.2,
  recovery: 0.2,
  control: 0.01,
  audit: 0.7,
  unattributed: 0.06,
}

export function matrix(near: Near, tiered: boolean): ZoneMatrix {
  const zones = ['az-a', 'az-b', 'az-c']
  return {
    zones,
    meter: 'exact',
    why: null,
    cells: zones.flatMap(from =>
      zones.map(to => ({ from, to, crosses: from !== to, bytes: near(from === to ? 9e6 : 62e6) })),
    ),
    crossed: near(372e6),
    crossedPerIngestedByte: near(4.1),
    causes: ZONE_CAUSES.filter(cause => cause !== 'connector').map(cause => ({
      cause,
      crossed: near((PER_BYTE[cause] ?? 0) * 91e6),
      perIngestedByte: near(PER_BYTE[cause] ?? 0),
    })),
    toStore: tiered
      ? zones.map(zone => ({ zone, toStoreBytes: near(31e6), fromStoreBytes: near(22e6) }))
      : [],
  }
}

export function noStore(): NonNullable<Comparison['objectStore']['kafka']> {
  const none = spreadOf([1, 2, 3].map(run => ({ run, value: null, why: 'the platform has no object store' })))
  return {
    why: 'the platform has no object store',
    requests: [],
    failed: none,
    toStoreBytes: none,
    fromStoreBytes: none,
    storedBytes: none,
    ingestBytesPerSecond: none,
  }
}

export function store(near: Near): NonNullable<Comparison['objectStore']['kafka']> {
  const operations = { PutObject: 148, GetObject: 212, UploadPart: 18, DeleteObject: 12, ListObjects: 6 }
  return {
    why: null,
    requests: Object.entries(operations).map(([operation, count]) => ({ operation, requests: near(count) })),
    failed: spreadOf([1, 2, 3].map(run => tell(run, 0))),
    toStoreBytes: near(93e6),
    fromStoreBytes: near(66e6),
    storedBytes: near(88e6),
    ingestBytesPerSecond: near(340_000),
  }
}
