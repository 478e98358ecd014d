import { known } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { RegionMeasurement } from '../../../chaos/record/region-measurement.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import { type Case, lost } from './gate-case.ts'

/** A fail-over within everything that was promised. */
const MOVED: RegionMeasurement = {
  brokers: 1,
  policy: 'identity',
  offsets: 'translated',
  cut: { id: 'region-cut-1', at: 10_000 },
  moves: [],
  steps: [],
  acked: { a: 9000, b: 4000 },
  lost: known(100),
  holes: known(0),
  isQuiet: true,
  lostMs: known(2000),
  oldestMissing: null,
  newestMissing: null,
  newestAckedAt: 9990,
  lostEverywhere: known(0),
  repeated: known(20),
  outOfOrder: known(0),
  recoveryMs: known(21_000),
  reread: known(50),
  skipped: known(0),
  checkpointMs: known(3000),
  withoutCheckpoint: [],
  bytesBetween: known(5_000_000),
  devices: [],
  bySecond: [],
}
const region = (key: keyof RegionMeasurement, limit: Partial<GateFile>, bad: number): Case => {
  const plant = (changed: Partial<RegionMeasurement>) => (m: Measurements) =>
    void (m.regions = { ...MOVED, ...changed })
  return { limit, good: plant({}), fail: plant({ [key]: known(bad) }), lose: plant({ [key]: lost }) }
}

export const REGION_CASES: Readonly<Record<string, Case>> = {
  'region-lost-records': region('lost', { atMost: 100 }, 101),
  'region-hole-records': region('holes', { atMost: 0 }, 1),
  'region-lost-seconds': region('lostMs', { atMost: 2 }, 2001),
  'region-recovery-seconds': region('recoveryMs', { atMost: 30 }, 30_001),
  'region-lost-everywhere-records': region('lostEverywhere', { atMost: 0 }, 1),
  'region-repeated-records': region('repeated', { atMost: 20 }, 21),
  'region-reordered-records': region('outOfOrder', { atMost: 0 }, 1),
  'region-reread-records': region('reread', { atMost: 50 }, 51),
  'region-skipped-records': region('skipped', { atMost: 0 }, 1),
  'region-checkpoint-seconds': region('checkpointMs', { atMost: 15 }, 15_001),
  'inter-region-bytes': region('bytesBetween', { atMost: 5_000_000 }, 5_000_001),
}
