import type { Measured, Proof } from '../record/measured.ts'
import type { SinkMeasurement } from '../record/sink-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { absent, type Judged, ofEachFault, type Reading, readingOf, totalOf } from './reading.ts'

type Read = NumberEntry['read']
type SinkCount =
  | 'missing'
  | 'undelivered'
  | 'repeated'
  | 'reordered'
  | 'unexplained'
  | 'deadLetters'
  | 'rebalances'
  | 'doubled'
  | 'wronglyAside'
  | 'unrepaired'
type FaultNumber = 'runningMs' | 'firstRowMs' | 'runningToRowMs' | 'peakRowsPerSecond'

const NONE = 'the run has no sinks into a database'

const NOT_MEASURED: Measured = {
  value: null,
  from: [],
  why: 'these measurements are of before it was looked at: aftershock score of this version looks',
}

const ofSinks =
  (count: SinkCount): Read =>
  ({ measurements: { sinks } }) => {
    if (sinks === undefined) return [{ ...absent(NONE), applies: false }]
    const parts = sinks.map((sink, index) => ({
      name: sink.connector,
      measured: sink[count] ?? NOT_MEASURED,
      pointer: `/sinks/${index}/${count}`,
      example: [
        ...firstExample(sink, index, count),
        ...(count === 'undelivered' ? inTheEnd(sink, index) : []),
      ],
    }))
    return [totalOf(parts)]
  }

/** Where to look first: the topic, partition and offset of one record. */
function firstExample({ examples }: SinkMeasurement, index: number, count: SinkCount): Proof[] {
  if (count === 'deadLetters' || count === 'rebalances') return []
  const first = examples[count]?.[0]
  if (!first) return []
  const { topic, partition, offset, id } = first
  const selector = `/sinks/${index}/examples/${count}/0`
  return [{ file: 'measurements.json', selector, value: `${topic}/${partition} offset ${offset} (${id})` }]
}

/** Why nobody wrote what is left: a failed task stays failed, and one that runs may stand still. */
function inTheEnd({ undelivered, end }: SinkMeasurement, index: number): Proof[] {
  if (!end || undelivered.value === 0) return []
  return end.tasks.map(({ id, state, why }, at) => ({
    file: 'measurements.json',
    selector: `/sinks/${index}/end/tasks/${at}`,
    value: [`task ${id} ${state}`, why].filter(Boolean).join(': '),
  }))
}

/** Of each fault, the sink that fared worst. */
const underFaults =
  (number: FaultNumber, perUnit: number): Read =>
  (judged: Judged, about) => {
    const { sinks } = judged.measurements
    if (sinks === undefined) return [{ ...absent(NONE), applies: false }]
    return ofEachFault(judged, about, ({ id }) => worst(sinks, id, number, perUnit))
  }

function worst(
  sinks: readonly SinkMeasurement[],
  fault: string,
  number: FaultNumber,
  perUnit: number,
): Reading {
  const readings = sinks.flatMap(({ faults, connector }, index) => {
    const at = faults.findIndex(candidate => candidate.fault === fault)
    const found = faults[at]?.[number]
    if (!found) return []
    const reading = readingOf(found, fault, `/sinks/${index}/faults/${at}/${number}`, perUnit)
    return [{ ...reading, ...(reading.why !== null && { why: `${connector}: ${reading.why}` }) }]
  })
  const first = readings[0]
  if (!first) return { ...absent('no sink was measured under it'), subject: fault }
  // What is not known may be worse than what is.
  return (
    readings.find(({ value }) => value === null) ??
    readings.reduce((a, b) => ((b.value ?? 0) > (a.value ?? 0) ? b : a), first)
  )
}

const DIMENSION = 'connector-restart'

/** What sinks into a database had in the end, and how they fared under faults. */
export const SINK_NUMBERS = {
  'sink-missing-records': {
    dimension: DIMENSION,
    what: 'records that a sink committed and that are neither a row nor a dead letter',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('missing'),
    isKey: true,
    next: 'Find why offsets were committed before their rows: the proof names topic, partition and offset.',
  },
  'sink-undelivered-records': {
    dimension: DIMENSION,
    what: 'stored records that no sink had written when it was given time',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('undelivered'),
    next: 'Look at the tasks in the end, in the proof: one that is FAILED stays so until somebody restarts it; one that runs and stands still waits for what it reads or writes.',
  },
  'sink-repeated-rows': {
    dimension: DIMENSION,
    what: 'rows beyond the first of a record',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('repeated'),
    isKey: true,
    next: 'Write with a key that a repeated record has too (upsert), or commit offsets with the rows.',
  },
  'sink-reordered-records': {
    dimension: DIMENSION,
    what: 'records first written after a later one of the same device',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('reordered'),
    next: 'Find who wrote beside the owner of the partition: a worker that hung and came back, or tasks that share one.',
  },
  'sink-unexplained-rows': {
    dimension: DIMENSION,
    what: 'rows of records that are not stored',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('unexplained'),
    next: 'Find who else writes to the table, or what was stored and lost.',
  },
  'sink-dead-letters': {
    dimension: DIMENSION,
    what: 'records that went to a topic of dead letters',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('deadLetters'),
    next: 'Read why in the headers of the dead letters, mend it, and write them again.',
  },
  'sink-wrong-dead-letters': {
    dimension: DIMENSION,
    what: 'dead letters about records that can be read',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('wronglyAside'),
    next: 'Read why in their headers: what a sink puts aside besides malformed records is lost to its table.',
  },
  'sink-unrepaired-records': {
    dimension: DIMENSION,
    what: 'dead letters of which no repaired record is stored',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('unrepaired'),
    next: 'Repair what was put aside: read it again from its earliest offset, mend it and publish it.',
  },
  'sink-doubled-records': {
    dimension: DIMENSION,
    what: 'rows beyond the first with one id, wherever it is stored',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSinks('doubled'),
    isKey: true,
    next: 'Write with a key that a record keeps when it is published again (upsert): a repair must have one effect.',
  },
  'sink-rebalances': {
    dimension: DIMENSION,
    what: 'rebalances of the sinks’ consumer groups',
    unit: 'times',
    better: 'less',
    of: 'run',
    read: ofSinks('rebalances'),
    next: 'Lengthen the session time-out, or find what makes members leave.',
  },
  'sink-running-seconds': {
    dimension: 'fault',
    what: 'from the effect until every task of the worst sink was said to run',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('runningMs', 1000),
    next: 'Have failed tasks restarted, by the connector itself or by whoever watches it.',
  },
  'sink-first-row-seconds': {
    dimension: 'fault',
    what: 'from the effect until every partition had a new row',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('firstRowMs', 1000),
    rests: ['wall-clock'],
    isKey: true,
    next: 'Shorten what a partition waits for: the session of the consumer, the delay of the workers’ rebalance, retries of the sink.',
  },
  'sink-running-to-row-seconds': {
    dimension: 'fault',
    what: 'from when tasks were said to run until every partition had a new row',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('runningToRowMs', 1000),
    rests: ['wall-clock'],
    next: 'Judge by rows and not by RUNNING: shorten the session of the consumer, whose partitions wait for it.',
  },
  'sink-rows-per-second-peak': {
    dimension: 'fault',
    what: 'rows written in a second at the peak, after the effect',
    unit: '/s',
    better: 'neither',
    of: 'fault',
    read: underFaults('peakRowsPerSecond', 1),
    next: 'Limit what a sink reads at once (max.poll.records, batch.size, a quota of its consumer): catching up floods the database.',
  },
} satisfies Numbers
