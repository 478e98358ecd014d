import { type CompatibilityLine, must } from '../line.ts'

const PAST_MS = 1_600_000_000_000

export const timestamps: CompatibilityLine = {
  line: 'timestamps',
  asks: 'A device’s own time is kept, and brokers’ time is put where a topic asks for it',
  neededBy: 'devices that were offline, and retention',
  kafkajs: async place => {
    const topic = await place.topic('timestamps')
    await place.send(topic, [{ value: 'v', timestamp: String(PAST_MS) }])
    const [found] = await place.read(topic, 1)
    must(Number(found?.timestamp) === PAST_MS, `the time of a device came back as ${found?.timestamp}`)
    return 'a device’s time is kept'
  },
  librdkafka: 'probe',
  java: 'probe',
}
