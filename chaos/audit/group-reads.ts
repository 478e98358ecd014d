import type { Findings } from './findings.ts'
import { OffsetRanges } from './offset-ranges.ts'
import { isSeen, type OffsetMap } from './offset-map.ts'
import { type Batch, type Commit, type Found, offsetAt, type Place } from './operation.ts'
import type { Counts } from '../record/audit-file.ts'

/** What one client was given, from its start to its end, and the groups that it was a member of. */
interface Client {
  /** null: nobody knows yet; its first commit may tell. */
  group: Group | null
  /** By partition. */
  readonly given: Map<number, OffsetRanges>
  /** Where it began before its group was known, by partition. */
  readonly begun: Map<number, { readonly offset: number; readonly place: Place }>
}

interface Group {
  readonly name: string
  readonly clients: Set<Client>
  /** By partition: the last offset that any member was given. */
  readonly last: Map<number, number>
  /** By partition: the next offset that it is to read, as it was last committed or found. */
  readonly committed: Map<number, number>
  /** By partition: each commit that was higher than all before it. */
  readonly highest: Map<number, HighCommit[]>
  readonly jumps: Jump[]
}

interface HighCommit {
  readonly offset: number
  readonly time: number | null
  readonly place: Place
}

/** Offsets strictly between the two may have been left out. */
interface Jump {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly places: readonly Place[]
  readonly isCommit: boolean
}

export interface GroupReadsParts {
  readonly offsets: OffsetMap
  readonly findings: Findings
  readonly countsOf: (partition: number) => Counts
  /** The highest offset that a commit may name; null where nobody knows the end. */
  readonly endOf: (partition: number) => number | null
  /** When that end was asked for: a log may grow after it. null: it is the end for all times. */
  readonly endAt: (partition: number) => number | null
}

/**
 * Whether each consumer group was given all that it passed over. A group passes over offsets when a member begins after
 * what it had committed (or, without a commit, after the last that it was given), when a member jumps, and when a commit
 * is ahead of what any member was given. Of those offsets the records that are in the log are *unread* when no member was
 * ever given them. Control records and what was removed are in no log that was read, and so are no gap.
 */
export class GroupReads {
  readonly #clients = new Map<number, Client>()
  readonly #groups = new Map<string, Group>()

  joined(process: number, group: string): void {
    const client = this.#client(process)
    const joined = this.#group(group)
    if (client.group === joined) return
    const isFirst = client.group === null
    client.group = joined
    joined.clients.add(client)
    if (!isFirst) return
    for (const [partition, { offset, place }] of client.begun) this.#begin(joined, partition, offset, place)
    client.begun.clear()
    for (const [partition, { last }] of client.given) raise(joined.last, partition, last)
  }

  /** The client ended: what comes next of the process is another. */
  left(process: number): void {
    this.#clients.delete(process)
  }

  /** `position`: the last offset that it had been given itself; null when it begins. */
  given(
    process: number,
    batch: Batch,
    position: { offset: number; place: Place } | null,
    place: Place,
  ): void {
    const client = this.#client(process)
    const { group } = client
    const { partition } = batch
    const first = offsetAt(batch, 0)
    if (first === null) return
    if (position !== null) {
      if (group !== null && first > position.offset + 1)
        group.jumps.push(jump(partition, position.offset, first, [position.place, place]))
    } else if (group !== null) this.#begin(group, partition, first, place)
    else if (!client.begun.has(partition)) client.begun.set(partition, { offset: first, place })
    this.perhapsGiven(process, batch)
  }

  /** The outcome is not known: what it was given is no gap, and it began nowhere. */
  perhapsGiven(process: number, batch: Batch): void {
    const client = this.#client(process)
    let ranges = client.given.get(batch.partition)
    if (ranges === undefined) {
      ranges = new OffsetRanges()
      client.given.set(batch.partition, ranges)
    }
    for (let i = 0; i < batch.handles.length; i++) {
      const offset = offsetAt(batch, i)
      if (offset !== null) ranges.add(offset)
    }
    if (client.group !== null) raise(client.group.last, batch.partition, ranges.last)
  }

  committed({ process, group: name, offsets, time, place }: Commit): void {
    this.joined(process, name)
    const group = this.#group(name)
    for (const [partition, offset] of offsets) {
      const last = group.last.get(partition)
      const passed = Math.max(last ?? -1, (group.committed.get(partition) ?? 0) - 1)
      // Where none was given anything, others may read for those who commit.
      if (last !== undefined && offset > passed + 1)
        group.jumps.push({ ...jump(partition, passed, offset, [place]), isCommit: true })
      const highest = group.highest.get(partition) ?? []
      group.highest.set(partition, highest)
      if (offset > (highest.at(-1)?.offset ?? -1)) highest.push({ offset, time, place })
      group.committed.set(partition, offset)
    }
  }

