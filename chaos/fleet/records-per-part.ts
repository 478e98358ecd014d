import type { FleetSpec } from '../core/drill.ts'
import { TELEMETRY } from './streams.ts'

/** Kafka's default limit for a batch is 1 MiB (message.max.bytes); half of it leaves room for every header. */
const MAX_PART_BYTES = 512 * 1024
/** kafkajs copies its list of a partition's records once per record (producer/groupMessagesPerPartition.js). */
const MAX_PART_RECORDS = 500
const SMALL_RECORD_BYTES = 200
const RECORD_OVERHEAD_BYTES = 32

/** How many records of the topic one part of a request holds at most. */
export function recordsPerPart(spec: FleetSpec, topicIndex: number): number {
  const bytes = topicIndex === TELEMETRY ? spec.telemetry.payloadBytes : SMALL_RECORD_BYTES
  return Math.max(1, Math.min(MAX_PART_RECORDS, Math.floor(MAX_PART_BYTES / (bytes + RECORD_OVERHEAD_BYTES))))
}
