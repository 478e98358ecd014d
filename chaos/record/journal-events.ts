import type { Observation } from '../core/observation.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { LinkId, NodeId } from '../core/topology.ts'
import type { Verdict } from '../core/verdict.ts'

export interface ProbeResult {
  readonly probe: string
  readonly value: number | null
  readonly holds: Verdict
  readonly expected: string
  /** The limit that a baseline gave. */
  readonly limit?: number
}

/** The median of what a probe read; null when it read too little. */
export interface BaselineReading {
  readonly probe: string
  readonly value: number | null
  readonly samples: number
}

/** What happens in a run. `id` names one fault or action of the timeline, e.g. `zone-cut-3`. */
export type JournalEvent =
  | {
      readonly kind: 'run.started'
      readonly run: string
      readonly drill: string
      readonly seed: string
      readonly runner: ProcessIdentity
    }
  | { readonly kind: 'lab.started' | 'lab.attached'; readonly labDir: string; readonly ownedByRun: boolean }
  /** A lab that stays was not as it was made: what was found, and whether it was healed before the run began. */
  | { readonly kind: 'lab.leftovers'; readonly found: readonly string[]; readonly healed: boolean }
  | {
      readonly kind: 'process.started'
      readonly role: string
      readonly node: NodeId | null
      readonly process: ProcessIdentity
    }
  | {
      readonly kind: 'process.ended'
      readonly role: string
      readonly node: NodeId | null
      readonly process: ProcessIdentity
    }
  | {
      readonly kind: 'topics.created'
      readonly topics: Readonly<Record<string, { readonly partitions: number; readonly replicas: number }>>
    }
  | {
      readonly kind: 'connector.started'
      readonly zone: string
      readonly topics: readonly string[]
      readonly connector: string
      /** Of Kafka Connect. */
      readonly version: string
    }
  /** What its sink had once the fleet had delivered everything and the sink was given time. */
  | {
      readonly kind: 'connector.drained'
      readonly topics: readonly string[]
      /** Records in those topics; null when no broker told. */
      readonly stored: number | null
      readonly lines: number
      readonly bytes: number
      readonly waitedMs: number
    }
  | { readonly kind: 'fleet.started'; readonly devices: number; readonly gateways: readonly string[] }
  | { readonly kind: 'fleet.stopped' | 'fleet.drained'; readonly buffered: number }
  /** The fleet runs at full load, and nothing of it counts. */
  | { readonly kind: 'warm-up.started'; readonly forMs: number }
  | { readonly kind: 'warm-up.ended' }
  /** What the platform itself has when nothing is broken; limits of the steady state may follow it. */
  | { readonly kind: 'baseline'; readonly forMs: number; readonly probes: readonly BaselineReading[] }
  | {
      readonly kind: 'steady-state'
      readonly when: 'before' | 'after'
      readonly verdict: Verdict
      readonly probes: readonly ProbeResult[]
    }
  /** Brokers are too young for what is to be done to them: the timeline begins when they are not. */
  | { readonly kind: 'timeline.waiting'; readonly why: string }
  /** The zero of the timeline: `at: 15s` is 15 s after this, and later by as long as a fault waited. */
  | { readonly kind: 'timeline.started' }
  | { readonly kind: 'timeline.ended' }
  | FaultEvent
  /** The platform's behaviour: a broker ended though nothing of ours ended it, and its restart policy acted. */
  | {
      readonly kind: 'node.restarted'
      readonly node: NodeId
      readonly why: string
      /** The last lines that the process that ended had printed. */
      readonly lastWords: readonly string[]
      /** Which restart of this node in a row, from 1. */
      readonly attempt: number
      /** Between the end being seen and the new process. */
      readonly afterMs: number
    }
  | {
      readonly kind: 'node.given-up'
      readonly node: NodeId
      readonly why: string
      readonly lastWords: readonly string[]
    }
  | {
      readonly kind: 'action.started'
      readonly id: string
      readonly action: string
      readonly spec: unknown
      /** What is done, in words; absent in runs of version 0.1.0. */
      readonly summary?: string | undefined
    }
  | { readonly kind: 'action.finished'; readonly id: string; readonly ok: boolean; readonly result: unknown }
  | { readonly kind: 'abort'; readonly probe: string; readonly value: number | null; readonly limit: string }
  | { readonly kind: 'interrupted'; readonly by: string }
  | { readonly kind: 'heal.started'; readonly by: 'guardian' | 'heal-command' }
  | {
      readonly kind: 'heal.finished'
      readonly by: 'guardian' | 'heal-command'
      readonly healed: readonly string[]
      readonly failed: readonly string[]
      /** Absent in journals of before it was looked at. */
      readonly silentBrokers?: readonly NodeId[] | undefined
    }
  | {
      readonly kind: 'final-read'
      readonly partitions: number
      readonly records: number
      readonly complete: boolean
      /** By `topic/partition`: SHA-256 of what the last replay should have read, as it is stored; null: not known. */
      readonly storedSha256: Readonly<Record<string, string | null>>
      /** How many records of that are stored. Absent in journals of before they were counted. */
      readonly storedRecords?: Readonly<Record<string, number | null>> | undefined
    }
  | { readonly kind: 'sampler.failed'; readonly sampler: string; readonly error: string }
  /** A step of the run's end that was not over in its time; it was left, and the end went on without it. */
  | { readonly kind: 'teardown.late'; readonly step: string; readonly deadlineMs: number }
  | ReaderEvent
  | {
      readonly kind: 'run.finished'
      readonly outcome: 'completed' | 'aborted' | 'interrupted' | 'crashed'
      readonly error?: string
    }

