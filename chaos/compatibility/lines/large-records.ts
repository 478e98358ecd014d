import { randomBytes } from 'node:crypto'
import { type CompatibilityLine, must } from '../line.ts'

export const largeRecords: CompatibilityLine = {
  line: 'large-records',
  asks: 'Records of 4 MB are taken and read, also by who asks for less at once',
  neededBy: 'firmware, images and batches of devices',
  kafkajs: async place => {
    const topic = await place.topic('large-records', { 'max.message.bytes': '6000000' })
    const value = randomBytes(4_000_000)
    await place.send(topic, [{ value }])
    const [found] = await place.read(topic, 1)
    must(
      found?.value !== null && found?.value !== undefined && value.equals(found.value),
      'a record of 4 MB is read otherwise',
    )
    return '4 MB'
  },
  librdkafka: 'probe',
  java: 'probe',
}
