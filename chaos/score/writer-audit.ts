import type { ProcessorEvidence, WriterLine } from '../record/processor-evidence.ts'
import type { WriterMeasurement } from '../record/processor-measurement.ts'
import type { StoredRecord } from './stored-records.ts'
import { parseId } from './twin-fold.ts'

const EXAMPLES = 10

export interface WriterAudit {
  readonly written: number
  readonly late: number
  readonly setBack: number
  readonly missing: number
  readonly uncommitted: number
  readonly refused: number
  readonly examples: WriterMeasurement['examples']
}

/**
 * Every write in the order of the database: one of a writer whose partition another one had claimed before is late,
 * whoever has newer records. What was committed and never written is missing.
 */
export function auditWriter(
  writer: WriterLine,
  writes: ProcessorEvidence['writes'],
  stored: readonly StoredRecord[],
): WriterAudit {
  const next = new Map(
    writer.partitions.map(([topic, partition, , , to]) => [`${topic}/${partition}`, to ?? 0]),
  )
  const places = new Set(writes.map(([, partition, offset]) => `${partition}/${offset}`))
  const records = stored.filter(({ id }) => parseId(id) !== null)
  const isCommitted = ({ topic, partition, offset }: StoredRecord) =>
    offset < (next.get(`${topic}/${partition}`) ?? 0)
  const missing = records.filter(
    record => isCommitted(record) && !places.has(`${record.partition}/${record.offset}`),
  )
  const { late, setBack } = lateWrites(writer, writes)
  return {
    written: writes.length,
    late: late.length,
    setBack,
    missing: missing.length,
    uncommitted: records.filter(record => !isCommitted(record)).length,
    refused: writer.refusals.reduce((sum, [, , , , count]) => sum + count, 0),
    examples: {
      late: late.slice(0, EXAMPLES),
      missing: missing.slice(0, EXAMPLES).map(({ id, partition, offset }) => ({ id, partition, offset })),
    },
  }
}

function lateWrites({ claims }: WriterLine, writes: ProcessorEvidence['writes']) {
  const events = [
    ...claims.map(([arrival, partition, epoch]) => ({ arrival, partition, epoch, write: null })),
    ...writes.map(write => ({ arrival: write[0], partition: write[1], epoch: write[4], write })),
  ].toSorted((a, b) => a.arrival - b.arrival)
  const newest = new Map<number, number>()
  const states = new Map<string, readonly [epoch: number, sequence: number]>()
  const late: WriterMeasurement['examples']['late'][number][] = []
  let setBack = 0
  for (const { partition, epoch, write } of events) {
    const known = newest.get(partition) ?? 0
    newest.set(partition, Math.max(known, epoch))
    if (!write) continue
    const [, , offset, id] = write
    const isLate = epoch < known
    if (isLate) late.push({ id, partition, offset, epoch, newest: known })
    const record = parseId(id)
    if (!record) continue
    const [was, sequence] = states.get(record.device) ?? [-1, -1]
    if (isLate && (record.epoch < was || (record.epoch === was && record.sequence < sequence))) setBack++
    states.set(record.device, [record.epoch, record.sequence])
  }
  return { late, setBack }
}
