import type { CompatibilityLine } from '../line.ts'

export const mirrorNeeds: CompatibilityLine = {
  line: 'mirror-needs',
  asks: 'MirrorMaker 2 mirrors a topic whole',
  neededBy: 'disaster recovery, and a way off the platform',
  kafkajs: { why: 'Kafka’s own code, in Java, is what is asked for' },
  librdkafka: { why: 'Kafka’s own code, in Java, is what is asked for' },
  java: 'probe',
  one: 'MirrorMaker is Java',
}
