/**
 * Every part of every produce request of a run, as columns: one row for each partition of each request,
 * not for each record, so that a run of millions of records stays in tens of megabytes.
 */
export const ACKED = 0
export const FAILED = 1
export const UNKNOWN = 2
/** No outcome was ever written: the shard ended first. */
export const OPEN = 3
/** Refused for what a record is: the partition was in service all the same. */
export const REFUSED = 4
export type SendOutcome = typeof ACKED | typeof FAILED | typeof UNKNOWN | typeof OPEN | typeof REFUSED

/** `doneT` of a row that is still open. */
export const NEVER = 0x7fffffff

export interface SendRow {
  readonly partition: string
  readonly zone: string
  readonly shard: string
  readonly invokeT: number
  readonly due: number
  readonly records: number
  readonly invokeLine: number
  /** All of its records are of devices whose clock is wrong: no latency is taken of it. @default false */
  readonly isOfWrongClocks?: boolean
}

export interface SendLog {
  readonly partitions: readonly string[]
  readonly zones: readonly string[]
  readonly shards: readonly string[]
  readonly length: number
  readonly partition: Int32Array
  readonly zone: Int32Array
  readonly shard: Int32Array
  readonly invokeT: Int32Array
  readonly due: Int32Array
  /** When the outcome was known; `NEVER` for an open row. */
  readonly doneT: Int32Array
  readonly outcome: Int32Array
  readonly records: Int32Array
  readonly invokeLine: Int32Array
  readonly doneLine: Int32Array
  /** 1: all of its records are of devices whose clock is wrong. */
  readonly wrongClocks: Int32Array
}

const COLUMNS = [
  'partition',
  'zone',
  'shard',
  'invokeT',
  'due',
  'doneT',
  'outcome',
  'records',
  'invokeLine',
  'doneLine',
  'wrongClocks',
] as const
type Column = (typeof COLUMNS)[number]

export interface SendLogWriter {
  /** Adds a row without an outcome and returns its number. */
  open(row: SendRow): number
  recordsOf(row: number): number
  told(row: number): Pick<SendRow, 'partition' | 'invokeT' | 'records'>
  close(row: number, outcome: SendOutcome, doneT: number, doneLine: number): void
  finish(): SendLog
}

export function sendLogWriter(): SendLogWriter {
  let capacity = 1 << 14
  let length = 0
  const columns = Object.fromEntries(COLUMNS.map(name => [name, new Int32Array(capacity)])) as Record<
    Column,
    Int32Array
  >
  const names = { partition: new Names(), zone: new Names(), shard: new Names() }

  const grow = (): void => {
    capacity *= 2
    for (const name of COLUMNS) {
      const larger = new Int32Array(capacity)
      larger.set(columns[name])
      columns[name] = larger
    }
  }

  return {
    open(row) {
      if (length === capacity) grow()
      const added = length++
      columns.partition[added] = names.partition.indexOf(row.partition)
      columns.zone[added] = names.zone.indexOf(row.zone)
      columns.shard[added] = names.shard.indexOf(row.shard)
      columns.invokeT[added] = row.invokeT
      columns.due[added] = row.due
      columns.records[added] = row.records
      columns.invokeLine[added] = row.invokeLine
      columns.wrongClocks[added] = row.isOfWrongClocks ? 1 : 0
      columns.doneT[added] = NEVER
      columns.outcome[added] = OPEN
      return added
    },
    recordsOf: row => at(columns.records, row),
    told: row => ({
      partition: names.partition.all[at(columns.partition, row)] ?? '',
      invokeT: at(columns.invokeT, row),
      records: at(columns.records, row),
    }),
    close(row, outcome, doneT, doneLine) {
      columns.outcome[row] = outcome
      columns.doneT[row] = doneT
      columns.doneLine[row] = doneLine
    },
    finish() {
      const trimmed = Object.fromEntries(
        COLUMNS.map(name => [name, columns[name].subarray(0, length)]),
      ) as Record<Column, Int32Array>
      return {
        ...trimmed,
        partitions: names.partition.all,
        zones: names.zone.all,
        shards: names.shard.all,
        length,
      }
    },
  }
}

class Names {
  readonly all: string[] = []
  private readonly byName = new Map<string, number>()

  indexOf(name: string): number {
    const known = this.byName.get(name)
    if (known !== undefined) return known
    this.all.push(name)
    this.byName.set(name, this.all.length - 1)
    return this.all.length - 1
  }
}

/** A column's value; rows are always within bounds, which `noUncheckedIndexedAccess` cannot know. */
export function at(column: Int32Array, row: number): number {
  return column[row] as number
}
