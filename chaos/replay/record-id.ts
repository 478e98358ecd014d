import { createHash } from 'node:crypto'
import type { RecordId } from '../record/history.ts'

const PREFIX = Buffer.from('{"id":"')
const QUOTE = 0x22
const FLEET_ID = /^d\d+\/\d+\/\d+$/

/** The id that the fleet put first into the value; for anything else `?` and the SHA-256 of the value. */
export function recordIdOf(value: Buffer | null): RecordId {
  if (
    value &&
    value.length > PREFIX.length &&
    value.compare(PREFIX, 0, PREFIX.length, 0, PREFIX.length) === 0
  ) {
    const id = value.toString('latin1', PREFIX.length, value.indexOf(QUOTE, PREFIX.length))
    if (FLEET_ID.test(id)) return id
  }
  return `?${createHash('sha256')
    .update(value ?? '')
    .digest('hex')}`
}

const SLASH = 0x2f
const [LETTER_D, ZERO, NINE] = [0x64, 0x30, 0x39]

/**
 * Copies the id of the value in `bytes` from `from` to before `to` into `out`, without making a text of it. Returns where
 * it ends there; -1 when the value is no record of the fleet: `recordIdOf` has a name for it.
 */
export function copyRecordId(bytes: Buffer, from: number, to: number, out: Buffer, at: number): number {
  for (let i = 0; i < PREFIX.length; i++) if (bytes[from + i] !== PREFIX[i]) return -1
  let read = from + PREFIX.length
  let written = at
  if (read >= to || bytes[read] !== LETTER_D) return -1
  out[written++] = LETTER_D
  read++
  for (let part = 0; part < 3; part++) {
    const first = read
    let byte = 0
    for (; read < to; read++) {
      byte = bytes[read] as number
      if (byte < ZERO || byte > NINE || written >= out.length) break
      out[written++] = byte
    }
    if (read === first || read >= to) return -1
    if (byte !== (part < 2 ? SLASH : QUOTE)) return -1
    if (part === 2) return written
    if (written >= out.length) return -1
    out[written++] = SLASH
    read++
  }
  return -1
}
