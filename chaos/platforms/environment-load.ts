import type { DataClass } from '../core/contract.ts'
import type { PlatformName } from './index.ts'

/** What the fleet of an environment writes all the time, and what its nodes tell their account of it. */
export interface EnvironmentLoad {
  readonly environment: string
  /** With its variant: `automq-router`. */
  readonly platform: PlatformName
  readonly region: string
  readonly zones: number
  readonly brokers: number
  /** As brokers store it, before copies. */
  readonly bytesPerSecond: number
  readonly classes: readonly ClassLoad[]
  readonly localRetentionHours: number
  readonly segmentBytes: number
  /** Series of metrics that nodes publish, each once a minute, and the calls that do it. */
  readonly metrics: number
  readonly metricCallsPerMinute: number
  /** Nodes whose logs go to CloudWatch, by how much their process says. */
  readonly logs: { readonly brokers: number; readonly workers: number }
  /** Instances of burstable types, by type. */
  readonly burstable: readonly { readonly type: string; readonly count: number }[]
}

export interface ClassLoad {
  readonly dataClass: DataClass
  readonly bytesPerSecond: number
  readonly retentionHours: number
  readonly compacted: boolean
}

/** What is billed by what is done with an environment, at the load that its own fleet puts on it. */
export interface UseLine {
  /** As people call it: `GB between zones`. */
  readonly what: string
  /** A month's. */
  readonly quantity: number
  readonly hourlyUsd: number
  readonly monthlyUsd: number
  /** How the quantity was worked out. */
  readonly formula: string
  readonly priceDate: string | null
  /** Whether a price of it has no source. */
  readonly isUnsourced: boolean
  /** Whether it is an upper bound of what nobody measured: then it is in no sum. */
  readonly isBound: boolean
}

export interface EnvironmentUse {
  readonly lines: readonly UseLine[]
  /** What no price could be found for, and why. */
  readonly unpriced: readonly { readonly what: string; readonly why: string }[]
  /** Of the lines that are no bounds. */
  readonly hourlyUsd: number
  readonly monthlyUsd: number
}
