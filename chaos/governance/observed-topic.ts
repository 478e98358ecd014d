/** Where a setting's value comes from, as brokers tell it (DescribeConfigs, config source). */
export type SettingSource = 'topic' | 'broker' | 'default' | 'unknown'

export interface ObservedSetting {
  readonly value: string
  readonly source: SettingSource
}

export interface ObservedPartition {
  readonly partition: number
  readonly replicas: number
  readonly inSync: number
  readonly logStart: number
  readonly logEnd: number
  /** The first offset whose time is within the replay window; null when the log holds none so young. */
  readonly windowStart: number | null
  /** How long ago the oldest record that is kept was stamped, to about a second; null where it was not looked for. */
  readonly oldestAgeMs: number | null
  /** Of the largest replica on a broker's disk; null where no broker told it, or the rest is in a tier. */
  readonly sizeBytes: number | null
  /** Records that came while it was watched. */
  readonly arrived: number
}

export interface ObservedAcl {
  readonly principal: string
  readonly operation: string
  readonly allowed: boolean
}

export interface ObservedTopic {
  readonly partitions: readonly ObservedPartition[]
  /** By Kafka's names; empty where the broker would not tell them. */
  readonly settings: Readonly<Record<string, ObservedSetting>>
  /** null: the cluster asks nobody who they are. */
  readonly acls: readonly ObservedAcl[] | 'unreadable' | null
}

export interface ObservedCluster {
  readonly brokers: number
  /** How long arrivals were watched. */
  readonly watchedMs: number
  /** By name; a topic of the contract that the cluster does not have is absent. */
  readonly topics: ReadonlyMap<string, ObservedTopic>
  /** Topics of the cluster that the contract does not name, without those that brokers keep for themselves. */
  readonly uncovered: readonly string[]
}
