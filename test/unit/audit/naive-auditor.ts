import type { Anomaly } from '../../../chaos/record/audit-file.ts'

/**
 * The anomalies of an open history, straight from their meanings: short, obvious and quadratic. The
 * auditor must find the same numbers. Operations are complete: nobody invokes without an answer.
 */
export type Value = string | number
export type Step =
  | { readonly send: { readonly key: string; readonly offset: number | null; readonly value: Value } }
  | { readonly poll: readonly { readonly key: string; readonly offset: number; readonly value: Value }[] }
export type NaiveEvent =
  | {
      readonly f: 'op'
      readonly process: number
      readonly type: 'ok' | 'fail' | 'info'
      readonly steps: readonly Step[]
    }
  | { readonly f: 'assign' | 'subscribe'; readonly process: number; readonly keys: readonly string[] }
  | { readonly f: 'commit'; readonly process: number; readonly key: string; readonly offset: number }
  | { readonly f: 'crash'; readonly process: number }

export interface Op {
  readonly process: number
  readonly type: 'ok' | 'fail' | 'info'
  readonly sends: readonly { readonly key: string; readonly offset: number | null; readonly value: Value }[]
  readonly polls: readonly { readonly key: string; readonly offset: number; readonly value: Value }[]
}
interface At {
  readonly key: string
  readonly value: Value
}

export function naiveAudit(events: readonly NaiveEvent[]): Partial<Record<Anomaly, number>> {
  const ops = events.flatMap(event => (event.f === 'op' ? [opOf(event)] : []))
  const log = logOf(ops)
  return {
    ...recordAnomalies(ops, log),
    ...deviceAnomalies(ops, log),
    ...pollAnomalies(events, log),
    ...sendAnomalies(events, log),
    ...commitAnomalies(events),
  }
}

export function opOf({ process, type, steps }: Extract<NaiveEvent, { f: 'op' }>): Op {
  const sends = steps.flatMap(step => ('send' in step ? [step.send] : []))
  return { process, type, sends, polls: steps.flatMap(step => ('poll' in step ? step.poll : [])) }
}

const same = (a: At) => (b: At) => a.key === b.key && a.value === b.value
const unique = <T extends At>(items: readonly T[]) =>
  items.filter((item, i) => items.findIndex(same(item)) === i)
export const keysOf = (items: readonly { readonly key: string }[]) => [
  ...new Set(items.map(item => item.key)),
]

/** Everything that the history says of the log. */
export function logOf(ops: readonly Op[]) {
  const reads = ops.filter(op => op.type === 'ok').flatMap(op => op.polls)
  const attempts = (of: At, type?: Op['type']) =>
    ops.filter(op => type === undefined || op.type === type).flatMap(op => op.sends.filter(same(of)))
  const isRead = (of: At) => reads.some(same(of))
  const isProven = (op: Op) =>
    op.type === 'info' &&
    op.sends.some(
      send => isRead(send) && attempts(send, 'ok').length === 0 && attempts(send, 'info').length === 1,
    )
  const claims = ops.flatMap(op => [...(op.type === 'ok' || isProven(op) ? op.sends : []), ...op.polls])
  const offsetsOf = (of: At) =>
    [...new Set(claims.filter(same(of)).flatMap(claim => claim.offset ?? []))].sort((a, b) => a - b)
  const known = (key: string) => [
    ...new Set(claims.filter(claim => claim.key === key).flatMap(claim => claim.offset ?? [])),
  ]
  const maxRead = (key: string) =>
    Math.max(-1, ...reads.filter(read => read.key === key).map(read => read.offset))
  const between = (key: string, from: number, to: number) =>
    known(key).filter(offset => offset > from && offset < to).length
  const isAccountable = (of: At) =>
    attempts(of, 'ok').length > 0 ||
    isRead(of) ||
    ops.some(op => isProven(op) && op.sends.some(send => same(of)(send)))
  const isPassedOver = (of: At) =>
    ops.some(op => {
      if (op.type !== 'ok' && !isProven(op)) return false
      const sends = op.sends.filter(send => send.key === of.key)
      return sends.some(
        (send, i) => same(of)(send) && send.offset === null && sends.slice(i + 1).some(isRead),
      )
    })
  const isLost = (of: At) => {
    if (isRead(of) || !isAccountable(of)) return false
    const offsets = offsetsOf(of)
    return offsets.length === 0 ? isPassedOver(of) : offsets.some(offset => offset <= maxRead(of.key))
  }
  return { reads, claims, attempts, isRead, isAccountable, isLost, offsetsOf, known, between }
}
export type Log = ReturnType<typeof logOf>

