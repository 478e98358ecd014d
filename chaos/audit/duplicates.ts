import { topicOfKey } from './history-reader.ts'
import type { Positions, ScanParts } from './scan-parts.ts'
import type { Counts } from '../record/audit-file.ts'
import { PLACED, READ } from './value-flags.ts'
import type { Stream } from './value-table.ts'

export const isDevice =
  ({ values }: ScanParts) =>
  (handle: number): boolean =>
    (values.streams[values.streamOf(handle)] as Stream).isDevice

/** A record at several offsets, by what explains it best: each attempt can have stored one copy. */
export function reportDuplicates(
  parts: ScanParts,
  duplicated: ReadonlyMap<number, number>,
  positions: Positions,
): void {
  const { values, findings, attempts } = parts
  for (const [handle, copies] of duplicated) {
    const { topic } = values.streams[values.streamOf(handle)] as Stream
    const counts = parts.counts[topic] as Counts
    const { acked, failed, unknown } = attempts.of(handle)
    const meant = (parts.meant.get(handle) ?? 0) + parts.firmware.copiesOf(handle)
    counts.duplicates += copies - 1
    // What devices meant, or their firmware did, is no anomaly; the rest is looked at as if they had not.
    if (copies <= 1 + meant) continue
    const cause = causeOf(copies - meant, acked - meant, unknown, failed)
    counts[CAUSE_COUNT[cause]]++
    const places = positions.get(handle) ?? []
    const describe = () => ({
      what: `stands at ${copies} offsets (${cause})`,
      handles: [handle],
      offsets: places.map(place => place.offset),
      places: [],
      traceValues: true,
    })
    const partition = places[0]?.partition ?? null
    for (const anomaly of ['duplicate', 'device-duplicate'] as const)
      if (anomaly === 'duplicate' || isDevice(parts)(handle))
        findings.addToTopic(anomaly, topic, describe, partition)
  }
}

const CAUSE_COUNT = {
  'resent-after-ack': 'resentAfterAck',
  'resent-after-unknown': 'resentAfterUnknown',
  'resent-after-fail': 'resentAfterFail',
  unexplained: 'unexplainedDuplicates',
} as const

function causeOf(copies: number, acked: number, unknown: number, failed: number): keyof typeof CAUSE_COUNT {
  if (copies <= acked) return 'resent-after-ack'
  if (copies <= acked + unknown) return 'resent-after-unknown'
  return copies <= acked + unknown + failed ? 'resent-after-fail' : 'unexplained'
}

/**
 * An open history's topic-partitions are spaces of their own, but a device counts through all partitions of a topic, and
 * through all topics of one data class: its record stands in one of them.
 */
export function reportDuplicatesAcross(parts: ScanParts): void {
  for (const streams of streamsOfOneDevice(parts))
    for (const [i, stream] of streams.entries())
      for (const [sequence, flags, handle] of i === 0 ? [] : parts.values.sequences(stream)) {
        if ((flags & PLACED) === 0) continue
        const others = streams
          .slice(0, i)
          .map(other => parts.values.find(other, sequence))
          .filter(other => other !== null && (parts.values.flags(other) & PLACED) !== 0)
        if (others.length > 0) tellAcross(parts, handle, others as number[])
      }
}

function tellAcross(parts: ScanParts, handle: number, others: readonly number[]): void {
  const { values, catalog, findings, attempts } = parts
  const topicOf = (of: number) => (values.streams[values.streamOf(of)] as Stream).topic
  const topic = topicOf(handle)
  const counts = parts.counts[topic] as Counts
  const tries = [handle, ...others].map(of => attempts.of(of))
  const sum = (outcome: 'acked' | 'unknown' | 'failed') =>
    tries.reduce((total, counted) => total + counted[outcome], 0)
  const cause = causeOf(1 + others.length, sum('acked'), sum('unknown'), sum('failed'))
  counts.duplicates++
  counts[CAUSE_COUNT[cause]]++
  if ((values.flags(handle) & READ) !== 0) counts.storedTwice++
  const nameOf = (of: number) => catalog.topics[topicOf(of)]?.name
  findings.addToTopic('device-duplicate', topic, () => ({
    what: `stands in ${[...others, handle].map(nameOf).join(' and in ')} (${cause})`,
    handles: [...others, handle],
    offsets: [],
    places: [],
    traceValues: true,
  }))
}

/** Where a device and epoch has more than one. */
function* streamsOfOneDevice({ values, catalog }: ScanParts): Generator<readonly Stream[]> {
  const known = new Map<string, Stream[]>()
  for (const stream of values.streams) {
    if (!stream.isDevice) continue
    const topic = catalog.topics[stream.topic]
    const space = topic?.dataClass ?? topicOfKey(topic?.name ?? '')
    const name = `${space}/${stream.prefix}`
    const streams = known.get(name)
    if (streams === undefined) known.set(name, [stream])
    else streams.push(stream)
  }
  for (const streams of known.values()) if (streams.length > 1) yield streams
}
