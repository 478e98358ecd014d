import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { ByClient } from '../../record/run-meters.ts'
import type { RunFiles } from './run-files.ts'

/** Length, attributes, two deltas, lengths of key and value, number of headers; of records of up to 8 KiB. */
const RECORD_HEAD = 11
/** Of a batch in the format of Kafka 0.11 and later. */
const BATCH_HEAD = 61
/** Size, kind, version, correlation, client's name, and the fixed fields of the longest of the kinds that clients send. */
const REQUEST_HEAD = 80
/** Its name, of 14 letters here, with its length, and the number of its partitions. */
const TOPIC_HEAD = 20
/** Of one partition: in a request to write and its answer, and in a request to read and its answer. */
const PARTITION = { write: 8, written: 30, read: 28, answer: 42 } as const

/**
 * What Kafka's protocol may add at most to the bytes of records, for each byte of them: from the heads of records,
 * batches and requests (https://kafka.apache.org/protocol, https://kafka.apache.org/documentation/#recordbatch),
 * at the measured size of records and number of records in a request. What took more than that was not protocol,
 * but something sent twice, or a count of records that is wrong.
 */
export function protocolBound(
  { evidence: { header } }: Pick<RunFiles, 'evidence'>,
  recordBytes: Measured,
  recordsPerRequest: Measured,
): ByClient {
  const { value: size } = recordBytes
  const { value: records } = recordsPerRequest
  if (size === null || size <= 0) return each(notKnown(recordBytes.why ?? 'records have no size'))
  if (records === null || records <= 0) return each(notKnown(recordsPerRequest.why ?? 'no record was sent'))
  const topics = Object.values(header.drill.contract.topics)
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0)
  // A request goes to one leader, and has at most a batch for each of its partitions.
  const led = partitions / Math.max(1, header.nodes.length)
  const batches = Math.min(records, led)
  const head = REQUEST_HEAD + topics.length * TOPIC_HEAD
  const perByte = (ofRequest: number) => 1 + (RECORD_HEAD + ofRequest / records) / size
  const from = [...recordBytes.from, ...recordsPerRequest.from]
  return {
    // Where records go, readers ask for them: once at most for each request that brought some.
    produce: known(
      perByte(head + batches * (BATCH_HEAD + PARTITION.write) + head + led * PARTITION.read),
      ...from,
    ),
    // Where records come from, producers get their answers.
    consume: known(
      perByte(head + batches * BATCH_HEAD + led * PARTITION.answer + head + batches * PARTITION.written),
      ...from,
    ),
    // Reads of megabytes: what they are wrapped in is nothing beside them, and batches are as they were written.
    replay: known(perByte(batches * BATCH_HEAD), ...from),
  }
}

const each = (measured: Measured): ByClient => ({
  produce: measured,
  consume: measured,
  replay: measured,
})
