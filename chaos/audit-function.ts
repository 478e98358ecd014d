import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { auditPart, mergeRun } from './audit/audit-run.ts'
import type { Verdict } from './core/verdict.ts'
import { auditPartSchema } from './record/audit-part.ts'
import { readJson } from './record/bounded-files.ts'
import { fetchStored } from './run/fetch-stored.ts'
import { storeText } from './run/store-text.ts'
import { systemClock } from './system-clock.ts'

const parts = z.int().min(1)
const uri = z.string().startsWith('s3://')
/** What `lib/audit-states.ts` asks for. */
const task = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('part'), run: uri, to: uri, index: z.int().min(0), count: parts }),
  z.strictObject({ do: z.literal('merge'), run: uri, to: uri, count: parts }),
])

export interface AuditAnswer {
  /** Where it is. */
  readonly stored: string
  /** Of all parts; a part alone has none. */
  readonly verdict?: Verdict
}

/**
 * Lambda's: audits one part of a stored run, or merges the parts that others have audited. What it makes is stored once,
 * and is the same whenever it is made again.
 * @throws AftershockError as the audit does; a ZodError for another task
 */
export async function handler(event: unknown): Promise<AuditAnswer> {
  const wanted = task.parse(event)
  using run = await fetchStored(wanted.run, systemClock, isRead)
  if (wanted.do === 'part') {
    const { index, count } = wanted
    const part = await auditPart(run.dir, { index, count }, run.uri)
    const stored = `${wanted.to}/parts/part-${index + 1}-of-${count}.json`
    await storeText(stored, JSON.stringify(auditPartSchema.parse(part)))
    return { stored }
  }
  using made = await fetchStored(`${wanted.to}/parts/`, systemClock)
  const all = readdirSync(made.dir)
    .toSorted()
    .flatMap(name => readJson(join(made.dir, name), auditPartSchema) ?? [])
  const result = await mergeRun(run.dir, all, run.uri)
  const stored = `${wanted.to}/audit.json`
  await storeText(stored, JSON.stringify(result))
  return { stored, verdict: result.verdict }
}

/** What an audit reads of a run: neither logs nor the samples of others. */
const isRead = (name: string): boolean =>
  ['run.json', 'journal.jsonl', 'samples/cleaners.jsonl'].includes(name) || /^(history|config)\//.test(name)
