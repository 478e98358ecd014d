import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import { type AuditResult, writeAudit } from '../record/audit-file.ts'
import type { AuditPart } from '../record/audit-part.ts'
import type { ProcessRole } from '../record/history.ts'
import { expectedShards, mayTellOfShards, missingShards } from '../record/expected-shards.ts'
import { firstLine } from '../record/json-lines.ts'
import { contractHeader } from '../record/run-header.ts'
import { Auditor } from './auditor.ts'
import { Catalog, type TopicFacts } from './catalog.ts'
import { readCleanerSamples } from './cleaner-samples.ts'
import { contractFacts } from './contract-facts.ts'
import { EvidenceCollector } from './evidence-collector.ts'
import { FinalRead } from './final-read.ts'
import { explain, parseJson } from './history-format.ts'
import { examplesOf } from './judge.ts'
import { chunksOf, eachLine, textOf } from './line-reader.ts'
import { mergeParts } from './merge-parts.ts'
import { deviceNumber, isOwnNumber, type Part, possibleCounts, WHOLE } from './part.ts'
import { checkRetention } from './retention.ts'
import { readRetentionSettings } from './retention-settings.ts'
import { SentElsewhere } from './sent-elsewhere.ts'
import { parseShardLine } from './shard-format.ts'
import { type PartitionBounds, type PartitionStart, readShard, type ShardSummary } from './shard-reader.ts'
import { totalsOf } from './totals.ts'
import { ACKED, DROPPED, READ } from './value-flags.ts'

interface Shard {
  readonly name: string
  readonly path: string
  readonly role: ProcessRole
  readonly process: string
}

/** The witness comes first: what senders and consumers say is then held against it. */
const ORDER: readonly ProcessRole[] = ['final-read', 'gateway', 'repair', 'recovery', 'tail']

/**
 * Audits a run's folder, writes its `audit.json` and returns that. Messages call the folder `shownAs`.
 * @throws AftershockError `input` when the folder is no run, or a shard is not what it should be.
 */
export async function auditRun(runDir: string, shownAs = runDir): Promise<AuditResult> {
  const result = mergeParts([await auditPart(runDir, WHOLE, shownAs)])
  writeAudit(runDir, result)
  return result
}

/**
 * Audits one part of a run, by its devices: it reads everything, and keeps what is of that part.
 * @throws AftershockError `input` as above; `usage` when the partitions of its topics cannot be divided so
 */
export async function auditPart(runDir: string, part: Part, shownAs = runDir): Promise<AuditPart> {
  const { topics: facts, isCopiedBack, partitions } = await readRun(runDir, shownAs)
  refuseIndivisible(part, partitions)
  const shards = await findShards(runDir)
  const ofB = isCopiedBack ? await findShards(runDir, 'b') : []
  const catalog = new Catalog(facts, part)
  const bounds = new Map<number, PartitionBounds>()
  const starts = new Map<number, PartitionStart>()
  const elsewhere = new SentElsewhere()
  const auditor = new Auditor({
    catalog,
    elsewhere: elsewhere.handles,
    kind: 'run',
    startsAt: partition => starts.get(partition)?.t ?? null,
    readAt: partition => bounds.get(partition)?.t ?? null,
    endOf: partition => bounds.get(partition)?.high ?? null,
    cleaners: await readCleanerSamples(runDir),
  })
  const summaries: (ShardSummary & { readonly name: string })[] = []
  for (const shard of shards) {
    const summary = await readShard(shard.path, shard.name, catalog, auditor)
    for (const [partition, of] of summary.bounds) bounds.set(partition, of)
    for (const [partition, of] of summary.starts) starts.set(partition, of)
    summaries.push({ ...summary, name: shard.name })
  }
  for (const { path, name } of ofB) await readShard(path, name, catalog, elsewhere)
  const witness = new FinalRead(auditor, catalog, { bounds, starts }, summaries)
  auditor.finish(partition => witness.reach(partition))
  const retention = checkRetention({
    catalog,
    findings: auditor.findings,
    bounds,
    ages: new Map(summaries.flatMap(summary => [...summary.ages])),
    settings: readRetentionSettings(runDir),
  })
  const examples = [...auditor.findings.examples.values()].flat()
  const evidence = new EvidenceCollector(catalog, examples)
  if (examples.length > 0)
    for (const shard of shards) await readShard(shard.path, shard.name, catalog, evidence)
  const missing = await missingFrom(runDir, shards)
  return {
    format: 1,
    part,
    evidence: part === WHOLE ? [] : await digestsOf(runDir, [...shards, ...ofB]),
    ...totalsOf(auditor, catalog),
    anomalies: examplesOf(auditor, catalog, evidence),
    holes: {
      ...witness.holes(),
      gateways: missing.gateways,
      readers: missing.readers,
      unsure: unsureOf(missing, summaries),
      shards: summaries.flatMap(({ name, incomplete }) =>
        incomplete === null ? [] : [`${name} is incomplete: ${incomplete}`],
      ),
      mixed: unheardOf(auditor, summaries),
      misplaced: misplacedIn(catalog),
    },
    retention,
  }
}

