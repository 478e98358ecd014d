/** What the history says of one value, as bits: see `ValueTable`. */
export const ACKED = 1
export const FAILED = 2
export const UNKNOWN = 4
/** Read by a witness: in the log, as far as anyone can know. */
export const READ = 8
/** Returned to a consumer by a poll that succeeded. */
export const POLLED = 16
/** Thrown away at the edge. */
export const DROPPED = 32
/** Its sender never heard, but it must have been stored. */
export const PROVEN = 64
/** Acknowledged only after the witness had looked: nobody can say. */
export const LATE = 128
/** Set by the last scan: accountable, and not where it must be. */
export const LOST = 256
/** Set by the last scan: retention or compaction has removed it. */
export const EXPIRED = 512
/** Set by the last scan: has at least one known offset. */
export const PLACED = 1024
/** Set by the last scan: its first stored copy was passed. */
export const PASSED = 2048
/** In a run, of what the final read does not have: sent less than its topic's replay window before that looked. */
export const YOUNG = 4096
/** The same, and sent longer ago than that. Neither: nobody knows when. */
export const AGED = 8192
/** The same, and sent longer ago than its topic keeps anything. */
export const OVERDUE = 16384
/** The same, counted to when the final read was last given something of the partition. */
export const OVERDUE_SINCE = 32768

export const ATTEMPTED = ACKED | FAILED | UNKNOWN

/** Must be stored: acknowledged, or proven, or a consumer was given it. */
export const ACCOUNTABLE = ACKED | PROVEN | POLLED
