import { frame, header, int32, Reader, string } from './wire.ts'

/**
 * What whoever asks may do with topics and groups, as a broker itself says it to them: nothing is read or written for that.
 * Layouts: Metadata v8 and DescribeGroups v3 of the Kafka protocol guide, with their authorized operations (KIP-430).
 */
const METADATA = { api: 3, version: 8 } as const
const DESCRIBE_GROUPS = { api: 15, version: 3 } as const
const YES = Buffer.from([1])
const NO = Buffer.from([0])

/** Of AclOperation.java: bit 3 is READ. */
const OPERATIONS = new Map([
  [3, 'READ'],
  [4, 'WRITE'],
  [5, 'CREATE'],
  [6, 'DELETE'],
  [7, 'ALTER'],
  [8, 'DESCRIBE'],
  [10, 'DESCRIBE_CONFIGS'],
  [11, 'ALTER_CONFIGS'],
])
const ERRORS = { none: 0, topicNotAuthorised: 29, groupNotAuthorised: 30 } as const
/** What a broker writes where it was not asked, or does not say. */
const NOT_SAID = -(2 ** 31)

/** By name: operations in Kafka's words; null: this broker does not say. */
export type OwnRights = Readonly<Record<string, readonly string[] | null>>

export function topicRightsRequest(topics: readonly string[], correlation: number): Buffer {
  const asked = [int32(topics.length), ...topics.map(string)]
  // No topic is made, the cluster's own operations are not asked for, those of topics are.
  const flags = [NO, NO, YES]
  return frame(Buffer.concat([header(METADATA.api, METADATA.version, correlation), ...asked, ...flags]))
}

export function readTopicRights(payload: Buffer): OwnRights {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  reader.array(() => {
    reader.int32()
    reader.string()
    reader.int32()
    reader.string()
  })
  reader.string()
  reader.int32()
  const topics = reader.array(() => {
    const error = reader.int16()
    const name = reader.string() ?? ''
    reader.int8()
    reader.array(() => {
      reader.skip(14) // error, partition, leader, epoch
      for (let list = 0; list < 3; list++) reader.array(() => reader.int32())
    })
    return [name, rightsOf(error, reader.int32(), ERRORS.topicNotAuthorised)] as const
  })
  return Object.fromEntries(topics)
}

export function groupRightsRequest(groups: readonly string[], correlation: number): Buffer {
  const asked = [int32(groups.length), ...groups.map(string)]
  return frame(
    Buffer.concat([header(DESCRIBE_GROUPS.api, DESCRIBE_GROUPS.version, correlation), ...asked, YES]),
  )
}

/** A broker that is not a group's coordinator does not say. */
export function readGroupRights(payload: Buffer): OwnRights {
  const reader = new Reader(payload)
  reader.skip(8)
  const groups = reader.array(() => {
    const error = reader.int16()
    const name = reader.string() ?? ''
    for (let text = 0; text < 3; text++) reader.string()
    reader.array(() => {
      for (let text = 0; text < 3; text++) reader.string()
      reader.bytes()
      reader.bytes()
    })
    return [name, rightsOf(error, reader.int32(), ERRORS.groupNotAuthorised)] as const
  })
  return Object.fromEntries(groups)
}

function rightsOf(error: number, bits: number, refused: number): readonly string[] | null {
  if (error === refused) return []
  if (error !== ERRORS.none || bits === NOT_SAID) return null
  return [...OPERATIONS].flatMap(([bit, name]) => ((bits >>> bit) & 1 ? [name] : []))
}
