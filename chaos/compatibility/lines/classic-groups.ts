import { type CompatibilityLine, must } from '../line.ts'

const PARTITIONS = 4

export const classicGroups: CompatibilityLine = {
  line: 'classic-groups',
  asks: 'Consumers share partitions in a group, commit, and others go on where they were',
  neededBy: 'every consumer',
  kafkajs: async place => {
    const topic = await place.topic('classic-groups', {}, PARTITIONS)
    const messages = Array.from({ length: 40 }, (_, n) => ({ partition: n % PARTITIONS, value: String(n) }))
    await place.send(topic, messages)
    const found = new Set<string>()
    const shares = new Map<string, number>()
    const members = ['first', 'second'].map(name => {
      const consumer = place.kafka.consumer({ groupId: topic })
      consumer.on('consumer.group_join', ({ payload }) => {
        shares.set(name, (payload.memberAssignment[topic] ?? []).length)
      })
      return consumer
    })
    try {
      for (const consumer of members)
        await place.running(consumer, topic, ({ partition, message }) => {
          found.add(`${partition}/${message.offset}`)
        })
      await place.until(
        'two members to share four partitions and to read all of it',
        () => shares.get('first') === 2 && shares.get('second') === 2 && found.size === 40,
        60_000,
      )
      for (const consumer of members)
        await consumer.commitOffsets(
          Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: '10' })),
        )
    } finally {
      await Promise.all(members.map(consumer => consumer.disconnect()))
    }
    await place.send(topic, [{ partition: 0, value: 'later' }])
    const third = place.kafka.consumer({ groupId: topic })
    const later: string[] = []
    try {
      await place.running(third, topic, ({ message }) => later.push(String(message.value)))
      await place.until('a third member to read on', () => later.length > 0, 60_000)
    } finally {
      await third.disconnect()
    }
    must(later[0] === 'later', `a member that came later began with ${later[0]}`)
    return 'two members share, commit, and a third goes on where they were'
  },
  librdkafka: 'probe',
  java: 'probe',
}
