import type { Contract } from '../../chaos/core/contract.ts'
import type { FleetSpec } from '../../chaos/core/drill.ts'
import type { RecordId } from '../../chaos/record/history.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import { RecordText } from '../../chaos/fleet/record-text.ts'
import { fleetTopics, meanGapsMs, STREAMS } from '../../chaos/fleet/streams.ts'

/** What a fleet makes brokers store, from the fleet's own code and Kafka's message format. */

const STARTED_MS = 1_795_461_906_000
/** Ids get longer: these are of a fleet of tens of thousands, after months of a record each second. */
const DEVICE = 'd10199'
const SEQUENCE = 9_999_999

export interface StoredRate {
  readonly topic: string
  readonly recordsPerSecond: number
  /** Of one copy: records, and the headers of their batches. */
  readonly bytesPerSecond: number
  readonly bytesPerRecord: number
}

/** @param fleet `gateways` are those of all shards together. */
export function storedRates(
  spec: FleetSpec,
  contract: Contract,
  fleet: { readonly devices: number; readonly gateways: number },
): readonly StoredRate[] {
  const topics = fleetTopics(contract)
  const text = new RecordText(spec, topics, seededRandom('1'), STARTED_MS)
  const gaps = meanGapsMs(spec)
  return topics.map(({ topic, partitions }, topicIndex) => {
    const streams = STREAMS.flatMap((stream, index) => (stream.topicIndex === topicIndex ? [index] : []))
    const each = streams.map(index => {
      const id = `${DEVICE}/${STARTED_MS / 1000}/${SEQUENCE}` as RecordId
      const value = text.render(id, index, 0, SEQUENCE)
      return { perSecond: (fleet.devices * 1000) / (gaps[index] ?? 0), bytes: recordBytes(DEVICE, value) }
    })
    const recordsPerSecond = sum(each.map(({ perSecond }) => perSecond))
    // A gateway sends what it has collected for a partition, as one batch, each `lingerMs`.
    const batches = Math.min(recordsPerSecond, (partitions * fleet.gateways * 1000) / spec.lingerMs)
    const recordsBytes = sum(each.map(({ perSecond, bytes }) => perSecond * bytes))
    return {
      topic,
      recordsPerSecond,
      bytesPerSecond: recordsBytes + batches * BATCH_HEADER_BYTES,
      bytesPerRecord: recordsBytes / recordsPerSecond,
    }
  })
}

const BATCH_HEADER_BYTES = 61

/** Message format 2: attributes, differences to the batch's time and offset, key, value, no headers; all after its length. */
function recordBytes(key: string, value: string): number {
  const body =
    1 + varint(100) + varint(50) + varint(key.length) + key.length + varint(value.length) + value.length + 1
  return varint(body) + body
}

/** Bytes of a number in the zigzag form. */
const varint = (value: number) => Math.ceil(Math.log2(value * 2 + 1) / 7)

/**
 * The most that one replica of a partition has on disk, from its log played through second by second: records come
 * evenly, the open segment is closed when it is full, and each five minutes the closed ones whose youngest record is
 * older than the window are marked, to go a minute later (Kafka's defaults).
 */
export function mostOnDisk(log: {
  readonly bytesPerSecond: number
  readonly windowSeconds: number
  readonly segmentBytes: number
}): number {
  const closed: { readonly bytes: number; readonly youngest: number }[] = []
  const [stepSeconds, checkSeconds, deleteSeconds] = [10, 300, 60]
  const fillSeconds = log.segmentBytes / log.bytesPerSecond
  let [open, kept, most, leaving] = [0, 0, 0, 0]
  for (let second = 0; second < 2 * (log.windowSeconds + fillSeconds) + 3600; second += stepSeconds) {
    open += log.bytesPerSecond * stepSeconds
    kept += log.bytesPerSecond * stepSeconds
    if (open >= log.segmentBytes) {
      closed.push({ bytes: open, youngest: second })
      open = 0
    }
    if (second % checkSeconds === 0) {
      while ((closed[0]?.youngest ?? second) < second - log.windowSeconds)
        leaving += closed.shift()?.bytes ?? 0
    }
    most = Math.max(most, kept)
    if (second % checkSeconds === deleteSeconds) {
      kept -= leaving
      leaving = 0
    }
  }
  return most
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
