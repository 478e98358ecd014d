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
