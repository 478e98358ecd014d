import { KAFKA_VERSION } from '../kafka/release.ts'
import { kafka } from '../kafka/traits.ts'
import type { Platform } from '../platform.ts'

/** Apache Kafka whose closed segments move to an object store (KIP-405). */
export const kafkaTiered: Platform<'kafka-tiered'> = {
  ...kafka,
  name: 'kafka-tiered',
  title: 'Kafka with tiered storage',
  shortTitle: 'Tiered',
  storage: 'tiered',
  options: ['tieredPlugin'],
  // The lab's reference store says by a class of 4.2 that a read is worth another try.
  versions: { from: 'maven', shipped: KAFKA_VERSION, oldest: '4.2.0' },
  reads: { toldBy: 'local-log-start' },
  expected: { readyMs: 9000, memoryBytes: 2.8e9 },
  requestFormula: 'per uploaded segment its parts (with a beginning and an end) and four indexes',
}
