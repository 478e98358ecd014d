import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { z } from 'zod'
import { messageOf } from '../core/errors.ts'
import { decodeBase64, type Envelope, envelopeSchema, formatEnvelope } from './dsse.ts'
import {
  checksumOf,
  nameTrouble,
  PAYLOAD_TYPE,
  PREDICATE_TYPE,
  type Statement,
  STATEMENT_TYPE,
  statementSchema,
} from './in-toto.ts'
import { NOT_SEALED } from './inventory.ts'
import { jsonDepth } from './line-scan.ts'
import { LIMITS } from '../record/limits.ts'

export interface OpenedBundle {
  readonly envelope: Envelope
  readonly payload: Buffer
  readonly statement: Statement
}

/** Why a bundle cannot be used, in words for people. */
export class BundleRefusal extends Error {}

/**
 * Opens a bundle that anyone may have written: sizes, depth and counts are looked at before it is parsed,
 * and names before they are followed.
 * @throws BundleRefusal that says what is wrong.
 */
export async function openBundle(path: string): Promise<OpenedBundle> {
  return parseBundle(await readBounded(path))
}

/** @throws BundleRefusal */
export function parseBundle(bytes: Buffer): OpenedBundle {
  const envelope = checked(envelopeSchema, parseBounded(bytes, 'the bundle'), 'no DSSE envelope')
  if (envelope.payloadType !== PAYLOAD_TYPE) {
    throw new BundleRefusal(`its payload is ${quoted(envelope.payloadType)}, not ${PAYLOAD_TYPE}`)
  }
  if (envelope.signatures.length > LIMITS.signatures) {
    throw new BundleRefusal(`it has more than ${LIMITS.signatures} signatures`)
  }
  if (!bytes.equals(Buffer.from(formatEnvelope(envelope)))) {
    throw new BundleRefusal('its bytes are not as sealing writes them: it was changed, or written anew')
  }
  const payload = decodeBase64(envelope.payload)
  if (!payload) throw new BundleRefusal('its payload is not base64')
  return { envelope, payload, statement: readStatement(payload) }
}

function readStatement(payload: Buffer): Statement {
  const json = parseBounded(payload, 'the statement')
  // Counted before they are checked one by one.
  const subjects: unknown = (json as { subject?: unknown } | null)?.subject
  if (Array.isArray(subjects) && subjects.length > LIMITS.subjects) {
    throw new BundleRefusal(`it names ${subjects.length} files; at most ${LIMITS.subjects} are verified`)
  }
  const { _type, predicateType } = (json ?? {}) as { _type?: unknown; predicateType?: unknown }
  if (_type !== STATEMENT_TYPE || predicateType !== PREDICATE_TYPE) {
    throw new BundleRefusal(`it is no ${STATEMENT_TYPE} with a ${PREDICATE_TYPE}`)
  }
  const statement = checked(statementSchema, json, 'no statement of a run')
  if (!payload.equals(Buffer.from(JSON.stringify(statement)))) {
    throw new BundleRefusal('its statement is not written as sealing writes it')
  }
  if (statement.predicate.checksum !== checksumOf(statement)) {
    throw new BundleRefusal('its statement was changed: the checksum in it is of another')
  }
  checkNames(statement)
  return statement
}

function checkNames({ subject }: Statement): void {
  const seen = new Set<string>()
  for (const { name } of subject) {
    const trouble = nameTrouble(name) ?? (NOT_SEALED.has(name) ? 'is never sealed' : null)
    if (trouble) throw new BundleRefusal(`the name ${quoted(name)} ${trouble}`)
    if (seen.has(name)) throw new BundleRefusal(`the name ${quoted(name)} is there twice`)
    seen.add(name)
  }
}

const quoted = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)

async function readBounded(path: string): Promise<Buffer> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  try {
    const file = await open(path, flags)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new BundleRefusal('it is not a regular file')
      if (stat.size > LIMITS.bundleBytes) {
        throw new BundleRefusal(`it has ${stat.size} bytes; at most ${LIMITS.bundleBytes} are read`)
      }
      const buffer = Buffer.alloc(stat.size)
      const { bytesRead } = await file.read(buffer, 0, stat.size, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof BundleRefusal) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new BundleRefusal('there is none: the run was never sealed')
    if (code === 'ELOOP') throw new BundleRefusal('it is a symbolic link, and is not read')
    throw new BundleRefusal(`it cannot be read: ${messageOf(error)}`)
  }
}

function parseBounded(bytes: Buffer, what: string): unknown {
  if (jsonDepth(bytes) > LIMITS.jsonDepth) {
    throw new BundleRefusal(`${what} is nested deeper than ${LIMITS.jsonDepth} levels`)
  }
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new BundleRefusal(`${what} is not JSON: ${messageOf(error)}`)
  }
}

function checked<S extends z.ZodType>(schema: S, json: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  throw new BundleRefusal(`it is ${what}: ${where}${issue?.message}`)
}
