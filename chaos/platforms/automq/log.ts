/**
 * The course of a failover as AutoMQ's own logs tell it. Assignment and completion stand in the log of the active
 * controller alone, the recovery in that of the node that was chosen, the fencing of its log in that of the old
 * owner: all nodes' logs are needed. Pure; the lines were seen on a running 1.7.3.
 */
export type FailoverStep =
  /** The store was reached at start-up. */
  | 'store-ready'
  | 'started'
  /** A controller gave a node up: its session timed out. */
  | 'fenced'
  /** The failed node's write-ahead log was given to a live node. */
  | 'failover-assigned'
  | 'failover-start'
  | 'failover-recover'
  | 'failover-retry'
  | 'failover-complete'
  /** The controller took note of it. */
  | 'failover-closed'
  | 'leaders-elected'
  /** The old owner found that its log is another's now. */
  | 'wal-fenced'
  /** Its process ended by itself, without shutting down. */
  | 'halted'

export interface FailoverEvent {
  /** Milliseconds since the zero that was given. */
  readonly t: number
  /** Whose log says so. */
  readonly node: number
  readonly what: FailoverStep
  /** `failedNode`, `target`, `nodeEpoch`, `retry`: what the line names. */
  readonly context: Readonly<Record<string, number>>
}

export interface NodeLog {
  readonly node: number
  readonly text: string
  /** Whether the process that wrote the last lines still lives: if not, they are its last words. */
  readonly alive: boolean
}

const STEPS: readonly (readonly [what: FailoverStep, line: RegExp])[] = [
  ['store-ready', /Readiness check pass! \(ObjectStorageReadinessCheck\)/],
  ['started', /Kafka Server started/],
  ['fenced', /Fencing broker (?<failedNode>\d+)\b.* because its session has timed out/],
  ['failover-assigned', /\[ADD_NEW_FAILOVER\],context=/],
  ['failover-closed', /\[FAILOVER_COMPLETE\],context=/],
  ['failover-start', /\[FAILOVER\] start with context=/],
  ['failover-complete', /\[FAILOVER\] complete/],
  ['failover-retry', /\[FAILOVER\] fail, retry later/],
  ['failover-recover', /failover recover/],
  ['leaders-elected', /newly elected leaders/],
  ['wal-fenced', /The S3WAL is fenced by another node/],
  ['halted', /\bhalt(?:ing|ed)?\b/i],
]
/** The first line of a broker of Kafka 3.9; or, should that be missing, the first that shows a new process. */
const NEW_PROCESS = /Registered kafka:type=kafka\.Log4jController MBean|Readiness check pass!/
const SHUT_DOWN = /shut down completed/
const LINE = /^\[(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)[,.](\d{3})(Z|[+-]\d\d:?\d\d)?\] [A-Z]+ (.*)$/

/**
 * All events of all logs in the order in which they happened.
 * @param zeroWallMs the wall time that is `t` 0. Times of log lines without a zone are UTC, as the lab's brokers write them.
 */
export function failoverTimeline(logs: readonly NodeLog[], zeroWallMs: number): FailoverEvent[] {
  return logs.flatMap(log => eventsOf(log, zeroWallMs)).sort((a, b) => a.t - b.t)
}

function eventsOf({ node, text, alive }: NodeLog, zeroWallMs: number): FailoverEvent[] {
  const events: FailoverEvent[] = []
  let last: { readonly t: number; readonly fencedSince: boolean } | undefined
  let ended = false
  const halt = (t: number) => {
    if (events.at(-1)?.what !== 'halted') events.push({ t, node, what: 'halted', context: {} })
  }
  for (const raw of text.split('\n')) {
    const line = lineOf(raw.trimEnd())
    if (!line) continue
    const t = line.wallMs - zeroWallMs
    const isNew = NEW_PROCESS.test(line.message)
    // A fenced owner that said nothing of shutting down, and then a process anew: it halted at its last line.
    if (isNew && last?.fencedSince && !ended) halt(last.t)
    if (isNew) ended = false
    ended ||= SHUT_DOWN.test(line.message)
    const step = STEPS.find(([, pattern]) => pattern.test(line.message))
    if (step) events.push({ t, node, what: step[0], context: contextOf(line.message, step[1]) })
    last = { t, fencedSince: !isNew && (step?.[0] === 'wal-fenced' || (last?.fencedSince ?? false)) }
  }
  if (last?.fencedSince && !ended && !alive) halt(last.t)
  return events
}

function lineOf(raw: string): { readonly wallMs: number; readonly message: string } | undefined {
  const match = LINE.exec(raw)
  if (!match) return undefined
  const [, day, time, millis, zone = 'Z', message = ''] = match
  const wallMs = Date.parse(`${day}T${time}.${millis}${zone}`)
  return Number.isFinite(wallMs) ? { wallMs, message } : undefined
}

/** `FailoverContext{nodeId=2, target=1, nodeEpoch=1795456123000, kraftWalConfigs=…}, retryCount=0` */
function contextOf(message: string, pattern: RegExp): Record<string, number> {
  const context: Record<string, number> = {}
  const named = pattern.exec(message)?.groups?.['failedNode']
  if (named !== undefined) context['failedNode'] = Number(named)
  const inside = /FailoverContext\{([^}]*)/.exec(message)?.[1] ?? ''
  for (const [ours, theirs] of [
    ['failedNode', 'nodeId'],
    ['target', 'target'],
    ['nodeEpoch', 'nodeEpoch'],
  ] as const) {
    const value = new RegExp(`\\b${theirs}=(-?\\d+)`).exec(inside)?.[1]
    if (value !== undefined) context[ours] = Number(value)
  }
  const retry = /\bretryCount=(\d+)/.exec(message)?.[1]
  if (retry !== undefined) context['retry'] = Number(retry)
  return context
}

/** One node's failover, as far as the logs tell it; null where they say nothing. */
export interface Failover {
  readonly failedNode: number
  readonly target: number | null
  readonly fencedAt: number | null
  readonly assignedAt: number
  readonly startedAt: number | null
  readonly completedAt: number | null
  readonly closedAt: number | null
}

/** From a timeline: each assignment, with what led to it and what became of it. */
export function failovers(events: readonly FailoverEvent[]): Failover[] {
  const assigned = events.filter(event => event.what === 'failover-assigned')
  return assigned.flatMap((event, index) => {
    const { failedNode, target } = event.context
    if (failedNode === undefined) return []
    const isOfIt = (other: FailoverEvent) => other.context['failedNode'] === failedNode
    const next = assigned.slice(index + 1).find(isOfIt)?.t ?? Infinity
    const after = (what: FailoverStep) =>
      events.find(other => other.what === what && isOfIt(other) && other.t >= event.t && other.t < next)?.t ??
      null
    const fenced = events.findLast(other => other.what === 'fenced' && isOfIt(other) && other.t <= event.t)
    return [
      {
        failedNode,
        target: target ?? null,
        fencedAt: fenced?.t ?? null,
        assignedAt: event.t,
        startedAt: after('failover-start'),
        completedAt: after('failover-complete'),
        closedAt: after('failover-closed'),
      },
    ]
  })
}
