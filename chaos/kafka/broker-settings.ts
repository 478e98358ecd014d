import { frame, header, int32, Reader, string } from './wire.ts'

const DESCRIBE_CONFIGS = 32
/** The last version that is not flexible is 3; Kafka 4 still knows it. */
const VERSION = 3
const BROKER = 4

/** Of one broker, which must be asked itself. Layout: Kafka protocol guide, DescribeConfigs v3. */
export function describeBrokerRequest(node: number, setting: string, correlation: number): Buffer {
  return frame(
    Buffer.concat([
      header(DESCRIBE_CONFIGS, VERSION, correlation),
      int32(1),
      Buffer.from([BROKER]),
      string(String(node)),
      int32(1),
      string(setting),
      Buffer.from([0, 0]), // neither synonyms nor documentation
    ]),
  )
}

/** The value that the broker runs with; null where it has no such setting, or does not show it. */
export function readBrokerSetting(payload: Buffer, setting: string): string | null {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  let found: string | null = null
  reader.array(() => {
    reader.skip(2) // error of the resource: it lists no settings then
    reader.skipString()
    reader.skip(1)
    reader.skipString()
    reader.array(() => {
      const name = reader.string()
      const value = reader.string()
      reader.skip(3) // read-only, source, sensitive
      reader.array(() => {
        reader.skipString()
        reader.skipString()
        reader.skip(1)
      })
      reader.skip(1) // type
      reader.skipString()
      if (name === setting) found = value
    })
  })
  return found
}
