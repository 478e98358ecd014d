import { type Contract, DATA_CLASSES, type DataClass } from '../core/contract.ts'
import type { FleetSpec } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'

/**
 * What a device writes. State changes and command acknowledgements share a topic and its sequence: their
 * order per device is what the topic is for.
 */
export const STREAMS = [
  { kind: 'reading', topicIndex: 0 },
  { kind: 'state-change', topicIndex: 1 },
  { kind: 'command-ack', topicIndex: 1 },
  { kind: 'operation', topicIndex: 2 },
  { kind: 'integration', topicIndex: 3 },
] as const

export const TELEMETRY = 0
export const TOPICS_PER_DEVICE = DATA_CLASSES.length

export interface FleetTopic {
  readonly topic: string
  readonly dataClass: DataClass
  readonly partitions: number
}

/** The contract's topics in the order of the data classes. @throws AftershockError `input` */
export function fleetTopics(contract: Contract): readonly FleetTopic[] {
  return DATA_CLASSES.map(dataClass => {
    const named = Object.entries(contract.topics).filter(([, promise]) => promise.dataClass === dataClass)
    const [topic, promise] = named[0] ?? []
    if (named.length !== 1 || topic === undefined || promise === undefined) {
      throw new AftershockError(
        'input',
        `contract ${contract.contract} has ${named.length} topics of the data class ${dataClass}`,
        { hint: 'Give each of the four data classes exactly one topic.' },
      )
    }
    return { topic, dataClass, partitions: promise.partitions }
  })
}

/** The mean gap of each stream in milliseconds, by its index in STREAMS. */
export function meanGapsMs(spec: FleetSpec): readonly number[] {
  return [
    spec.telemetry.intervalMs,
    spec.stateChangeEveryMs,
    spec.commandEveryMs,
    spec.operationEveryMs,
    spec.integrationEveryMs,
  ]
}