/** What was shown of a reader that could not go on. */
export const READER_REPLACED_CAUSES = ['broker-dead', 'client-stuck', 'position-stuck', 'crashed'] as const
export type ReaderReplacedCause = (typeof READER_REPLACED_CAUSES)[number]

/** What this program did to a reader of its own: from the one event to the other, waiting is not the platform's alone. */
export type ReaderEvent =
  | {
      readonly kind: 'reader.replaced'
      /** The process of its shard: `tail`, `recovery`, `stored`, … */
      readonly reader: string
      readonly cause: ReaderReplacedCause
      readonly why: string
      /** Since when it could not go on, on the run's clock. */
      readonly since: number
    }
  /** The new one has its partitions. */
  | { readonly kind: 'reader.resumed'; readonly reader: string; readonly afterMs: number }
  /** It had to go beyond offsets that it was never given, as they were deleted before it came to them. */
  | {
      readonly kind: 'reader.unread'
      readonly reader: string
      readonly topic: string
      readonly partition: number
      readonly from: number
      /** Exclusive. */
      readonly to: number
    }

/** A fault's life. `target` is everything that healing needs, without the drill, the driver or the runner. */
export type FaultEvent =
  /** Its target would not show what the drill asks about yet: it leads nothing, or is too young. */
  | { readonly kind: 'fault.waiting'; readonly id: string; readonly why: string }
  | {
      readonly kind: 'fault.intended'
      readonly id: string
      readonly fault: string
      readonly spec: unknown
      readonly target: unknown
      /** What the fault's probe read before the injection: healing is judged against it. */
      readonly before: unknown
      /** The same in words. Absent in journals of before it was kept. */
      readonly baseline?: readonly Observation[] | undefined
      /** In words, for people: `broker 2 (az-b), leader of telemetry/0`. */
      readonly summary: string
      readonly zones: readonly string[]
      readonly nodes: readonly NodeId[]
      readonly links: readonly LinkId[]
    }
  | { readonly kind: 'fault.injected'; readonly id: string }
  | {
      readonly kind: 'fault.proven'
      readonly id: string
      readonly since: number
      readonly observations: readonly Observation[]
    }
  | {
      readonly kind: 'fault.unproven'
      readonly id: string
      readonly observations: readonly Observation[]
      readonly reason: string
    }
  /** `since`: when healing began; what it took away may be back from then on. Absent in older journals. */
  | { readonly kind: 'fault.healed'; readonly id: string; readonly since?: number | undefined }
  | { readonly kind: 'fault.heal-proven'; readonly id: string; readonly observations: readonly Observation[] }
  | {
      readonly kind: 'fault.heal-unproven'
      readonly id: string
      readonly observations: readonly Observation[]
      readonly reason: string
    }

/** A line of `journal.jsonl`. `prev` is the SHA-256 (hex) of the line before it, without its newline. */
export type JournalLine = JournalEvent & {
  readonly seq: number
  /** Milliseconds since the run's zero. */
  readonly t: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly prev: string
}

/** `prev` of the first line. */
export const GENESIS = '0'.repeat(64)
