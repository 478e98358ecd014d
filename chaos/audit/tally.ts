import { COUNTS, type CountName, type Counts } from '../record/audit-file.ts'

const ZERO = Object.fromEntries(Object.keys(COUNTS).map(name => [name, 0])) as Counts

export function zeroCounts(): Counts {
  return { ...ZERO }
}

export function addCounts(into: Counts, from: Readonly<Counts>): void {
  for (const name of Object.keys(COUNTS) as CountName[]) into[name] += from[name]
}
