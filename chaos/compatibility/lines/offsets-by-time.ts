import { type CompatibilityLine, must } from '../line.ts'

const START_MS = 1_600_000_000_000

export const offsetsByTime: CompatibilityLine = {
  line: 'offsets-by-time',
  asks: 'The first offset from a time on, and where a log begins and ends',
  neededBy: 'replays by time, and lag in dashboards',
  kafkajs: async place => {
    const topic = await place.topic('offsets-by-time')
    const messages = Array.from({ length: 10 }, (_, n) => ({
      value: 'v',
      timestamp: String(START_MS + n * 1000),
    }))
    await place.send(topic, messages)
    const [found] = await place.admin.fetchTopicOffsetsByTimestamp(topic, START_MS + 3500)
    must(found?.offset === '4', `the first record from 3.5 s on is at 4, and ${found?.offset} was told`)
    const [log] = await place.admin.fetchTopicOffsets(topic)
    must(log?.low === '0' && log.high === '10', `the log is told to be from ${log?.low} to ${log?.high}`)
    return 'the first record from a time on; beginning and end'
  },
  librdkafka: 'probe',
  java: 'probe',
}