/**
 * Merges the parts of a run, writes its `audit.json` and returns that.
 * @throws AftershockError `input` when they do not fit each other, or this folder
 */
export async function mergeRun(
  runDir: string,
  parts: readonly AuditPart[],
  shownAs = runDir,
): Promise<AuditResult> {
  const result = mergeParts(parts)
  const { isCopiedBack } = await readRun(runDir, shownAs)
  const shards = [...(await findShards(runDir)), ...(isCopiedBack ? await findShards(runDir, 'b') : [])]
  if (JSON.stringify(await digestsOf(runDir, shards)) !== JSON.stringify(parts[0]?.evidence))
    throw new AftershockError(
      'input',
      `the parts of an audit do not fit: they were not read from ${shownAs}`,
      {
        hint: 'audit every part of this folder again: aftershock audit RUN --part 1/3, 2/3 and 3/3',
      },
    )
  writeAudit(runDir, result)
  return result
}

/** Each part must have whole partitions, and the devices of those alone. */
function refuseIndivisible({ count }: Part, partitions: Readonly<Record<string, number | undefined>>): void {
  if (count === 1) return
  const known = Object.values(partitions).map(number => number ?? 1)
  const possible = possibleCounts(known)
  if (possible.includes(count)) return
  const each = Object.entries(partitions).map(([topic, number]) => `${topic} ${number ?? 'unknown'}`)
  throw new AftershockError(
    'usage',
    `a run cannot be audited in ${count} parts: partitions are ${each.join(', ')}`,
    {
      hint: `the number of parts must divide that of each topic: ${possible.join(', ')}`,
    },
  )
}

/** Of everything that a part is read from: parts of different evidence are no run. */
async function digestsOf(runDir: string, shards: readonly Shard[]): Promise<AuditPart['evidence']> {
  const files = [
    { name: 'run.json', path: join(runDir, 'run.json') },
    { name: 'journal.jsonl', path: join(runDir, 'journal.jsonl') },
    ...shards,
  ]
  const digests: AuditPart['evidence'] = []
  for (const { name, path } of files) {
    if (!existsSync(path)) continue
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    digests.push({ name, sha256: hash.digest('hex') })
  }
  return digests
}

/** Devices and epochs of another part whose records stand, or were sent, in partitions of this one. */
function misplacedIn({ values, topics, part }: Catalog): string[] {
  return values.streams.flatMap(({ topic, prefix, isDevice }) => {
    const number = isDevice ? deviceNumber(`${prefix}/`) : null
    if (number === null || isOwnNumber(part, number)) return []
    return [`${prefix} in ${topics[topic]?.name}`]
  })
}

