import type { Proof } from '../record/measured.ts'
import type {
  ProcessorMeasurement,
  ProcessorUnderFault,
  WriterMeasurement,
} from '../record/processor-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { absent, type Judged, ofEachFault, readingOf } from './reading.ts'

type Read = NumberEntry['read']
type ProcessorCount = 'repeated' | 'missing' | 'unasked' | 'mismatched' | 'unprocessed' | 'unacknowledged'
type WriterCount = 'late' | 'missing' | 'refused' | 'uncommitted'
type FaultNumber = Exclude<keyof ProcessorUnderFault, 'fault' | 'worstPartition'>

const NONE = 'the run has no stateful processor'

const ofProcessor =
  (count: ProcessorCount): Read =>
  ({ measurements: { processor } }) => {
    if (processor === undefined) return [{ ...absent(NONE), applies: false }]
    const reading = readingOf(processor[count], null, `/processor/${count}`)
    return [{ ...reading, proof: [...reading.proof, ...firstExample(processor, count)] }]
  }

/** Where to look first. */
function firstExample({ examples }: ProcessorMeasurement, count: ProcessorCount): Proof[] {
  if (count === 'unprocessed' || count === 'unacknowledged') return []
  const selector = `/processor/examples/${count}/0`
  const proof = (value: string): Proof[] => [{ file: 'measurements.json', selector, value }]
  if (count === 'mismatched') {
    const [first] = examples.mismatched
    return first ? proof(`${first.device}: ${first.kept ?? 'none'}, not ${first.folded ?? 'none'}`) : []
  }
  const [first] = examples[count]
  return first ? proof(`${first.id}, given ${first.given} times`) : []
}

const ofWriter =
  (count: WriterCount): Read =>
  ({ measurements: { processor } }) => {
    const writer = processor?.writer
    if (!writer) return [{ ...absent('the processor writes to no database'), applies: false }]
    const reading = readingOf(writer[count], null, `/processor/writer/${count}`)
    return [{ ...reading, proof: [...reading.proof, ...firstWrite(writer, count)] }]
  }

function firstWrite({ examples }: WriterMeasurement, count: WriterCount): Proof[] {
  if (count === 'refused' || count === 'uncommitted') return []
  const [first] = examples[count]
  if (!first) return []
  const value = `partition ${first.partition} offset ${first.offset} (${first.id})`
  return [{ file: 'measurements.json', selector: `/processor/writer/examples/${count}/0`, value }]
}

const underFaults =
  (number: FaultNumber, perUnit: number): Read =>
  (judged: Judged, about) => {
    const { processor } = judged.measurements
    if (processor === undefined) return [{ ...absent(NONE), applies: false }]
    return ofEachFault(judged, about, ({ id }) => {
      const at = processor.faults.findIndex(({ fault }) => fault === id)
      const found = processor.faults[at]?.[number]
      return found
        ? readingOf(found, id, `/processor/faults/${at}/${number}`, perUnit)
        : { ...absent('the processor was not measured under it'), subject: id }
    })
  }

const DIMENSION = 'stateful-processor'

