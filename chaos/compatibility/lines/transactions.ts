import { type CompatibilityLine, Lacks, lacking, must } from '../line.ts'

export const transactions: CompatibilityLine = {
  line: 'transactions',
  asks: 'Transactions are read whole or not at all, carry offsets, and fence whom they replace',
  neededBy: 'processors, and sources that must not repeat',
  kafkajs: async place => {
    const topic = await place.topic('transactions')
    const transactionalId = topic
    const make = () => place.kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
    const own = make()
    await own.connect()
    const aborted = await own.transaction()
    await aborted.send({ topic, acks: -1, messages: [{ value: 'aborted' }] })
    await aborted.abort()
    const committed = await own.transaction()
    await committed.send({ topic, acks: -1, messages: [{ value: 'committed' }] })
    const consumerGroupId = `${topic}.group`
    const topics = [{ topic, partitions: [{ partition: 0, offset: '7' }] }]
    await committed.sendOffsets({ consumerGroupId, topics })
    await committed.commit()
    const [found] = await place.read(topic, 1)
    must(found?.value?.toString() === 'committed', 'a reader of what is committed got what is not')
    const [told] = await place.admin.fetchOffsets({ groupId: consumerGroupId, topics: [topic] })
    must(
      told?.partitions[0]?.offset === '7',
      `the offset in the transaction is ${told?.partitions[0]?.offset}, and was 7`,
    )
    const other = make()
    await other.connect()
    const newer = await other.transaction()
    await newer.send({ topic, acks: -1, messages: [{ value: 'newer' }] })
    await newer.abort()
    try {
      const late = await own.transaction()
      await late.send({ topic, acks: -1, messages: [{ value: 'late' }] })
      await late.commit()
      return lacking('who was replaced could still commit')
    } catch (error) {
      if (error instanceof Lacks) throw error
      return 'committed is read, aborted is not, offsets go with it, and who was replaced is fenced'
    } finally {
      await own.disconnect()
      await other.disconnect()
    }
  },
  librdkafka: 'probe',
  java: 'probe',
}
