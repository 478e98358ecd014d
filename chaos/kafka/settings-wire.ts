import { frame, header, int32, Reader, string } from './wire.ts'

const API = { describe: 32, alter: 44 } as const
/** The last version of DescribeConfigs that is not flexible is 3, and of IncrementalAlterConfigs 0; Kafka 4 still knows both. */
const VERSION = { describe: 3, alter: 0 } as const
const KIND = { topic: 2, broker: 4 } as const
/** DYNAMIC_TOPIC_CONFIG: it stands on the topic, and no broker's default holds. */
const ON_THE_TOPIC = 1
const OPERATION = { set: 0, delete: 1 } as const

/** One setting, as a broker says that it holds. */
export interface SettingInForce {
  readonly value: string | null
  /** Whether it stands on the topic that was asked about. */
  readonly isOwn: boolean
}

/** Of one broker, which must be asked itself, or of a topic. Layout: Kafka protocol guide, DescribeConfigs v3. */
export function describeSettingRequest(
  of: { readonly broker: number } | { readonly topic: string },
  setting: string,
  correlation: number,
): Buffer {
  const [kind, name] = 'broker' in of ? [KIND.broker, String(of.broker)] : [KIND.topic, of.topic]
  return frame(
    Buffer.concat([
      header(API.describe, VERSION.describe, correlation),
      int32(1),
      Buffer.from([kind]),
      string(name),
      int32(1),
      string(setting),
      Buffer.from([0, 0]), // neither synonyms nor documentation
    ]),
  )
}

/** null where there is no such setting, or the broker does not show it. */
export function readSetting(payload: Buffer, setting: string): SettingInForce | null {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  let found: SettingInForce | null = null
  reader.array(() => {
    reader.skip(2) // error of the resource: it lists no settings then
    reader.skipString()
    reader.skip(1)
    reader.skipString()
    reader.array(() => {
      const name = reader.string()
      const value = reader.string()
      reader.skip(1) // read-only
      const isOwn = reader.int8() === ON_THE_TOPIC
      reader.skip(1) // sensitive
      reader.array(() => {
        reader.skipString()
        reader.skipString()
        reader.skip(1)
      })
      reader.skip(1) // type
      reader.skipString()
      if (name === setting) found = { value, isOwn }
    })
  })
  return found
}

/** @param value null: it is taken off the topic. Layout: IncrementalAlterConfigs v0 */
export function alterTopicRequest(
  topic: string,
  setting: string,
  value: string | null,
  correlation: number,
): Buffer {
  return frame(
    Buffer.concat([
      header(API.alter, VERSION.alter, correlation),
      int32(1),
      Buffer.from([KIND.topic]),
      string(topic),
      int32(1),
      string(setting),
      Buffer.from([value === null ? OPERATION.delete : OPERATION.set]),
      value === null ? Buffer.from([0xff, 0xff]) : string(value),
      Buffer.from([0]), // not only to be checked
    ]),
  )
}

/** Why it was refused; null: it was done. */
export function readAltered(payload: Buffer): string | null {
  const reader = new Reader(payload)
  reader.skip(8)
  let why: string | null = null
  reader.array(() => {
    const error = reader.int16()
    const words = reader.string()
    reader.skip(1)
    reader.skipString()
    if (error !== 0) why = words ?? `error ${error}`
  })
  return why
}
