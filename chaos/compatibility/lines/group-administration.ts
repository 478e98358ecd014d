import { type CompatibilityLine, must } from '../line.ts'

export const groupAdministration: CompatibilityLine = {
  line: 'group-administration',
  asks: 'Groups are described, their offsets told and set, and deleted',
  neededBy: 'operators, and every replay by offsets',
  kafkajs: async place => {
    const topic = await place.topic('group-administration')
    await place.send(
      topic,
      Array.from({ length: 5 }, () => ({ value: 'v' })),
    )
    const consumer = place.kafka.consumer({ groupId: topic })
    let read = 0
    await place.running(consumer, topic, () => {
      read += 1
    })
    await place.until('a group to read', () => read === 5, 60_000)
    await consumer.disconnect()
    const { groups } = await place.admin.describeGroups([topic])
    must(groups[0]?.groupId === topic, 'a group is described as another one')
    await place.admin.setOffsets({ groupId: topic, topic, partitions: [{ partition: 0, offset: '2' }] })
    const [told] = await place.admin.fetchOffsets({ groupId: topic, topics: [topic] })
    must(
      told?.partitions[0]?.offset === '2',
      `offsets were set to 2, and are told as ${told?.partitions[0]?.offset}`,
    )
    await place.admin.deleteGroups([topic])
    return 'described, its offsets told and set, and deleted'
  },
  librdkafka: 'probe',
  java: 'probe',
}
