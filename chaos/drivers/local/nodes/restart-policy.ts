import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Clock } from '../../../core/clock.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { NodeId } from '../../../core/topology.ts'
import type { NodeSoftware } from './node-software.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { findAlive } from '../../../machine/process-table.ts'
import type { Supervisor } from '../lab/supervisor.ts'

/** What a restart policy does, as it stands in the journal: it is the platform that behaves, not one of our faults. */
export type RestartEvent = Extract<JournalEvent, { kind: 'node.restarted' | 'node.given-up' }>

/** The process table, as far as a restart policy looks at it and acts on it. */
export interface WatchedProcesses {
  /** What was started last and not ended by us; undefined: whoever runs the lab wants no process there. */
  recorded(node: NodeId): ProcessIdentity | undefined
  isAlive(process: ProcessIdentity): boolean
  start(node: NodeId): void
  lastWords(node: NodeId): readonly string[]
}

export interface RestartOptions {
  readonly nodes: readonly NodeId[]
  readonly processes: WatchedProcesses
  readonly clock: Clock
  /** The nodes whose processes a fault holds down or is about to end: they are its own to start again. */
  readonly held: () => ReadonlySet<NodeId>
  readonly onEvent: (event: RestartEvent) => void
  /** @default DEFAULT_RESTARTS */
  readonly policy?: Partial<RestartPolicyTimes>
}

export interface RestartPolicyTimes {
  readonly everyMs: number
  readonly firstAfterMs: number
  readonly atMostAfterMs: number
  /** A process that lived this long begins a new count. */
  readonly forgivenAfterMs: number
  /** Restarts in a row. */
  readonly atMost: number
}

/** The first after 2 s, as the systemd unit of the deployed nodes (RestartSec=2); then twice as long each time. */
export const DEFAULT_RESTARTS: RestartPolicyTimes = {
  everyMs: 250,
  firstAfterMs: 2000,
  atMostAfterMs: 60_000,
  forgivenAfterMs: 60_000,
  atMost: 8,
}

interface NodeRecord {
  process: ProcessIdentity | undefined
  sinceMs: number
  /** When its end was seen. */
  endedAtMs: number | null
  inARow: number
  givenUp: boolean
}

/**
 * What systemd or Kubernetes would do for a broker in production: it starts a process again that ended by itself.
 * It never fights whoever ends processes on purpose: those are not recorded any more, or their node is held.
 */
export class RestartPolicy implements AsyncDisposable {
  private readonly options: RestartOptions
  private readonly times: RestartPolicyTimes
  private readonly records = new Map<NodeId, NodeRecord>()
  private readonly stopping = new AbortController()
  private readonly running: Promise<void>

  constructor(options: RestartOptions) {
    this.options = options
    this.times = { ...DEFAULT_RESTARTS, ...options.policy }
    this.running = this.loop()
    // Whoever stops it hears of it; until then it is nobody's unhandled rejection.
    this.running.catch(() => {})
  }

  /** Once it resolves, nothing is started any more. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      for (const node of this.options.nodes) this.watch(node)
      try {
        await this.options.clock.sleep(this.times.everyMs, signal)
      } catch {
        return
      }
    }
  }

  private watch(node: NodeId): void {
    const { processes, clock, held } = this.options
    const now = clock.now()
    const process = processes.recorded(node)
    const record = this.recordOf(node, process, now)
    if (!process) return
    if (processes.isAlive(process)) {
      record.endedAtMs = null
      if (now - record.sinceMs >= this.times.forgivenAfterMs) record.inARow = 0
      return
    }
    // Held: the fault has it, and the time that it takes to come back is no part of the policy's.
    if (held().has(node)) {
      record.endedAtMs = null
      return
    }
    record.endedAtMs ??= now
    if (record.givenUp || now - record.endedAtMs < this.delayOf(record)) return
    this.restart(node, process, record, now - record.endedAtMs)
  }

  private recordOf(node: NodeId, process: ProcessIdentity | undefined, now: number): NodeRecord {
    const known = this.records.get(node)
    if (known && isSame(known.process, process)) return known
    // Another process than the policy's own last one: a fault's heal, or an operator. The count goes on, since one
    // that ends again at once is no better for having been started by hand.
    const record: NodeRecord = {
      process,
      sinceMs: now,
      endedAtMs: null,
      inARow: known?.inARow ?? 0,
      givenUp: false,
    }
    this.records.set(node, record)
    return record
  }

  private delayOf({ inARow }: NodeRecord): number {
    return Math.min(this.times.firstAfterMs * 2 ** inARow, this.times.atMostAfterMs)
  }

  private restart(node: NodeId, process: ProcessIdentity, record: NodeRecord, afterMs: number): void {
    const { processes, onEvent } = this.options
    const lastWords = processes.lastWords(node)
    const ended = `process ${process.pid} of broker ${node} ended by itself`
    if (record.inARow >= this.times.atMost) {
      record.givenUp = true
      onEvent({
        kind: 'node.given-up',
        node,
        why: `${ended}, after ${record.inARow} restarts in a row`,
        lastWords,
      })
      return
    }
    record.inARow++
    record.endedAtMs = null
    try {
      processes.start(node)
    } catch {
      // Tried again after the next, longer delay; only a process that exists is told of.
      return
    }
    onEvent({
      kind: 'node.restarted',
      node,
      why: `${ended}; nothing of this run ended it, and its restart policy started it again`,
      lastWords,
      attempt: record.inARow,
      afterMs: Math.round(afterMs),
    })
  }
}

function isSame(a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean {
  return a?.pid === b?.pid && a?.startedAt === b?.startedAt
}

/** The policy over a lab's own brokers. Stop it before the lab is stopped. */
export function restartBrokers(
  lab: {
    readonly layout: LabLayout
    readonly supervisor: Supervisor
    readonly nodes: NodeSoftware
    readonly clock: Clock
  },
  options: Pick<RestartOptions, 'held' | 'onEvent' | 'policy'>,
): RestartPolicy {
  const { layout, supervisor, nodes, clock } = lab
  return new RestartPolicy({
    ...options,
    clock,
    nodes: layout.topology.nodes.map(node => node.id),
    processes: {
      recorded: node => supervisor.find('broker', node)?.process,
      isAlive: process => findAlive(process) !== undefined,
      start: node => void supervisor.start(nodes.command(node)),
      lastWords: node => logTailOf(layout.logFile(`broker-${node}`)),
    },
  })
}

const LAST_BYTES = 8192
const LAST_LINES = 8
const LINE_CHARACTERS = 300

/** The end of a log, in lines of bounded length; empty when there is none. */
export function logTailOf(logFile: string): string[] {
  let fd: number
  try {
    fd = openSync(logFile, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(fd)
    const from = Math.max(0, size - LAST_BYTES)
    const buffer = Buffer.alloc(size - from)
    const read = readSync(fd, buffer, 0, buffer.length, from)
    const lines = buffer.toString('utf8', 0, read).split('\n')
    // The first may be half a line.
    return (from > 0 ? lines.slice(1) : lines)
      .filter(line => line.trim() !== '')
      .slice(-LAST_LINES)
      .map(line => line.slice(0, LINE_CHARACTERS))
  } finally {
    closeSync(fd)
  }
}
