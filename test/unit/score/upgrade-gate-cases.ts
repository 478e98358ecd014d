import { known } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import type { UpgradeMeasurement } from '../../../chaos/record/upgrade-measurement.ts'
import { type Case, lost } from './gate-case.ts'

/** There and back, within everything that was promised. */
const UPGRADED: UpgradeMeasurement = {
  from: '4.3.1',
  to: '4.4.0',
  actions: [],
  steps: [],
  lost: known(0),
  repeated: known(20),
  unavailable: known(3000),
  step: known(15_000),
  action: known(45_000),
  examples: { lost: [], repeated: [] },
}
const upgrade = (key: keyof UpgradeMeasurement, limit: Partial<GateFile>, bad: number): Case => {
  const plant = (changed: Partial<UpgradeMeasurement>) => (m: Measurements) =>
    void (m.upgrade = { ...UPGRADED, ...changed })
  return { limit, good: plant({}), fail: plant({ [key]: known(bad) }), lose: plant({ [key]: lost }) }
}

export const UPGRADE_CASES: Readonly<Record<string, Case>> = {
  'upgrade-lost-records': upgrade('lost', { atMost: 0 }, 1),
  'upgrade-repeated-records': upgrade('repeated', { atMost: 20 }, 21),
  'upgrade-unavailable-seconds': upgrade('unavailable', { atMost: 3 }, 3001),
  'upgrade-step-seconds': upgrade('step', { atMost: 15 }, 15_001),
  'upgrade-action-seconds': upgrade('action', { atMost: 45 }, 45_001),
}
