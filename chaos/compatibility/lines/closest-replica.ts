import type { CompatibilityLine } from '../line.ts'

export const closestReplica: CompatibilityLine = {
  line: 'closest-replica',
  asks: 'A consumer that names its rack reads from the replica there',
  neededBy: 'consumers in three zones, and the bill for bytes between them',
  kafkajs: { why: 'kafkajs follows no preferred replica that it could tell of' },
  librdkafka: 'probe',
  java: 'probe',
}
