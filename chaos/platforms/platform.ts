import type { PlatformOptionName } from './options.ts'

/**
 * All that the rest of the program knows of a platform: it asks for a trait and never for a name. One folder each, one
 * line in `index.ts`; docs/adding-a-platform.md shows how.
 */
export interface Platform<Name extends string = string> {
  /** As `--platform` takes it. */
  readonly name: Name
  /** For people: `Kafka with tiered storage`. */
  readonly title: string
  /** Where there is little room: `Tiered`. */
  readonly shortTitle: string
  /** The platform whose software this is, set up in another way; both are priced where one is. null: of its own. */
  readonly variantOf: string | null
  /**
   * Where a record ends up. `disks`: on those of the brokers. `tiered`: first there, and closed segments in an object
   * store. `shared`: in an object store that all brokers share; their disks keep metadata alone.
   */
  readonly storage: 'disks' | 'tiered' | 'shared'
  /** `replicated`: brokers keep the copies that a topic asks for. `one`: the store keeps the one that there is. */
  readonly copies: 'replicated' | 'one'
  readonly runtime: PlatformRuntime
  /** Whether a node with an empty disk formats it when it starts. Otherwise whoever starts the node does. */
  readonly formatsItself: boolean
  /** Whether clients of a zone are sent to brokers of that zone, whatever leads. */
  readonly routesByZone: boolean
  /** Whether a consumer may read from a replica in its own zone (KIP-392). */
  readonly followerFetch: boolean
  /** How a client in a zone must call itself. null: as it likes. */
  readonly clientId: ((zone: string) => string) | null
  /** Options of the command line that are meant for it. */
  readonly options: readonly PlatformOptionName[]
  readonly versions: PlatformVersions
  readonly metrics: PlatformMetrics
  readonly reads: ColdReads
  /** A node that is younger is failed over late, so a fault waits for it. 0: age does not matter. */
  readonly failoverAgeMs: number
  /** Of three nodes on a small machine, for plans: orders of magnitude, measured on two cores. */
  readonly expected: { readonly readyMs: number; readonly memoryBytes: number }
  /** What its requests to the object store follow, as bills say it. */
  readonly requestFormula: string
}

/** What a node is. */
export type PlatformRuntime =
  | {
      readonly kind: 'jvm'
      /** Words of the command line of a JVM on a machine of its own. */
      readonly options: (memory: {
        readonly heapMiB: number
        readonly directMiB: number
      }) => readonly string[]
    }
  /** A command line and no more. */
  | { readonly kind: 'program' }

/** Where its versions come from. */
export type PlatformVersions =
  | {
      /** Any that Maven resolves, `--platform kafka@4.4.0`. */
      readonly from: 'maven'
      /** Locked jar by jar in this repository; what runs when no version is named. */
      readonly shipped: string
      /** Older ones are refused: nodes are configured in a way that they do not know. */
      readonly oldest: string
    }
  | {
      /** The one that the user brings. */
      readonly from: 'distribution'
      readonly option: string
    }

/** How its nodes are asked for their own metrics, in Prometheus' text format. */
export interface PlatformMetrics {
  /** How often: an answer may be large. */
  readonly everyMs: number
  /** Those that are kept, as they stand in samples/broker-metrics.jsonl, without labels. */
  readonly names: readonly string[]
  /** What a node does not serve is left out, never zero. */
  parse(text: string): Record<string, number>
}

/** How it is told where the records of a replay came from. */
export type ColdReads =
  /** All from the brokers: there is no store. */
  | { readonly toldBy: 'nothing-is-cold' }
  /** Leaders say the first offset on their own disk: below it, a record comes from the tier. */
  | { readonly toldBy: 'local-log-start' }
  /** Only bytes tell: a counter of each node, of what it took from the store. */
  | { readonly toldBy: 'node-counter'; readonly counter: string }
