import type { CompatibilityLine } from '../line.ts'

export const connectNeeds: CompatibilityLine = {
  line: 'connect-needs',
  asks: 'A distributed Connect worker makes its topics, and its source and sink move records',
  neededBy: 'integration teams',
  kafkajs: { why: 'Kafka’s own code, in Java, is what is asked for' },
  librdkafka: { why: 'Kafka’s own code, in Java, is what is asked for' },
  java: 'probe',
  one: 'Connect is Java',
}
