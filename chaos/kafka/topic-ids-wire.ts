import { compactLength, compactString, frame, header, int32, Reader } from './wire.ts'

const METADATA = 3
const METADATA_VERSION = 12
const DELETE_TOPICS = 20
/** The first that takes ids. */
const DELETE_VERSION = 6
const TIMEOUT_MS = 10_000
const ID_BYTES = 16
const NO_ID = Buffer.alloc(ID_BYTES)
const NO_TAGS = Buffer.from([0])
const UNKNOWN_ID = 100

/** Layout: Metadata v12. Topics are never made by asking for them. */
export function topicIdsRequest(correlation: number, topics: readonly string[]): Buffer {
  const asked = topics.map(topic => Buffer.concat([NO_ID, compactString(topic), NO_TAGS]))
  return frame(
    Buffer.concat([
      header(METADATA, METADATA_VERSION, correlation),
      NO_TAGS,
      compactLength(topics.length),
      ...asked,
      Buffer.from([0, 0, 0]), // no topics are made, no rights are told, no tags
    ]),
  )
}

/** By name, in hex. */
export function readTopicIds(payload: Buffer): Record<string, string> {
  const reader = new Reader(payload)
  reader.skip(4)
  reader.tags()
  reader.skip(4) // throttle time
  reader.compactArray(() => {
    reader.skip(4)
    reader.compactString()
    reader.skip(4)
    reader.compactString()
    reader.tags()
  })
  reader.compactString()
  reader.skip(4)
  const ids: Record<string, string> = {}
  reader.compactArray(() => {
    const error = reader.int16()
    const name = reader.compactString()
    const id = idAt(payload, reader)
    reader.skip(1)
    reader.compactArray(() => {
      reader.skip(14) // error, index, leader, epoch
      for (let lists = 3; lists > 0; lists--) reader.compactArray(() => reader.skip(4))
      reader.tags()
    })
    reader.skip(4)
    reader.tags()
    if (error === 0 && name !== null) ids[name] = id
  })
  return ids
}

/** Layout: DeleteTopics v6, by ids alone. */
export function deleteTopicsRequest(correlation: number, ids: readonly string[]): Buffer {
  const asked = ids.map(id => Buffer.concat([Buffer.from([0]), Buffer.from(id, 'hex'), NO_TAGS]))
  return frame(
    Buffer.concat([
      header(DELETE_TOPICS, DELETE_VERSION, correlation),
      NO_TAGS,
      compactLength(ids.length),
      ...asked,
      int32(TIMEOUT_MS),
      NO_TAGS,
    ]),
  )
}

/** By id: why it was not deleted; empty: it was, or was not there any more. */
export function readDeletedTopics(payload: Buffer): Record<string, string> {
  const reader = new Reader(payload)
  reader.skip(4)
  reader.tags()
  reader.skip(4)
  const answers: Record<string, string> = {}
  reader.compactArray(() => {
    reader.compactString()
    const id = idAt(payload, reader)
    const error = reader.int16()
    const words = reader.compactString()
    reader.tags()
    answers[id] = error === 0 || error === UNKNOWN_ID ? '' : (words ?? `error ${error}`)
  })
  return answers
}

function idAt(payload: Buffer, reader: Reader): string {
  const at = reader.skipped(ID_BYTES)
  return payload.toString('hex', at, at + ID_BYTES)
}
