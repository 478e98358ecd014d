import type { Anomaly } from '../../../chaos/record/audit-file.ts'
import { type Log, type NaiveEvent, type Op, keysOf, logOf, opOf, PollPositions } from './naive-auditor.ts'

/** One life of a process, which a crash ends. */
interface Client {
  isMember: boolean
  readonly given: { readonly key: string; readonly offset: number }[]
  /** Where it began before anybody knew of its group. */
  readonly begun: Map<string, number>
}

/** Offsets strictly between the two may have been left out. */
interface Jump {
  readonly key: string
  readonly from: number
  readonly to: number
  readonly isCommit: boolean
}

/**
 * What the one consumer group passed over: where a member begins after what the group had committed (or, without a
 * commit, after the last that any member was given), where a member jumps, and where a commit is ahead of what any member
 * was given. A process is a member from its first commit on, and then with all that it was ever given.
 */
export function groupReadAnomalies(events: readonly NaiveEvent[]): Partial<Record<Anomaly, number>> {
  const ops = events.flatMap(event => (event.f === 'op' ? [opOf(event)] : []))
  const log = logOf(ops)
  const { jumps, highest, members } = passedOver(events)
  const seen = (key: string) => [
    ...new Set(log.reads.filter(read => read.key === key).map(read => read.offset)),
  ]
  const between = ({ key, from, to }: Jump) => seen(key).filter(offset => offset > from && offset < to)
  const isGiven = (key: string, offset: number) =>
    members.some(({ given }) => given.some(one => one.key === key && one.offset === offset))
  const unread = new Set(
    jumps.flatMap(jump =>
      between(jump).flatMap(offset => (isGiven(jump.key, offset) ? [] : [`${jump.key} ${offset}`])),
    ),
  )
  const ahead = jumps.filter(jump => jump.isCommit && between(jump).length > 0)
  const beyond = [...highest].filter(([key, offset]) => offset > (endOf(key, ops, log) ?? Infinity))
  return { unread: unread.size, 'commit-ahead': ahead.length + beyond.length }
}

function passedOver(events: readonly NaiveEvent[]) {
  const positions = new PollPositions()
  const clients = new Map<number, Client>()
  const members: Client[] = []
  const committed = new Map<string, number>()
  const highest = new Map<string, number>()
  const jumps: Jump[] = []
  const lastGiven = (key: string) =>
    Math.max(
      -1,
      ...members.flatMap(({ given }) => given.filter(one => one.key === key).map(one => one.offset)),
    )
  const pass = (key: string, from: number, to: number, isCommit = false) => {
    if (to > from + 1) jumps.push({ key, from, to, isCommit })
  }
  const begin = (key: string, offset: number) => {
    const own = committed.get(key)
    const from = own === undefined ? lastGiven(key) : own - 1
    if (own !== undefined || from >= 0) pass(key, from, offset)
  }
  for (const event of events) {
    positions.forget(event)
    if (event.f === 'crash') clients.delete(event.process)
    if (event.f !== 'op' && event.f !== 'commit') continue
    const client: Client = clients.get(event.process) ?? { isMember: false, given: [], begun: new Map() }
    clients.set(event.process, client)
    if (event.f === 'commit') {
      const { key, offset } = event
      if (!client.isMember) {
        client.isMember = true
        for (const [partition, first] of client.begun) begin(partition, first)
        members.push(client)
      }
      const last = lastGiven(key)
      if (last >= 0) pass(key, Math.max(last, (committed.get(key) ?? 0) - 1), offset, true)
      committed.set(key, offset)
      highest.set(key, Math.max(offset, highest.get(key) ?? -1))
      continue
    }
    const { type, polls } = opOf(event)
    if (type === 'fail') continue
    for (const key of keysOf(polls)) {
      const offsets = polls.filter(poll => poll.key === key).map(poll => poll.offset)
      const own = positions.get(event.process, key)
      const first = offsets[0] as number
      if (type === 'ok' && own !== undefined && client.isMember) pass(key, own, first)
      else if (type === 'ok' && own === undefined && client.isMember) begin(key, first)
      else if (type === 'ok' && own === undefined && !client.begun.has(key)) client.begun.set(key, first)
      client.given.push(...offsets.map(offset => ({ key, offset })))
    }
    positions.take(event)
  }
  return { jumps, highest, members }
}

/**
 * The highest offset that a commit may name: above the last record there may be what sends that failed or were never
 * heard of left, and where there is room for it, a control record for each send.
 */
function endOf(key: string, ops: readonly Op[], log: Log): number | null {
  const known = log.known(key)
  if (known.length === 0) return null
  const batches = ops
    .map(op => ({ type: op.type, sends: op.sends.filter(send => send.key === key) }))
    .filter(({ sends }) => sends.length > 0)
  const unplaced = batches
    .filter(({ type, sends }) => type !== 'ok' || sends.at(-1)?.offset === null)
    .reduce((sum, { sends }) => sum + sends.length, 0)
  const hasHoles = known.length <= Math.max(...known) - Math.min(...known)
  return Math.max(...known) + 1 + unplaced + (hasHoles || unplaced > 0 ? batches.length : 0)
}
