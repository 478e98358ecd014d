import kafkajs from 'kafkajs'
import { type CompatibilityLine, must } from '../line.ts'

export const recordCodecs: CompatibilityLine = {
  line: 'record-codecs',
  asks: 'Records that are compressed by gzip, snappy, lz4 or zstd are taken and read',
  neededBy: 'devices and every consumer',
  kafkajs: async place => {
    const topic = await place.topic('record-codecs')
    const value = 'a record that compresses well '.repeat(40)
    const producer = place.kafka.producer()
    await producer.connect()
    await producer.send({
      topic,
      acks: -1,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: [{ value }],
    })
    await producer.disconnect()
    const [found] = await place.read(topic, 1)
    must(found?.value?.toString() === value, 'gzip is read otherwise')
    return 'gzip, which is the one that it has by itself'
  },
  librdkafka: 'probe',
  java: 'probe',
}
