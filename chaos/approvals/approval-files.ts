import type { KeyObject } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import { readText } from '../record/bounded-files.ts'
import { LIMITS } from '../record/limits.ts'
import { type Envelope, envelopeSchema } from '../seal/dsse.ts'
import { readPublicKey } from '../seal/keys.ts'

/** A request or an approval. @throws AftershockError `input` when the file is none. */
export function readEnvelope(path: string): Envelope {
  try {
    return envelopeSchema.parse(JSON.parse(readText(path, { atMostBytes: LIMITS.keyBytes * 16 })))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new AftershockError('input', `${path} is no signed request or approval: ${why}`, {
      hint: '`aftershock replay request` and `aftershock replay approve` write them',
      cause: error,
    })
  }
}

const PUBLIC = '.pub'

/** Everybody who is known: `NAME.pub` for each. @throws AftershockError `input` when the folder has none, or a wrong one */
export function readPeople(folder: string): ReadonlyMap<string, KeyObject> {
  const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith(PUBLIC)) : []
  if (files.length === 0)
    throw new AftershockError('input', `${folder} has no public key of anybody`, {
      hint: 'put the public key of each person there, as NAME.pub: `aftershock keygen --out NAME` makes one',
    })
  return new Map(files.map(name => [basename(name, PUBLIC), readPublicKey(join(folder, name))]))
}

/**
 * What is taken back, a line each: a key id, or the digest of a request or an approval; after `#` a remark. A file that is
 * not there takes nothing back, one that cannot be read is an error.
 * @throws AftershockError `input`
 */
export function readRevoked(path: string | undefined): ReadonlySet<string> {
  if (path === undefined || !existsSync(path)) return new Set()
  const lines = readText(path, { atMostBytes: LIMITS.keyBytes * 64 }).split('\n')
  const words = lines.map(line => line.replace(/#.*/, '').trim()).filter(word => word !== '')
  const wrong = words.find(word => !/^[0-9a-f]{64}$/.test(word))
  if (wrong === undefined) return new Set(words)
  throw new AftershockError('input', `${path}: '${wrong}' is no key id and no digest`, {
    hint: 'each line is 64 hexadecimal digits, as `aftershock replay approve` and `aftershock keygen` print them',
  })
}