function recordAnomalies(ops: readonly Op[], log: Log): Partial<Record<Anomaly, number>> {
  const all = unique(ops.flatMap(op => [...op.sends, ...op.polls]))
  const differing = keysOf(log.claims).flatMap(key =>
    log.known(key).filter(offset => {
      const there = log.claims.filter(claim => claim.key === key && claim.offset === offset)
      return unique(there).length > 1
    }),
  )
  return {
    'inconsistent-offsets': differing.length,
    duplicate: all.filter(value => log.offsetsOf(value).length > 1).length,
    'lost-write': all.filter(log.isLost).length,
    unseen: all.filter(of => log.attempts(of, 'ok').length > 0 && !log.isRead(of) && !log.isLost(of)).length,
    G1a: all.filter(of => {
      const count = log.attempts(of).length
      return count > 0 && log.attempts(of, 'fail').length === count && log.isRead(of)
    }).length,
    'precommitted-read': ops.flatMap(op =>
      keysOf(op.polls).filter(key => op.polls.some(poll => poll.key === key && op.sends.some(same(poll)))),
    ).length,
  }
}

/** `[device/epoch, sequence]`, or null. */
function deviceOf(value: Value): readonly [string, number] | null {
  const match = /^(.+\/(?:0|[1-9]\d*))\/(0|[1-9]\d*)$/.exec(String(value))
  return match ? [match[1] as string, Number(match[2])] : null
}

function deviceAnomalies(ops: readonly Op[], log: Log): Partial<Record<Anomaly, number>> {
  let [gaps, reordered, duplicates] = [0, 0, 0]
  const all = unique(ops.flatMap(op => [...op.sends, ...op.polls]))
  for (const key of keysOf(all)) {
    const own = all.filter(of => of.key === key && deviceOf(of.value) !== null)
    duplicates += own.filter(of => log.offsetsOf(of).length > 1).length
    for (const device of new Set(own.map(of => deviceOf(of.value)?.[0] as string))) {
      const at = (sequence: number): At => ({ key, value: `${device}/${sequence}` })
      const sequences = own.filter(of => deviceOf(of.value)?.[0] === device)
      gaps += gapsOf(
        sequences.map(of => deviceOf(of.value)?.[1] as number),
        at,
        log,
      )
      reordered += reorderedOf(key, device, log)
    }
  }
  const standing = all.filter(of => deviceOf(of.value) !== null && log.offsetsOf(of).length > 0)
  for (const value of new Set(standing.map(of => of.value)))
    duplicates += standing.filter(of => of.value === value).length - 1
  return { 'device-gap': gaps, 'device-reorder': reordered, 'device-duplicate': duplicates }
}

function gapsOf(named: readonly number[], at: (sequence: number) => At, log: Log): number {
  const read = named.filter(sequence => log.isRead(at(sequence)))
  const isSent = named.some(sequence => log.attempts(at(sequence)).length > 0)
  const known = named.filter(sequence => log.isRead(at(sequence)) || log.attempts(at(sequence)).length > 0)
  let [holes, isOpen] = [0, false]
  for (let sequence = Math.min(...known); sequence <= Math.max(-1, ...read); sequence++) {
    const of = at(sequence)
    const isNamed = log.attempts(of).length > 0
    const isUnexplained =
      !log.isRead(of) &&
      (isNamed ? log.isLost(of) || (log.isAccountable(of) && log.offsetsOf(of).length === 0) : !isSent)
    if (isUnexplained && !isOpen) holes++
    isOpen = isUnexplained || (isOpen && !log.isRead(of))
  }
  return holes
}

function reorderedOf(key: string, device: string, log: Log): number {
  const offsets = [...new Set(log.reads.filter(read => read.key === key).map(read => read.offset))]
  // Where reads differ, the first one counts here; the difference is an anomaly of its own.
  const stored = offsets
    .sort((a, b) => a - b)
    .map(offset => log.reads.find(read => read.key === key && read.offset === offset)?.value as Value)
  let [highest, count] = [-1, 0]
  const passed = new Set<Value>()
  for (const value of stored) {
    const own = deviceOf(value)
    if (own === null || own[0] !== device || passed.has(value)) continue
    passed.add(value)
    if (own[1] < highest) count++
    else highest = own[1]
  }
  return count
}

function pollAnomalies(events: readonly NaiveEvent[], log: Log): Partial<Record<Anomaly, number>> {
  const counts = { 'poll-skip': 0, 'nonmonotonic-poll': 0, 'int-poll-skip': 0, 'int-nonmonotonic-poll': 0 }
  const positions = new Map<string, number>()
  const groups = new Groups()
  for (const event of events) {
    groups.take(event)
    forget(event, positions)
    if (event.f !== 'op') continue
    const op = opOf(event)
    for (const key of keysOf(op.polls)) {
      const offsets = op.polls.filter(poll => poll.key === key).map(poll => poll.offset)
      const own = positions.get(`${op.process} ${key}`)
      const first = offsets[0] as number
      const from = own ?? groups.position(op.process, key)
      if (from !== undefined && log.between(key, from, first) > 0) counts['poll-skip']++
      if (own !== undefined && first <= own) counts['nonmonotonic-poll']++
      for (const [i, to] of offsets.entries()) {
        const before = offsets[i - 1]
        if (before === undefined) continue
        if (to <= before) counts['int-nonmonotonic-poll']++
        else if (log.between(key, before, to) > 0) counts['int-poll-skip']++
      }
      if (op.type === 'ok') positions.set(`${op.process} ${key}`, offsets.at(-1) as number)
    }
  }
  return counts
}

