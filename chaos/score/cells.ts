import { ACKED, REFUSED, type SendLog, at } from './send-log.ts'

/** A cell is one partition as the clients of one zone see it. */
export interface CellIndex {
  /** By cell: the rows of the log, in its order. */
  readonly rows: readonly Int32Array[]
  /** By cell: when anything was acknowledged, sorted. */
  readonly acks: readonly Int32Array[]
}

export function cellOf(log: SendLog, row: number): number {
  return at(log.partition, row) * log.zones.length + at(log.zone, row)
}

/**
 * Groups rows in two passes and without an array per row. What was refused for what a record is says nothing of the
 * partition's service, and is left out.
 */
export function indexCells(log: SendLog): CellIndex {
  const sizes = new Int32Array(log.partitions.length * log.zones.length)
  const counts = (row: number) => at(log.outcome, row) !== REFUSED
  for (let row = 0; row < log.length; row++)
    if (counts(row)) sizes[cellOf(log, row)] = at(sizes, cellOf(log, row)) + 1
  const rows = Array.from(sizes, size => new Int32Array(size))
  const filled = new Int32Array(sizes.length)
  for (let row = 0; row < log.length; row++) {
    if (!counts(row)) continue
    const cell = cellOf(log, row)
    const position = at(filled, cell)
    ;(rows[cell] as Int32Array)[position] = row
    filled[cell] = position + 1
  }
  const acks = rows.map(mine =>
    mine
      .filter(row => at(log.outcome, row) === ACKED)
      .map(row => at(log.doneT, row))
      .sort(),
  )
  return { rows, acks }
}

/** How many of the sorted values are not after `time`. */
export function countUpTo(sorted: Int32Array, time: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(sorted, middle) <= time) low = middle + 1
    else high = middle
  }
  return low
}
