import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import { verdictSchema } from '../core/verdict.ts'
import { packageFile } from '../package-root.ts'
import type { RunPredicate, Subject } from './in-toto.ts'
import { shardEnd, shardHeader } from '../record/history.ts'
import { type JournalReading, readJournal } from '../record/journal-reader.ts'
import { parseLine } from '../record/json-lines.ts'
import { type FileFacts, readFacts } from './inventory.ts'
import { RUN_FILE, sealedHeader } from '../record/run-header.ts'
import { LIMITS } from '../record/limits.ts'

/** Everything of a run's folder that its statement says, before anyone has sealed it. */
export interface RunFacts {
  readonly subjects: Subject[]
  readonly predicate: Omit<RunPredicate, 'sealedBy' | 'signer' | 'checksum'>
  readonly journal: JournalReading
}

const verdicts = z.looseObject({
  verdict: verdictSchema,
  rows: z.array(z.looseObject({ dimension: z.string(), verdict: z.string() })),
})
export async function readAllFacts(dir: string, files: readonly string[]): Promise<FileFacts[]> {
  const facts: FileFacts[] = []
  for (const name of files) facts.push(await readFacts(dir, name))
  return facts
}

/** Why a file is too large, too long or too deep to be parsed; null when it is not. */
export function limitTrouble({ name, sizeBytes, shape, shard }: FileFacts): string | null {
  if (!shape) return null
  if (!shard && sizeBytes > LIMITS.documentBytes) return `is larger than ${LIMITS.documentBytes} bytes`
  if (name.endsWith('.jsonl') && shape.longestLineBytes > LIMITS.lineBytes) {
    return `has a line of more than ${LIMITS.lineBytes} bytes`
  }
  return shape.depth > LIMITS.jsonDepth ? `is nested deeper than ${LIMITS.jsonDepth} levels` : null
}

/**
 * Reads what the statement says out of the folder itself, so that sealing and verifying agree by
 * construction: whoever verifies works it out again and compares.
 * @throws AftershockError `input` when the folder has no readable run.json, journal or scorecard.
 */
export async function describeRun(dir: string, facts: readonly FileFacts[]): Promise<RunFacts> {
  const run = readDocument(dir, facts, RUN_FILE, sealedHeader)
  if (!run) {
    throw new AftershockError('input', `${dir} has no run.json`, {
      hint: 'Name the folder of a run: the one that holds run.json and journal.jsonl.',
    })
  }
  const card = readDocument(dir, facts, 'scorecard.json', verdicts)
  const journalShape = facts.find(({ name }) => name === 'journal.jsonl')?.shape
  const journal = await readJournal(join(dir, 'journal.jsonl'))
  const torn = journalShape?.torn ?? true
  const finished = journal.events.findLast(({ event }) => event.kind === 'run.finished')?.event
  return {
    subjects: facts.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    journal,
    predicate: {
      format: 1,
      run: {
        id: run.run,
        drill: run.drill.drill,
        drillSha256: run.drillSha256,
        seed: run.seed,
        platform: run.platform,
        driver: run.driver,
        startedAt: new Date(run.startedAtWallMs).toISOString(),
        versions: run.versions,
        commit: run.commit,
      },
      verdict: card?.verdict ?? null,
      rows: card?.rows.map(({ dimension, verdict }) => ({ dimension, verdict })) ?? [],
      journal: {
        head: journal.head,
        lines: Math.max(0, journal.lines - (torn ? 1 : 0)),
        torn,
        outcome: finished?.kind === 'run.finished' ? finished.outcome : null,
      },
      shards: facts.flatMap(describeShard),
    },
  }
}

function describeShard({ name, shape, shard }: FileFacts): RunPredicate['shards'] {
  if (!shard || !shape) return []
  const first = shardHeader.safeParse(parseLine(shard.firstLine))
  return [
    {
      file: name,
      process: first.success ? first.data.process : null,
      lines: shape.lines,
      ended: endOf(shard.lastLine),
    },
  ]
}

export function endOf(lastLine: string): { lines: number; sha256: string | null } | null {
  const end = shardEnd.safeParse(parseLine(lastLine))
  return end.success ? { lines: end.data.lines, sha256: end.data.sha256 ?? null } : null
}

function readDocument<S extends z.ZodType>(
  dir: string,
  facts: readonly FileFacts[],
  name: string,
  schema: S,
): z.output<S> | null {
  const found = facts.find(candidate => candidate.name === name)
  if (!found) return null
  const trouble = limitTrouble(found)
  if (trouble)
    throw new AftershockError('input', `${name} ${trouble}`, {
      hint: "the seal is torn or was made by another program: copy the run's folder again",
    })
  let json: unknown
  try {
    json = JSON.parse(readFileSync(join(dir, name), 'utf8'))
  } catch (error) {
    throw new AftershockError('input', `${name} is not JSON: ${messageOf(error)}`, {
      hint: "the seal is torn or was made by another program: copy the run's folder again",
      cause: error,
    })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AftershockError('input', `${name}: ${issue?.path.join('.')}: ${issue?.message}`, {
    hint: "the seal is torn or was made by another program: copy the run's folder again",
  })
}

const packageSchema = z.looseObject({ version: z.string() })

/** The version of this program. */
export function toolVersion(): string {
  return packageSchema.parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))).version
}

/** SHA-256 (hex) of the sources that this program was built from; null when it runs from the sources themselves. */
export function toolBuild(): string | null {
  if (!import.meta.url.endsWith('.js')) return null
  try {
    return readFileSync(packageFile('dist/.built-from'), 'utf8')
  } catch {
    return null
  }
}