/** The last offset that each process was given of each key by a poll that succeeded. */
export class PollPositions {
  readonly #positions = new Map<string, number>()

  get(process: number, key: string): number | undefined {
    return this.#positions.get(`${process} ${key}`)
  }

  forget(event: NaiveEvent): void {
    forget(event, this.#positions)
  }

  take(event: NaiveEvent): void {
    if (event.f !== 'op' || event.type !== 'ok') return
    for (const { key, offset } of opOf(event).polls) this.#positions.set(`${event.process} ${key}`, offset)
  }
}

/** After an assignment a process keeps its place only in what it still has. */
function forget(event: NaiveEvent, positions: Map<string, number>): void {
  if (event.f !== 'assign' && event.f !== 'subscribe' && event.f !== 'crash') return
  for (const place of positions.keys()) {
    const [process, key] = place.split(' ')
    if (Number(process) !== event.process) continue
    if (event.f === 'crash' || !event.keys.includes(key as string)) positions.delete(place)
  }
}

function sendAnomalies(events: readonly NaiveEvent[], log: Log): Partial<Record<Anomaly, number>> {
  const counts = { 'nonmonotonic-send': 0, 'int-send-skip': 0, 'int-nonmonotonic-send': 0 }
  const positions = new Map<string, number>()
  for (const event of events) {
    forget(event, positions)
    if (event.f !== 'op' || event.type === 'fail') continue
    const op = opOf(event)
    const offsetOf = (send: Op['sends'][number]): number | undefined => {
      if (op.type === 'ok' && send.offset !== null) return send.offset
      const certain = log.attempts(send, 'ok').length + log.attempts(send, 'info').length === 1
      const offsets = log.offsetsOf(send)
      return certain && offsets.length === 1 ? offsets[0] : undefined
    }
    for (const key of keysOf(op.sends)) {
      const offsets = op.sends.filter(send => send.key === key).map(offsetOf)
      const place = `${op.process} ${key}`
      const [first, last, before] = [offsets[0], offsets.at(-1), positions.get(place)]
      if (before !== undefined && first !== undefined && first <= before) counts['nonmonotonic-send']++
      if (last !== undefined) positions.set(place, last)
      const placed = offsets.filter(offset => offset !== undefined)
      for (const [i, to] of placed.entries()) {
        const from = placed[i - 1]
        if (from === undefined) continue
        if (to <= from) counts['int-nonmonotonic-send']++
        else if (log.between(key, from, to) > 0) counts['int-send-skip']++
      }
    }
  }
  return counts
}

/** One consumer group: whoever subscribed or committed. */
class Groups {
  readonly #members = new Set<number>()
  readonly #committed = new Map<string, number>()

  take(event: NaiveEvent): number {
    if (event.f === 'subscribe' || event.f === 'commit') this.#members.add(event.process)
    if (event.f === 'crash') this.#members.delete(event.process)
    if (event.f !== 'commit') return 0
    const before = this.#committed.get(event.key)
    this.#committed.set(event.key, event.offset)
    return before !== undefined && event.offset < before ? 1 : 0
  }

  /** The last offset that the group is done with. */
  position(process: number, key: string): number | undefined {
    const committed = this.#members.has(process) ? this.#committed.get(key) : undefined
    return committed === undefined ? undefined : committed - 1
  }
}

function commitAnomalies(events: readonly NaiveEvent[]): Partial<Record<Anomaly, number>> {
  const counts = { 'commit-lost': 0, 'commit-backwards': 0 }
  const groups = new Groups()
  const positions = new Map<string, number>()
  for (const event of events) {
    counts['commit-backwards'] += groups.take(event)
    forget(event, positions)
    if (event.f !== 'op') continue
    const op = opOf(event)
    for (const key of keysOf(op.polls)) {
      const offsets = op.polls.filter(poll => poll.key === key).map(poll => poll.offset)
      const own = `${op.process} ${key}`
      const done = groups.position(op.process, key)
      if (!positions.has(own) && done !== undefined && (offsets[0] as number) <= done) counts['commit-lost']++
      if (op.type === 'ok') positions.set(own, offsets.at(-1) as number)
    }
  }
  return counts
}
