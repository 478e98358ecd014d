import { VERSION_2 } from '../core/firmware.ts'

/** What a record is called in today's version. */
export interface MendedRecord {
  readonly id: string
  readonly value: string
}

const ID = /^d\d+\/\d+\/\d+$/

/** A record of the next version as one of today's; null: it is none, and what it was to be cannot be told. */
export function mendRecord(value: Buffer | null): MendedRecord | null {
  const text = value?.toString('utf8') ?? ''
  if (!text.startsWith(VERSION_2)) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof parsed !== 'object' || parsed === null) return null
  const { recordId, ...rest } = parsed as Record<string, unknown>
  if (typeof recordId !== 'string' || !ID.test(recordId)) return null
  return { id: recordId, value: JSON.stringify({ id: recordId, ...rest }) }
}
