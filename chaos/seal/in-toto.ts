import { createHash } from 'node:crypto'
import { z } from 'zod'
import { verdictSchema } from '../core/verdict.ts'
import { plainName } from '../core/plain-name.ts'
import { LIMITS } from '../record/limits.ts'

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
/** Names the shape of `predicate`. A URN, because it is a name and no address. */
export const PREDICATE_TYPE = 'urn:aftershock:run-evidence:v1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
const count = z.number().int().min(0)

export const subjectSchema = z.strictObject({
  name: z.string(),
  digest: z.strictObject({ sha256 }),
})

const predicateSchema = z.strictObject({
  format: z.literal(1),
  run: z.strictObject({
    id: plainName,
    drill: plainName,
    drillSha256: z.string(),
    seed: z.string(),
    platform: plainName,
    driver: plainName,
    /** ISO 8601, UTC; as the machine that ran it believed. */
    startedAt: z.string(),
    versions: z.record(z.string(), z.string()),
    commit: z.string().nullable(),
  }),
  /** As in `scorecard.json`; null for a run that was not scored. */
  verdict: verdictSchema.nullable(),
  rows: z.array(z.strictObject({ dimension: z.string(), verdict: z.string() })),
  journal: z.strictObject({
    /** SHA-256 of the last line that belongs to the chain. */
    head: sha256,
    /** Whole lines. */
    lines: count,
    /** Whether a write was cut short after the last whole line. */
    torn: z.boolean(),
    /** Of `run.finished`; null when the journal ends without it. */
    outcome: z.string().nullable(),
  }),
  shards: z.array(
    z.strictObject({
      file: z.string(),
      process: z.string().nullable(),
      lines: count,
      /** What the end line says came before it; null without an end line. */
      ended: z.strictObject({ lines: count, sha256: sha256.nullable() }).nullable(),
    }),
  ),
  sealedBy: z.strictObject({
    tool: z.literal('aftershock'),
    version: z.string(),
    /** SHA-256 of the sources that the program was built from: two builds of one version may word a page otherwise. */
    build: sha256.exactOptional(),
  }),
  /** The key that signed, in full, so that the signature can be checked; null when sealed unsigned. */
  signer: z.strictObject({ keyid: sha256, publicKey: z.string().max(1024) }).nullable(),
  /**
   * SHA-256 of this statement with this field empty. Finds accidents in a bundle that nobody signed; it
   * stops no one, since whoever changes the statement can compute it again.
   */
  checksum: z.string(),
})

export const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(subjectSchema),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: predicateSchema,
})

export type Subject = z.output<typeof subjectSchema>
export type RunPredicate = z.output<typeof predicateSchema>
export type Statement = z.output<typeof statementSchema>

/** Fills in the checksum. */
export function closeStatement(subject: Subject[], predicate: Omit<RunPredicate, 'checksum'>): Statement {
  const open: Statement = {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPE,
    predicate: { ...predicate, checksum: '' },
  }
  return { ...open, predicate: { ...predicate, checksum: checksumOf(open) } }
}

export function checksumOf(statement: Statement): string {
  const open = { ...statement, predicate: { ...statement.predicate, checksum: '' } }
  return createHash('sha256').update(JSON.stringify(open)).digest('hex')
}

/** Why a subject's name may not be followed into the folder; null when it may. */
export function nameTrouble(name: string): string | null {
  if (name === '') return 'is empty'
  if (Buffer.byteLength(name) > LIMITS.nameBytes) return `is longer than ${LIMITS.nameBytes} bytes`
  if (/\p{Cc}/u.test(name)) return 'has a control character'
  if (name.includes('\\')) return 'has a backslash'
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is absolute'
  const steps = name.split('/')
  if (steps.includes('..')) return 'leads out of the folder'
  if (steps.includes('.') || steps.includes('')) return 'has an empty step'
  if (steps.length > LIMITS.folderDepth) return `is deeper than ${LIMITS.folderDepth} folders`
  return null
}
