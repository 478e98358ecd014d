import type { Drill } from '../core/drill.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { Platform, PlatformSoftware } from '../core/platform.ts'
import type { KafkaNode } from '../core/topology.ts'

/** `run.json`: what ran, where, when, with which seed and which versions. Written before anything starts. */
export interface RunHeader {
  readonly format: 1
  readonly run: string
  readonly drill: Drill
  /** SHA-256 of the drill file's bytes. */
  readonly drillSha256: string
  readonly seed: string
  readonly platform: Platform
  /** What the platform was made of. Absent in runs from before there was a choice: Apache Kafka. */
  readonly software?: PlatformSoftware
  readonly driver: 'local' | 'aws'
  readonly labDir: string
  readonly ownsLab: boolean
  readonly zones: readonly string[]
  readonly nodes: readonly KafkaNode[]
  /** The wall time of the run's zero; every `t` counts milliseconds from it. */
  readonly startedAtWallMs: number
  readonly runner: ProcessIdentity
  readonly guardian: ProcessIdentity | null
  readonly versions: Readonly<Record<string, string>>
  /** The commit of the checkout that the program ran from; null when it is not a checkout. */
  readonly commit: string | null
  readonly machine: {
    readonly os: string
    readonly arch: string
    readonly cpuModel: string
    readonly cpus: number
    readonly memoryBytes: number
    readonly load1: number
  }
}
