/**
 * The compact form of operation histories, one JSON document a line, one file (shard) a process, in
 * `history/<process>.jsonl`. Times (`t`, `due`) are whole milliseconds since the run's zero
 * (`run.json`, `startedAtWallMs`), on a clock that never goes back. A record's identity in a topic is
 * `device/epoch/sequence`, e.g. `d17/1/42`: the device, its boot epoch and its sequence on that topic.
 *
 * A shard is: one header, any number of operations, one end. A shard without its end is incomplete, and
 * what rests on it is inconclusive.
 *
 * Format 1 had no `repeat`, and no `settled`: an answer that acknowledged some partitions and not others was one `info`, although
 * devices forgot what was acknowledged.
 */
export const SHARD_FORMAT = 2

export type RecordId = string

/**
 * The header of a record whose timestamp is its device's: the right wall time, in milliseconds, at which its gateway
 * sent it. What is measured is taken from it, and never from a device's clock.
 */
export const SENT_HEADER = 'sent'

export type ProcessRole = 'gateway' | 'tail' | 'recovery' | 'final-read'

export interface ShardHeader {
  readonly kind: 'header'
  readonly format: 1 | typeof SHARD_FORMAT
  readonly process: string
  readonly role: ProcessRole
  readonly zone: string
}

/** One produce request: for each partition its records in order. `due` is the earliest intended send time. */
export interface SendInvoke {
  readonly kind: 'invoke'
  /** Unique within the shard. */
  readonly op: number
  readonly t: number
  readonly parts: readonly SendPart[]
}
export type SendPart = readonly [topic: string, partition: number, due: number, records: readonly RecordId[]]

/** All of it is acknowledged. `offsets[i]` is that of the first record of `parts[i]`; the rest follow without gaps. */
export interface SendOk {
  readonly kind: 'ok'
  readonly op: number
  readonly t: number
  readonly offsets: readonly (number | null)[]
}

/** The whole request. `fail`: certainly not stored. `info`: unknown (a time-out, a lost connection). */
export interface SendNotOk {
  readonly kind: 'fail' | 'info'
  readonly op: number
  readonly t: number
  readonly error: string
}

/**
 * The parts of one request fared differently: `parts[i]` is what became of `parts[i]` of its invoke. A number is the
 * offset of the part's first record, as in `ok`; a text is why it was not acknowledged.
 *
 * `refused` is a failure for what the records are, not for how the partition is: its halves go apart next, until one
 * record is alone. A part of one record that is refused is given up: its device does not send it again.
 */
export interface SendSettled {
  readonly kind: 'settled'
  readonly op: number
  readonly t: number
  readonly parts: readonly SettledPart[]
}
export type SettledPart =
  | readonly [outcome: 'acked', offset: number | null]
  | readonly [outcome: 'failed' | 'unknown' | 'refused', error: string]

/** Records that a device threw away because its edge buffer was full: they were never sent (again). */
export interface EdgeDrop {
  readonly kind: 'drop'
  readonly t: number
  readonly topic: string
  readonly records: readonly RecordId[]
}

/**
 * Records that a device publishes again on purpose, as what they were: one more copy of each is meant. It is written
 * before they are sent.
 */
export interface Repeat {
  readonly kind: 'repeat'
  readonly t: number
  readonly topic: string
  readonly records: readonly RecordId[]
}

/**
 * What one poll returned: runs of records at consecutive offsets. A hole in the offsets starts a new run.
 * A value that is no record of the fleet is written as `?<sha256 of the value>`.
 */
export interface Poll {
  readonly kind: 'poll'
  readonly t: number
  readonly runs: readonly PollRun[]
}
export type PollRun = readonly [
  topic: string,
  partition: number,
  firstOffset: number,
  records: readonly RecordId[],
]

/** The consumer (re)started, was given partitions, or moved its position; explains jumps in what it polled. */
export interface Assigned {
  readonly kind: 'assign'
  readonly t: number
  readonly partitions: readonly (readonly [topic: string, partition: number])[]
  /**
   * The consumer is a new member and begins where `committed` last found this group's offsets; what it had
   * been given before does not count. Absent: it goes on from its own position.
   */
  readonly resumes?: string
}

/** A consumer's offsets that the brokers accepted: per partition the next offset that the group is to read. */
export interface OffsetCommit {
  readonly kind: 'commit'
  readonly t: number
  readonly group: string
  readonly offsets: readonly (readonly [topic: string, partition: number, offset: number])[]
}

/**
 * What the brokers said that a group had committed; null: nothing. Asked when a member took over from another,
 * after a rebalance, and at the end.
 */
export interface OffsetsFound {
  readonly kind: 'committed'
  readonly t: number
  readonly group: string
  readonly offsets: readonly (readonly [topic: string, partition: number, offset: number | null])[]
}

/** Only in the final read: the bounds that every partition had, `[topic, partition, low, high)`. */
export interface Bounds {
  readonly kind: 'bounds'
  readonly t: number
  readonly partitions: readonly (readonly [topic: string, partition: number, low: number, high: number])[]
}

/**
 * Only in the final read, after its polls: how old what is stored is, by the time at which it was sent and by that which
 * it carries. Optional: runs of before it have none.
 */
export interface StoredAges {
  readonly kind: 'ages'
  readonly t: number
  /** When the final read began, in wall milliseconds, as all times of this line. */
  readonly wallMs: number
  readonly partitions: readonly PartitionAges[]
}

export interface PartitionAges {
  readonly topic: string
  readonly partition: number
  readonly oldest: { readonly offset: number; readonly sent: number }
  /** The first record that is stamped at least a second ahead, and each that is twice as far ahead as those before. */
  readonly ahead: readonly {
    readonly offset: number
    readonly id: RecordId
    readonly stamp: number
    readonly sent: number
  }[]
  /** Now and then: how many records and bytes of values and keys had been read, and the latest time sent of them. */
  readonly marks: readonly (readonly [records: number, bytes: number, sent: number])[]
}

/** The last line: how many lines came before it, header included, and what they were. */
export interface ShardEnd {
  readonly kind: 'end'
  readonly t: number
  readonly lines: number
  /** SHA-256 (hex) of every byte before this line. Without it the shard does not verify. */
  readonly sha256?: string
}

export type HistoryLine =
  | ShardHeader
  | SendInvoke
  | SendOk
  | SendNotOk
  | SendSettled
  | EdgeDrop
  | Repeat
  | Poll
  | Assigned
  | OffsetCommit
  | OffsetsFound
  | Bounds
  | StoredAges
  | ShardEnd