async function readRun(
  runDir: string,
  shownAs: string,
): Promise<{
  readonly topics: TopicFacts
  readonly isCopiedBack: boolean
  readonly partitions: Readonly<Record<string, number | undefined>>
}> {
  const hint = 'Expected the folder of a run, with run.json and history/ in it.'
  let text: string
  try {
    text = await readFile(join(runDir, 'run.json'), 'utf8')
  } catch (error) {
    if (isMissing(error))
      throw new AftershockError('input', `${shownAs} is not the folder of a run: it has no run.json`, {
        cause: error,
        hint: 'check the path; `aftershock run` prints the folder of its run',
      })
    throw new AftershockError('input', `run.json cannot be read: ${messageOf(error)}`, { cause: error, hint })
  }
  const run = contractHeader.safeParse(parseJson(text, 'run.json'))
  if (!run.success) throw new AftershockError('input', `run.json: ${explain(run.error)}`, { hint })
  const { contract, regions } = run.data.drill
  return {
    topics: contractFacts(contract.topics),
    isCopiedBack: regions?.wayBack || regions?.bothWays || false,
    partitions: Object.fromEntries(
      Object.entries(contract.topics).map(([name, of]) => [name, of.partitions]),
    ),
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** @param region of the cluster that they are told of; @default the first */
async function findShards(runDir: string, region?: 'b'): Promise<Shard[]> {
  let names: string[]
  try {
    names = (await readdir(join(runDir, 'history'))).filter(name => name.endsWith('.jsonl')).sort()
  } catch (error) {
    throw new AftershockError('input', `history/ cannot be read: ${messageOf(error)}`, {
      hint: "the audit needs the histories of the run's clients, in history/ of its folder",
      cause: error,
    })
  }
  const shards: Shard[] = []
  for (const file of names) {
    const [name, path] = [`history/${file}`, join(runDir, 'history', file)]
    const header = parseShardLine(firstLine(path, name), `${name}:1`)
    if (header.kind !== 'header')
      throw new AftershockError('input', `${name}:1: a shard begins with its header`, {
        hint: "the file is torn or of another program; copy the run's folder again from where it was made",
      })
    // What a second cluster was told is held against what that one has: see the measurements of regions.
    if (header.region !== region) continue
    shards.push({ name, path, role: header.role, process: header.process })
  }
  return shards.sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role))
}

/** Whose histories lack something, so that what these would say proves nothing by its absence. */
function unsureOf(
  { gateways, readers }: Missing,
  summaries: readonly ShardSummary[],
): AuditPart['holes']['unsure'] {
  const lacking = (roles: readonly ProcessRole[]) =>
    summaries.some(({ header, incomplete }) => incomplete !== null && roles.includes(header.role))
  return {
    senders: gateways.length > 0 || lacking(['gateway', 'repair']),
    readers: readers.length > 0 || lacking(['tail', 'recovery']),
    // One that was cut is whole up to there.
    stored: summaries.some(({ header, lacksLines }) => lacksLines && header.role === 'final-read'),
  }
}

interface Missing {
  /** In sentences. */
  readonly gateways: string[]
  readonly readers: string[]
}

/** The journal says whose history there is: a gateway without one may have sent anything, a reader been given anything. */
async function missingFrom(runDir: string, shards: readonly Shard[]): Promise<Missing> {
  const events: { readonly kind: string }[] = []
  try {
    await eachLine(chunksOf(join(runDir, 'journal.jsonl')), 'journal.jsonl', line => {
      const text = textOf(line)
      if (!mayTellOfShards(text)) return
      const event = journalEvent.safeParse(parseJson(text, 'journal.jsonl'))
      if (event.success) events.push(event.data)
    })
  } catch {
    return { gateways: ['the journal cannot be read: which gateways there were is unknown'], readers: [] }
  }
  if (!expectedShards(events).some(({ role }) => role === 'gateway'))
    return { gateways: ['the journal does not say which gateways there were'], readers: [] }
  const missing = missingShards(events, shards)
  const told = (isGateway: boolean, sentence: (process: string) => string) =>
    missing.filter(({ role }) => (role === 'gateway') === isGateway).map(({ process }) => sentence(process))
  return {
    gateways: told(true, name => `gateway ${name} left no shard: what it sent is not known`),
    readers: told(false, name => `the reader ${name} left no shard: what it was given is not known`),
  }
}

const journalEvent = z.looseObject({ kind: z.string() })

/**
 * Histories of format 1 kept a mixed answer as one unknown outcome, although devices forgot what it acknowledged.
 * What is missing of such a request may have been that part, and so may be lost.
 */
function unheardOf({ values }: Auditor, summaries: readonly ShardSummary[]): number {
  const mixed = new Set(summaries.flatMap(summary => summary.mixed))
  return [...mixed].filter(handle => (values.flags(handle) & (ACKED | READ | DROPPED)) === 0).length
}
