import type { CompatibilityLine } from '../line.ts'

export const incrementalAlters: CompatibilityLine = {
  line: 'incremental-alters',
  asks: 'One setting is changed, and the others stay',
  neededBy: 'operators, and everything that manages topics',
  kafkajs: { why: 'kafkajs changes settings as a whole alone' },
  librdkafka: 'probe',
  java: 'probe',
}