/** What a stateful processor did in the end, and how it fared under faults. */
export const PROCESSOR_NUMBERS = {
  'commands-repeated': {
    dimension: DIMENSION,
    what: 'commands that a device was given again',
    unit: 'commands',
    better: 'less',
    of: 'run',
    read: ofProcessor('repeated'),
    isKey: true,
    next: 'Commit state, commands and offsets together (exactly_once_v2, and read_committed where they are read), or have devices refuse a command that they know.',
  },
  'commands-issued-twice': {
    dimension: DIMENSION,
    what: 'commands that stand in the logs of both regions after a fail-over',
    unit: 'commands',
    better: 'less',
    of: 'run',
    read: ({ measurements: { processor } }) =>
      processor?.inRegionB
        ? [readingOf(processor.inRegionB.issuedTwice, null, '/processor/inRegionB/issuedTwice')]
        : [{ ...absent('the processor did not go to another region'), applies: false }],
    next: 'Have the processor read, before it goes on in the other region, which commands were sent and what devices acknowledged.',
  },
  'commands-missing': {
    dimension: DIMENSION,
    what: 'commands that the stored records ask for and no device was given',
    unit: 'commands',
    better: 'less',
    of: 'run',
    read: ofProcessor('missing'),
    isKey: true,
    next: 'Find why state was kept and its command was not: the proof names a command, and the record that asks for it.',
  },
  'commands-unasked': {
    dimension: DIMENSION,
    what: 'commands that no stored record asks for',
    unit: 'commands',
    better: 'less',
    of: 'run',
    read: ofProcessor('unasked'),
    next: 'Find who else sends commands, or which records were processed and then lost.',
  },
  'commands-unacknowledged': {
    dimension: DIMENSION,
    what: 'commands that no device acknowledged',
    unit: 'commands',
    better: 'less',
    of: 'run',
    read: ofProcessor('unacknowledged'),
    next: 'Look at whoever stands for the devices: a transaction that stays open hides all that follows from it.',
  },
  'twin-mismatches': {
    dimension: DIMENSION,
    what: 'devices whose twin is not what the stored records make of it',
    unit: 'devices',
    better: 'less',
    of: 'run',
    read: ofProcessor('mismatched'),
    isKey: true,
    next: 'Rebuild the state from its source: the proof names a device, what is kept of it and what should be.',
  },
  'processor-unprocessed-records': {
    dimension: DIMENSION,
    what: 'stored records that the processor had not committed when it was given time',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofProcessor('unprocessed'),
    next: 'Look at the instances in the end: one that restores or rebalances again and again processes nothing.',
  },
  'writer-late-records': {
    dimension: DIMENSION,
    what: 'records that a writer wrote after another one had taken its place',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofWriter('late'),
    isKey: true,
    next: 'Have the database check the epoch of each writer: whoever hung does not know that somebody else has taken over.',
  },
  'writer-missing-records': {
    dimension: DIMENSION,
    what: 'records that the writers committed and that were never written',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofWriter('missing'),
    next: 'Commit offsets after the write, and none of a batch that was refused.',
  },
  'writer-uncommitted-records': {
    dimension: DIMENSION,
    what: 'stored records that the writers had not committed when they were given time',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofWriter('uncommitted'),
    next: 'Look at the log of the instances: a writer that is refused again and again commits nothing.',
  },
  'writer-refused-records': {
    dimension: DIMENSION,
    what: 'records that the database refused, because another writer had claimed their partition',
    unit: 'records',
    better: 'neither',
    of: 'run',
    read: ofWriter('refused'),
    next: 'A drill that is about fencing has to run into it: hold the writer for longer than its session.',
  },
  'rebuild-seconds': {
    dimension: 'fault',
    what: 'from the injection until no partition of the processor was behind, and that stayed so',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('rebuildMs', 1000),
    isKey: true,
    next: 'Shorten what it waits for: the session of its group, what it downloads (standby replicas), what it must process again.',
  },
  'processor-behind-seconds': {
    dimension: 'fault',
    what: 'in which some partition of the processor was behind, until the next fault',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('behindMs', 1000),
    next: 'Look at when state moved back to the instance that had lost it: each move is a pause.',
  },
  'rebuild-takeover-seconds': {
    dimension: 'fault',
    what: 'from the injection until an instance began to restore state',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('takeoverMs', 1000),
    rests: ['wall-clock'],
    next: 'Shorten session.timeout.ms: nobody takes over before the group has noticed.',
  },
  'rebuild-download-seconds': {
    dimension: 'fault',
    what: 'in which state was restored from its changelog',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('downloadMs', 1000),
    rests: ['wall-clock'],
    next: 'Keep standby replicas, or less state for each instance.',
  },
  'rebuild-downloaded-records': {
    dimension: 'fault',
    what: 'records of changelogs that were restored',
    unit: 'records',
    better: 'less',
    of: 'fault',
    read: underFaults('downloadedRecords', 1),
    next: 'Keep standby replicas, or compact the changelog sooner.',
  },
  'rebuild-replay-seconds': {
    dimension: 'fault',
    what: 'from the last restored state until no partition was behind',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: underFaults('replayMs', 1000),
    rests: ['wall-clock'],
    next: 'Commit more often, or give it room to process faster than records come.',
  },
} satisfies Numbers
