import type { CompatibilityLine } from '../line.ts'

export const newGroups: CompatibilityLine = {
  line: 'new-groups',
  asks: 'The group protocol of KIP-848, whose brokers assign partitions, does the same',
  neededBy: 'consumers of Kafka 4, and large groups',
  kafkajs: { why: 'kafkajs knows the classic protocol alone' },
  librdkafka: 'probe',
  java: 'probe',
}
