/** What lab runs measured that a formula does not say, for estimates of environments. Nothing here was seen on AWS. */

/** Records of the two zone-cut runs of docs/cost-model.md: key and value, and how many a request had. */
const LAB_RECORD_BYTES = 187
const LAB_RECORDS_PER_BATCH = 7
/** As brokers store a record: Kafka's message format, version 2, puts these before it, and before each batch. */
const RECORD_HEAD_BYTES = 11
const BATCH_BYTES = 61
const LAB_STORED_BYTES = LAB_RECORD_BYTES + RECORD_HEAD_BYTES + BATCH_BYTES / LAB_RECORDS_PER_BATCH
/** The measured ratios are per byte of key and value; the fleet's load is in bytes as stored. */
const stored = (perRecordByte: number) => (perRecordByte * LAB_RECORD_BYTES) / LAB_STORED_BYTES

/**
 * What a stored byte took on the wire: the means of those two runs (0.88 and 0.98 crossings of a produced byte, 2.65 and
 * 2.71 of a replicated, 0.84 and 0.92 of a read one, 0.80 of a replayed one) over the formula's.
 */
export const WIRE_PER_STORED_BYTE = {
  produce: stored(0.93 / (2 / 3)),
  replicate: stored(2.68 / 2),
  consume: stored(0.88 / (2 / 3)),
  replay: stored(0.8 / (2 / 3)),
} as const

/**
 * What a process wrote into its log an hour, after the minute of its start, in three runs of the lab on 2026-11-30: the
 * most of any broker (7.3 kB a minute; others wrote nothing), and of any worker of Connect (13.8 kB). A start itself
 * wrote 0.21 MB.
 */
export const LAB_LOGS = { brokerBytesPerHour: 440_000, workerBytesPerHour: 830_000 } as const

/** A call with four metrics of a shard, its head and its answer: the JSON has 450 bytes; the rest is estimated, upwards. */
export const METRIC_CALL_BYTES = 4000

/** Of t3 and t4g: vCPUs, and the share of each that is in the price. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html */
export const BURSTABLE: Readonly<Record<string, { readonly vcpu: number; readonly baseline: number }>> = {
  nano: { vcpu: 2, baseline: 0.05 },
  micro: { vcpu: 2, baseline: 0.1 },
  small: { vcpu: 2, baseline: 0.2 },
  medium: { vcpu: 2, baseline: 0.2 },
  large: { vcpu: 2, baseline: 0.3 },
  xlarge: { vcpu: 4, baseline: 0.4 },
  '2xlarge': { vcpu: 8, baseline: 0.4 },
}
