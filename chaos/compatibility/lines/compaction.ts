import type { CompatibilityLine } from '../line.ts'
const ROUNDS = 10
const KEYS = 10
const SEGMENT_MS = 100
/** Kafka's cleaner looks for work every 15 s. */
const COMPACTED_MS = 75_000
const SETTINGS = {
  'cleanup.policy': 'compact',
  'segment.ms': String(SEGMENT_MS),
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '1000',
}

export const compaction: CompatibilityLine = {
  line: 'compaction',
  asks: 'A compacted topic keeps the newest value of each key, and loses older ones',
  neededBy: 'state of devices, and every changelog',
  kafkajs: async place => {
    const topic = await place.topic('compaction', SETTINGS)
    for (let round = 0; round < ROUNDS; round += 1) {
      const messages = Array.from({ length: KEYS }, (_, n) => ({
        key: `key-${n}`,
        value: `value-${round}-${n}`,
      }))
      await place.send(topic, messages)
      // A segment that is still written to is not compacted.
      await place.clock.sleep(SEGMENT_MS + 50)
    }
    await place.send(topic, [{ key: 'the last', value: 'v' }])
    const isCompacted = async () => (await place.count(topic)) < ROUNDS * KEYS
    await place.until('older values to be gone', isCompacted, COMPACTED_MS)
    return `of ${ROUNDS * KEYS + 1} records, older values are gone`
  },
  librdkafka: 'probe',
  java: 'probe',
}
