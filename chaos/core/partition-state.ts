/** Who leads a partition and which replicas are in sync with it, as a broker says. */
export interface PartitionState {
  /** -1 when there is none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}
