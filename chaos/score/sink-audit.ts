import type { SinkEvidence, SinkRow } from '../record/sink-evidence.ts'
import type { SinkExample } from '../record/sink-measurement.ts'
import type { Repairs } from './repairs.ts'
import type { StoredRecord } from './stored-records.ts'

/** Of each finding: how many, and the first few. */
export interface Finding {
  readonly count: number
  readonly examples: readonly SinkExample[]
  /** `topic/partition` of every one of them, not only of the first few. */
  readonly partitions: ReadonlySet<string>
}

export interface SinkAudit {
  readonly stored: number
  readonly committed: number
  readonly missing: Finding
  readonly missingBy: ReadonlyMap<string, number>
  readonly undelivered: Finding
  readonly repeated: Finding
  readonly reordered: Finding
  readonly unexplained: Finding
  /** Rows beyond the first with one id, wherever their records stand. */
  readonly doubled: Finding
  /** Sound records that the sink has put aside. */
  readonly wronglyAside: Finding
  /** What it has put aside, and no stored record was made of. */
  readonly unrepaired: Finding
}

const EXAMPLES = 10

export class Found implements Finding {
  count = 0
  readonly examples: SinkExample[] = []
  readonly partitions = new Set<string>()

  add(record: SinkExample): void {
    this.count++
    this.partitions.add(`${record.topic}/${record.partition}`)
    if (this.examples.length < EXAMPLES) this.examples.push(record)
  }
}

const placeOf = (topic: string, partition: number, offset: number): string =>
  `${topic}/${partition}/${offset}`

/**
 * Every record that is stored against every row and every dead letter. A record is delivered when a row has its id, or
 * a dead letter is about its offset; what was committed and is neither is missing, whatever the totals say: repeats
 * elsewhere may make up for them.
 */
export function auditSink(
  { offsets, rows, dead }: Pick<SinkEvidence, 'offsets' | 'rows' | 'dead'>,
  stored: readonly StoredRecord[],
  repairs: Pick<Repairs, 'idsOf'> = { idsOf: new Map() },
): SinkAudit {
  const committedOf = new Map(
    (offsets?.partitions ?? []).map(([topic, partition, , , next]) => [`${topic}/${partition}`, next ?? 0]),
  )
  const ids = new Set(rows.map(([id]) => id))
  const letters = new Set(dead.map(([topic, partition, offset]) => placeOf(topic, partition, offset)))
  const missing = new Found()
  const undelivered = new Found()
  const missingBy = new Map<string, number>()
  let committed = 0
  for (const record of stored) {
    const { topic, partition, offset, id } = record
    const isCommitted = offset < (committedOf.get(`${topic}/${partition}`) ?? 0)
    if (isCommitted) committed++
    if (ids.has(id) || letters.has(placeOf(topic, partition, offset))) continue
    if (!isCommitted) undelivered.add(record)
    else {
      missing.add(record)
      const key = `${topic}/${partition}`
      missingBy.set(key, (missingBy.get(key) ?? 0) + 1)
    }
  }
  const found = { stored: stored.length, committed, missing, missingBy, undelivered }
  return { ...found, ...auditRows(rows, stored), ...auditAside(letters, stored, repairs) }
}

/** What is no record of the fleet, and so cannot be a row. */
const isUnreadable = ({ id }: StoredRecord): boolean => id.startsWith('?')

/** Every dead letter against what stands where it says, and against what was made of that. */
function auditAside(
  letters: ReadonlySet<string>,
  stored: readonly StoredRecord[],
  { idsOf }: Pick<Repairs, 'idsOf'>,
): Pick<SinkAudit, 'wronglyAside' | 'unrepaired'> {
  const wronglyAside = new Found()
  const unrepaired = new Found()
  const ids = new Set(stored.map(({ id }) => id))
  for (const record of stored) {
    const place = placeOf(record.topic, record.partition, record.offset)
    if (!letters.has(place)) continue
    if (!isUnreadable(record)) wronglyAside.add(record)
    else if (![...(idsOf.get(place) ?? [])].some(id => ids.has(id))) unrepaired.add(record)
  }
  return { wronglyAside, unrepaired }
}

/**
 * Rows in the order in which they were first written. A device's records are in one partition in its order; where one
 * is stored twice, the first place counts, and a row of either is its row.
 */
export function auditRows(
  rows: readonly SinkRow[],
  stored: readonly StoredRecord[],
): Pick<SinkAudit, 'repeated' | 'reordered' | 'unexplained' | 'doubled'> {
  const firstPlace = new Map<string, StoredRecord>()
  for (const record of stored) if (!firstPlace.has(record.id)) firstPlace.set(record.id, record)
  const repeated = new Found()
  const reordered = new Found()
  const unexplained = new Found()
  const doubled = new Found()
  const rowsOf = new Set<string>()
  const places = new Set<string>()
  const written = new Set<string>()
  const latest = new Map<string, number>()
  for (const [id, topic, partition, offset] of rows.toSorted((a, b) => a[4] - b[4])) {
    const record = { topic, partition, offset, id }
    // Another region has another record at the same place.
    const place = `${placeOf(topic, partition, offset)} ${id}`
    if (places.has(place)) repeated.add(record)
    places.add(place)
    if (rowsOf.has(id)) doubled.add(record)
    rowsOf.add(id)
    const first = firstPlace.get(id)
    if (!first) unexplained.add(record)
    if (!first || written.has(id)) continue
    written.add(id)
    const device = `${first.topic}/${first.partition}/${id.slice(0, id.indexOf('/'))}`
    const before = latest.get(device) ?? -1
    if (first.offset < before) reordered.add(record)
    else latest.set(device, first.offset)
  }
  return { repeated, reordered, unexplained, doubled }
}
