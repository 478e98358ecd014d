import type { CompatibilityLine } from '../line.ts'

export const streamsNeeds: CompatibilityLine = {
  line: 'streams-needs',
  asks: 'Kafka Streams makes its inner topics and counts exactly once',
  neededBy: 'stateful processors',
  kafkajs: { why: 'Kafka’s own code, in Java, is what is asked for' },
  librdkafka: { why: 'Kafka’s own code, in Java, is what is asked for' },
  java: 'probe',
  one: 'Streams is Java',
}
