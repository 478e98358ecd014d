import { type CompatibilityLine, must } from '../line.ts'

export const idempotentProducer: CompatibilityLine = {
  line: 'idempotent-producer',
  asks: 'A producer that sends again writes once, and in order',
  neededBy: 'devices and gateways',
  kafkajs: async place => {
    const topic = await place.topic('idempotent-producer')
    const producer = place.kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = Array.from({ length: 200 }, (_, n) => ({ value: String(n) }))
    await producer.send({ topic, acks: -1, messages })
    await producer.disconnect()
    const found = (await place.read(topic, 200)).map(({ value }) => Number(value?.toString()))
    must(
      found.every((value, n) => value === n),
      'records are missing, twice or in another order',
    )
    return '200 records, each once and in order'
  },
  librdkafka: 'probe',
  java: 'probe',
}
