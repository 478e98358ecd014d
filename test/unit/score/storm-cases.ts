import { known } from '../../../chaos/record/measured.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import type { StormMeasurement } from '../../../chaos/record/storm-measurement.ts'
import { type Case, first, lost } from './gate-case.ts'

const CALM: StormMeasurement = {
  sessionsLost: known(300),
  attempts: known(900),
  refused: known(0),
  sessionsBackMs: known(3000),
  drainMs: known(4000),
  overduePeak: known(2000),
  oldestMs: known(12_000),
  dropped: known(0),
  requestQueue: known(1),
}
const storm = (key: keyof StormMeasurement, limit: Partial<GateFile>, bad: number): Case => ({
  limit,
  good: m => m.faults.forEach(fault => (fault.storm = CALM)),
  fail: m => void (first(m).storm = { ...CALM, [key]: known(bad) }),
  lose: m => void (first(m).storm = { ...CALM, sessionsLost: lost, [key]: lost }),
})

export const STORM_CASES: Readonly<Record<string, Case>> = {
  'sessions-back-seconds': storm('sessionsBackMs', { atMost: 15 }, 15_001),
  'sessions-refused': storm('refused', { atMost: 1000 }, 1001),
  'backlog-drain-seconds': storm('drainMs', { atMost: 15 }, 15_001),
  'device-connects-per-second-peak': {
    good: m => void (m.fleet.peaks.deviceConnectsPerSecond = known(400)),
    limit: { atMost: 500 },
    fail: m => void (m.fleet.peaks.deviceConnectsPerSecond = known(501)),
    lose: m => void (m.fleet.peaks.deviceConnectsPerSecond = lost),
  },
}
