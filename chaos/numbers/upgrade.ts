import type { Measured } from '../record/measured.ts'
import type { UpgradeMeasurement, UpgradeStep } from '../record/upgrade-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { absent, type Judged, readingOf } from './reading.ts'
import { withBaseline } from './service.ts'

const NONE = 'the run upgrades nothing'
const DIMENSION = 'rollback'

type Read = NumberEntry['read']
type UpgradeNumber = {
  [K in keyof UpgradeMeasurement]: UpgradeMeasurement[K] extends Measured ? K : never
}[keyof UpgradeMeasurement]

const ofUpgrade =
  (name: UpgradeNumber, perUnit = 1): Read =>
  judged => {
    const { upgrade } = judged.measurements
    if (upgrade === undefined) return [{ ...absent(NONE), applies: false }]
    const reading = readingOf(upgrade[name], null, `/upgrade/${name}`, perUnit)
    return [name === 'unavailable' ? withBaseline(judged, reading) : reading]
  }

/** The step that has most of it, in words. */
function worst({ measurements: { upgrade } }: Judged, sizeOf: (step: UpgradeStep) => number): string {
  const [step] = (upgrade?.steps ?? []).toSorted((a, b) => sizeOf(b) - sizeOf(a))
  if (!step || sizeOf(step) <= 0) return ''
  const { id, step: name, ok, tookMs, unavailable, worstPartition, proof } = step
  const without =
    worstPartition === null ? '' : `, ${worstPartition} without service for ${seconds(unavailable.value)}`
  return `The step ${name} of ${id} ${ok ? 'took' : 'failed after'} ${seconds(tookMs)}${without}: ${proof}. `
}

const seconds = (ms: number | null): string =>
  ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(1)} s`

/** What was promised of an upgrade and of the way back. */
export const UPGRADE_NUMBERS = {
  'upgrade-lost-records': {
    dimension: DIMENSION,
    what: 'records that were acknowledged while brokers changed their release, or before, and are not stored',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofUpgrade('lost'),
    rests: ['histories'],
    next: judged =>
      `${worst(judged, ({ lost }) => lost.value ?? 0)}Wait until every replica is in sync before the next broker ends, and have acks=all with min.insync.replicas of 2.`,
  },
  'upgrade-repeated-records': {
    dimension: DIMENSION,
    what: 'copies of a record beyond the first',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofUpgrade('repeated'),
    rests: ['histories'],
    next: judged =>
      `${worst(judged, ({ repeated }) => repeated.value ?? 0)}Devices send again what nobody told them of: end brokers in order, and let consumers know a record by its id.`,
  },
  'upgrade-unavailable-seconds': {
    dimension: DIMENSION,
    what: 'without service on the worst partition, in the worst step of an upgrade or of the way back',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ofUpgrade('unavailable', 1000),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${worst(judged, ({ unavailable }) => unavailable.value ?? 0)}Shorten what handing leaders over takes, and end the active controller last.`,
  },
  'upgrade-step-seconds': {
    dimension: DIMENSION,
    what: 'the longest step of an upgrade or of the way back: a broker ends, serves with the other release and is in sync',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ofUpgrade('step', 1000),
    next: judged =>
      `${worst(judged, ({ tookMs }) => tookMs)}Find which part took long: the end in order, the start, or catching up.`,
  },
  'upgrade-action-seconds': {
    dimension: DIMENSION,
    what: 'the longest of upgrade, finalizing and the way back, with all its steps',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ofUpgrade('action', 1000),
    isKey: true,
    next: judged =>
      `${worst(judged, ({ tookMs }) => tookMs)}Each broker waits for the one before it: have each copy less, or promise more time.`,
  },
} satisfies Numbers
