import type { Measured, Proof } from '../record/measured.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { absent, type Judged, readingOf } from './reading.ts'

type Read = NumberEntry['read']
type RegionNumber = {
  [K in keyof RegionMeasurement]: RegionMeasurement[K] extends Measured ? K : never
}[keyof RegionMeasurement]

const NONE = 'the run has one region'
const DIMENSION = 'region-loss'

const ofRegions =
  (name: RegionNumber, perUnit = 1): Read =>
  ({ measurements: { regions } }) => {
    if (regions === undefined) return [{ ...absent(NONE), applies: false }]
    const reading = readingOf(regions[name], null, `/regions/${name}`, perUnit)
    return [{ ...reading, proof: [...reading.proof, ...example(regions, name)] }]
  }

/** Where to look first. */
function example({ newestMissing, moves, devices }: RegionMeasurement, name: RegionNumber): Proof[] {
  const proof = (selector: string, value: string): Proof[] => [
    { file: 'measurements.json', selector: `/regions/${selector}`, value },
  ]
  if (name === 'lost' && newestMissing)
    return proof('newestMissing', `${newestMissing.topic} ${newestMissing.id}`)
  if (name === 'reread' || name === 'skipped') {
    const [worst] = moves
      .flatMap(({ partitions }, index) => partitions.map(one => ({ ...one, index })))
      .toSorted((a, b) => b[name] - a[name])
    if (worst && worst[name] > 0)
      return proof(
        `moves/${worst.index}/partitions`,
        `${worst.partition}: began at ${worst.began}, right is ${worst.right}`,
      )
  }
  const [first] = devices
  if (name === 'repeated' && first && first.repeated > 0) return proof('devices/0', first.device)
  return []
}

type MoveNumber = 'lost' | 'lostMs' | 'reread' | 'skipped' | 'recoveryMs'

/** The move that has most of it; one that did not come to its end before all others. */
function worstMove({ measurements: { regions } }: Judged, name: MoveNumber) {
  const size = ({ value, atLeast }: Measured) => (value === null ? (atLeast ?? 0) + 1e12 : value)
  return (regions?.moves ?? [])
    .filter(({ hasLeft }) => hasLeft || name === 'recoveryMs')
    .toSorted((a, b) => size(b[name]) - size(a[name]))[0]
}

/** The step of that move which decides the number, as it went. */
function stepWords(judged: Judged, names: readonly string[], name: MoveNumber): string {
  const move = worstMove(judged, name)
  // Nobody was to go anywhere: then no step decides it.
  if (!move) return ''
  const steps = judged.measurements.regions?.steps.filter(({ id }) => id === move?.id) ?? []
  const done = names.flatMap(step => steps.filter(one => one.step === step)).at(0)
  return done ? wordsOf(done, move) : `The step ${names.at(-1)} was never taken.`
}

function wordsOf(
  { step, ok, tookMs, proof }: RegionMeasurement['steps'][number],
  move: RegionMeasurement['moves'][number] | undefined,
): string {
  const of = move === undefined || move.kind === 'fail-over' ? '' : ` of ${move.id}`
  return `The step ${step}${of} ${ok ? 'took' : 'failed after'} ${(tookMs / 1000).toFixed(1)} s: ${proof}.`
}

/** Until then a mirror may be behind. */
const LAST_COPY = ['drained', 'mirror']

/** The one in which the time ran out is that which took longest. */
function slowestStep(judged: Judged): string {
  const move = worstMove(judged, 'recoveryMs')
  const all = judged.measurements.regions?.steps.filter(({ id }) => id === move?.id) ?? []
  const from = Math.max(
    0,
    all.findIndex(({ step }) => step === 'hold'),
  )
  const [slowest] = all.slice(from).toSorted((a, b) => b.tookMs - a.tookMs)
  const decisive = all.find(({ ok }) => !ok) ?? slowest
  return decisive ? wordsOf(decisive, move) : 'The step mirror was never taken.'
}

/** What was promised of two regions. */
export const REGION_NUMBERS = {
  'region-lost-records': {
    dimension: DIMENSION,
    what: 'records that region a had acknowledged and region b lacks',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('lost'),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${stepWords(judged, LAST_COPY, 'lost')} The mirror was behind: give it more tasks and a wider link, or promise less.`.trim(),
  },
  'region-hole-records': {
    dimension: DIMENSION,
    what: 'records that the mirror jumped: missing in the other region, which has later ones of the same partition',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('holes'),
    rests: ['histories'],
    next: 'Keep records in the source for longer than the mirror may stand still: what retention deletes first is jumped without an error.',
  },
  'region-lost-seconds': {
    dimension: DIMENSION,
    what: 'the recovery point: from the first missing acknowledgement to the newest',
    unit: 's',
    better: 'less',
    of: 'run',
    // Without its unit it would go by the name of the records.
    column: 'region-lost-time',
    read: ofRegions('lostMs', 1000),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${stepWords(judged, LAST_COPY, 'lost')} The mirror was behind: give it more tasks and a wider link, or promise less.`.trim(),
  },
  'region-recovery-seconds': {
    dimension: DIMENSION,
    what: 'the recovery time: from the loss of the region until devices and consumers were at work in the other',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ofRegions('recoveryMs', 1000),
    isKey: true,
    next: slowestStep,
  },
  'region-lost-everywhere-records': {
    dimension: DIMENSION,
    what: 'acknowledged records that neither region has',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('lostEverywhere'),
    rests: ['histories'],
    next: 'Find out which region forgot what it had acknowledged: its own replicas and its retention.',
  },
  'region-repeated-records': {
    dimension: DIMENSION,
    what: 'copies of a record beyond the first, within a region',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('repeated'),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${stepWords(judged, ['devices', 'wave 1'], 'lost')} Devices send again what nobody told them of; let consumers know a record by its id.`.trim(),
  },
  'region-reordered-records': {
    dimension: DIMENSION,
    what: 'records that stand behind a later one of their device',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('outOfOrder'),
    rests: ['histories'],
    next: judged =>
      `${stepWords(judged, ['mirror'], 'lost')} A mirror that goes on brings what is old after what is new.`.trim(),
  },
  'region-reread-records': {
    dimension: DIMENSION,
    what: 'records that consumers had committed and are given again',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('reread'),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${stepWords(judged, ['offsets'], 'reread')} Let the mirror emit checkpoints and translate offsets more often, with a smaller offset.lag.max.`.trim(),
  },
  'region-skipped-records': {
    dimension: DIMENSION,
    what: 'records that consumers had not committed and are not given in region b',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofRegions('skipped'),
    rests: ['histories'],
    isKey: true,
    next: judged =>
      `${stepWords(judged, ['offsets'], 'skipped')} An offset is a place in one cluster: translate it, and never copy its number.`.trim(),
  },
  'region-checkpoint-seconds': {
    dimension: DIMENSION,
    what: 'by how much the newest checkpoint was behind the newest commit when the region was lost',
    unit: 's',
    better: 'less',
    of: 'run',
    read: ofRegions('checkpointMs', 1000),
    rests: ['wall-clock'],
    next: 'Records flow and positions do not: look at the checkpoint connector, emit.checkpoints and its interval.',
  },
  'inter-region-bytes': {
    dimension: DIMENSION,
    what: 'moved between the regions',
    unit: 'bytes',
    better: 'less',
    of: 'run',
    read: ofRegions('bytesBetween'),
    rests: ['links'],
    next: 'Compress what producers send, or mirror fewer topics.',
  },
} satisfies Numbers