  found({ group: name, offsets }: Found): void {
    const { committed } = this.#group(name)
    for (const [partition, offset] of offsets) {
      if (offset === null) committed.delete(partition)
      else committed.set(partition, offset)
    }
  }

  /** Tells what was passed over, now that everything in the log is known. */
  finish(parts: GroupReadsParts): void {
    for (const group of this.#groups.values()) {
      const told = new Map<number, OffsetRanges>()
      for (const passed of group.jumps) {
        if (passed.isCommit) tellAhead(parts, group, passed)
        this.#tellUnread(parts, group, passed, told)
      }
      for (const [partition, commits] of group.highest) {
        const end = parts.endOf(partition)
        const highest = highestAt(commits, parts.endAt(partition))
        if (end !== null && highest && highest.offset > end)
          tellBeyond(parts, group.name, { partition, end, ...highest })
      }
    }
  }

  #tellUnread(parts: GroupReadsParts, group: Group, passed: Jump, told: Map<number, OffsetRanges>): void {
    const { partition, from, to, places } = passed
    const { offsets, findings, countsOf } = parts
    const covers = [...group.clients].flatMap(({ given }) => given.get(partition) ?? [])
    const before = told.get(partition) ?? new OffsetRanges()
    told.set(partition, before)
    let [count, lowest, highest] = [0, -1, -1]
    const first: number[] = []
    for (const [low, high] of OffsetRanges.uncovered(from + 1, to - 1, [...covers, before])) {
      const found = offsets.between(partition, low - 1, high + 1, 3, isSeen)
      if (found.count === 0) continue
      count += found.count
      if (lowest < 0) lowest = found.first[0]?.[0] ?? low
      highest = found.last
      if (first.length < 3) first.push(...found.first.map(([, handle]) => handle))
    }
    if (count === 0) return
    before.addRange(from + 1, to - 1)
    countsOf(partition).unread += count
    const records = count === 1 ? '1 record' : `${count} records`
    findings.add(
      'unread',
      partition,
      () => ({
        what: `${records} at offsets ${lowest} to ${highest} were passed over by group ${JSON.stringify(group.name)}, and no member was ever given them`,
        handles: first.slice(0, 3),
        offsets: lowest === highest ? [lowest] : [lowest, highest],
        places,
        traceValues: true,
      }),
      count,
    )
  }

  /** Without its own position: it begins where its group goes on. */
  #begin(group: Group, partition: number, offset: number, place: Place): void {
    const committed = group.committed.get(partition)
    const passed = committed === undefined ? (group.last.get(partition) ?? -1) : committed - 1
    const isKnown = committed !== undefined || passed >= 0
    if (isKnown && offset > passed + 1) group.jumps.push(jump(partition, passed, offset, [place]))
  }

  #client(process: number): Client {
    let client = this.#clients.get(process)
    if (client === undefined) {
      client = { group: null, given: new Map(), begun: new Map() }
      this.#clients.set(process, client)
    }
    return client
  }

  #group(name: string): Group {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = {
        name,
        clients: new Set(),
        last: new Map(),
        committed: new Map(),
        highest: new Map(),
        jumps: [],
      }
      this.#groups.set(name, group)
    }
    return group
  }
}

const jump = (partition: number, from: number, to: number, places: readonly Place[]): Jump => ({
  partition,
  from,
  to,
  places,
  isCommit: false,
})

/** Of the commits until then; all of them where no time is known. */
function highestAt(commits: readonly HighCommit[], until: number | null): HighCommit | undefined {
  return commits.findLast(({ time }) => until === null || time === null || time <= until)
}

function raise(last: Map<number, number>, partition: number, offset: number): void {
  if (offset > (last.get(partition) ?? -1)) last.set(partition, offset)
}

function tellAhead({ offsets, findings }: GroupReadsParts, { name }: Group, passed: Jump): void {
  const { partition, from, to, places } = passed
  const { count } = offsets.between(partition, from, to, 0, isSeen)
  if (count === 0) return
  findings.add('commit-ahead', partition, () => ({
    what: `group ${JSON.stringify(name)} committed ${to}, and was given nothing after offset ${from}: ${count} record${count === 1 ? ' is' : 's are'} between`,
    handles: [],
    offsets: [from, to],
    places,
    traceValues: false,
  }))
}

function tellBeyond(
  { findings }: GroupReadsParts,
  group: string,
  at: { readonly partition: number; readonly offset: number; readonly end: number; readonly place: Place },
): void {
  findings.add('commit-ahead', at.partition, () => ({
    what: `group ${JSON.stringify(group)} committed ${at.offset}, beyond the end of the log at ${at.end}`,
    handles: [],
    offsets: [at.end, at.offset],
    places: [at.place],
    traceValues: false,
  }))
}
