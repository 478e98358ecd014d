import { type CompatibilityLine, must } from '../line.ts'

export const recordsDeleted: CompatibilityLine = {
  line: 'records-deleted',
  asks: 'Records before an offset are deleted, and partitions are added',
  neededBy: 'operators, and whoever must forget',
  kafkajs: async place => {
    const topic = await place.topic('records-deleted')
    await place.send(
      topic,
      Array.from({ length: 10 }, () => ({ value: 'v' })),
    )
    await place.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
    const [log] = await place.admin.fetchTopicOffsets(topic)
    must(log?.low === '6', `records before 6 were deleted, and the log begins at ${log?.low}`)
    await place.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    await place.until('partitions that were added to be told', async () => {
      const { topics } = await place.admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.length === 3
    })
    return 'records before an offset are deleted, and partitions are added'
  },
  librdkafka: 'probe',
  java: 'probe',
}
