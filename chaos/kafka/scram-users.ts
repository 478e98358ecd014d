import { frame, header, int32, Reader } from './wire.ts'

/** What a broker keeps of a password. */
export interface ScramUser {
  readonly name: string
  readonly iterations: number
  readonly salt: Buffer
  readonly saltedPassword: Buffer
}

const API = 51
const VERSION = 0
const SCRAM_SHA_512 = 2
const NO_TAGS = Buffer.from([0])

/** Users who may log in by SCRAM-SHA-512 from now on. Layout: AlterUserScramCredentials v0, which is flexible. */
export function addScramUsersRequest(users: readonly ScramUser[], correlation: number): Buffer {
  return frame(
    Buffer.concat([
      header(API, VERSION, correlation),
      NO_TAGS,
      length(0), // nobody is deleted
      length(users.length),
      ...users.flatMap(({ name, iterations, salt, saltedPassword }) => [
        compact(Buffer.from(name)),
        Buffer.from([SCRAM_SHA_512]),
        int32(iterations),
        compact(salt),
        compact(saltedPassword),
        NO_TAGS,
      ]),
      NO_TAGS,
    ]),
  )
}

/** Why somebody was refused; null: all were added. */
export function readAddedScramUsers(payload: Buffer): string | null {
  const reader = new Reader(payload)
  reader.skip(4) // correlation
  reader.tags()
  reader.skip(4) // throttle time
  let why: string | null = null
  reader.compactArray(() => {
    const user = reader.compactString() ?? ''
    const error = reader.int16()
    const words = reader.compactString()
    reader.tags()
    if (error !== 0) why = `${user}: ${words ?? `error ${error}`}`
  })
  return why
}

const compact = (bytes: Buffer): Buffer => Buffer.concat([length(bytes.length), bytes])

/** One more than it is, in 7 bits a byte. */
function length(count: number): Buffer {
  const bytes: number[] = []
  let rest = count + 1
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
