import type { CompatibilityLine } from '../line.ts'

export const staticMembership: CompatibilityLine = {
  line: 'static-membership',
  asks: 'A consumer that restarts under its name keeps its partitions, and the others keep theirs',
  neededBy: 'consumers that are deployed often',
  kafkajs: { why: 'kafkajs has no names of members' },
  librdkafka: 'probe',
  java: 'probe',
}
