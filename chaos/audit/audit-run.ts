import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { ProcessRole } from '../record/history.ts'
import { firstLine } from '../record/json-lines.ts'
import { contractHeader } from '../record/run-header.ts'
import { Auditor } from './auditor.ts'
import type { Reach } from './scan-parts.ts'
import { Catalog, type TopicFacts } from './catalog.ts'
import { readCleanerSamples } from './cleaner-samples.ts'
import { contractFacts } from './contract-facts.ts'
import { EvidenceCollector } from './evidence-collector.ts'
import { explain, parseJson } from './history-format.ts'
import { judge, resultOf } from './judge.ts'
import { chunksOf, eachLine, textOf } from './line-reader.ts'
import { type AuditResult, type Counts, writeAudit } from '../record/audit-file.ts'
import { checkRetention } from './retention.ts'
import { readRetentionSettings } from './retention-settings.ts'
import { SentElsewhere } from './sent-elsewhere.ts'
import { parseShardLine } from './shard-format.ts'
import { type PartitionBounds, type PartitionStart, readShard, type ShardSummary } from './shard-reader.ts'
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
  const { topics: facts, isCopiedBack } = await readRun(runDir, shownAs)
  const shards = await findShards(runDir)
  const catalog = new Catalog(facts)
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
  if (isCopiedBack)
    for (const { path, name } of await findShards(runDir, 'b'))
      await readShard(path, name, catalog, elsewhere)
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
  const troubles = [
    ...witness.troubles(),
    ...(await missingGateways(runDir, shards)),
    ...summaries.flatMap(({ name, incomplete }) =>
      incomplete === null ? [] : [`${name} is incomplete: ${incomplete}`],
    ),
    ...forgottenUnheard(auditor, summaries),
    ...removedAtUnknownAge(auditor, catalog),
  ]
  const found = resultOf('run', auditor, catalog, judge(auditor, catalog, troubles), evidence)
  const result: AuditResult = { ...found, retention }
  writeAudit(runDir, result)
  return result
}

/** What the final read can vouch for, partition by partition. */
class FinalRead {
  readonly #auditor: Auditor
  readonly #catalog: Catalog
  readonly #bounds: ReadonlyMap<number, PartitionBounds>
  readonly #starts: ReadonlyMap<number, PartitionStart>
  readonly #shards: readonly (ShardSummary & { readonly name: string })[]

  constructor(
    auditor: Auditor,
    catalog: Catalog,
    { bounds, starts }: Pick<ShardSummary, 'bounds' | 'starts'>,
    summaries: readonly (ShardSummary & { readonly name: string })[],
  ) {
    this.#auditor = auditor
    this.#catalog = catalog
    this.#bounds = bounds
    this.#starts = starts
    this.#shards = summaries.filter(summary => summary.header.role === 'final-read')
  }

  reach(partition: number): Reach {
    const bounds = this.#bounds.get(partition)
    const seen = this.#auditor.offsets.maxSeen(partition).offset
    if (bounds === undefined)
      return { low: seen < 0 ? 0 : this.#auditor.offsets.minSeen(partition), lowAfter: null, upTo: seen }
    // Whole: then what was acknowledged above its end is gone with a part of the log that was cut off.
    const isWhole = this.#shards.every(shard => shard.incomplete === null) && this.#gap(partition) === null
    const lowAfter = this.#starts.get(partition)?.low ?? null
    return { low: bounds.low, lowAfter, upTo: isWhole ? Number.POSITIVE_INFINITY : seen }
  }

  troubles(): string[] {
    if (this.#shards.length === 0) return ['the final read is missing: what is stored is not known']
    const reasons: string[] = []
    for (const [partition, { name }] of this.#catalog.partitions.entries()) {
      const gap = this.#bounds.has(partition)
        ? this.#gap(partition)
        : 'has no bounds: how far it goes is unknown'
      if (gap !== null) reasons.push(`the final read of ${name} ${gap}`)
    }
    if (this.#bounds.size === 0) reasons.push('the final read names no partition')
    else if (this.#auditor.counts.every(({ stored }) => stored === 0))
      reasons.push('the final read found nothing')
    if (this.#auditor.counts.every(({ sends }) => sends === 0)) reasons.push('nothing was sent')
    else if (this.#auditor.counts.every(({ acked }) => acked === 0))
      reasons.push('nothing was acknowledged, so nothing could have been lost')
    return reasons
  }

  #gap(partition: number): string | null {
    const { low: asked, high } = this.#bounds.get(partition) as PartitionBounds
    const low = Math.max(asked, this.#starts.get(partition)?.low ?? asked)
    if (high <= low) return null
    const last = this.#auditor.offsets.maxSeen(partition).offset
    if (last < 0) return `returned nothing of [${low}, ${high})`
    if (last < high - 1) return `ends at offset ${last}, before its end ${high}`
    const first = this.#auditor.offsets.minSeen(partition)
    const topic = this.#catalog.topics[this.#catalog.topicOf(partition)]
    return first > low && topic?.keeping?.compacts !== true
      ? `begins at offset ${first}, after its start ${low}`
      : null
  }
}

async function readRun(
  runDir: string,
  shownAs: string,
): Promise<{ readonly topics: TopicFacts; readonly isCopiedBack: boolean }> {
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

/** The journal says which gateways there were; one without a shard may have sent anything. */
async function missingGateways(runDir: string, shards: readonly Shard[]): Promise<string[]> {
  const gateways: string[] = []
  try {
    await eachLine(chunksOf(join(runDir, 'journal.jsonl')), 'journal.jsonl', line => {
      const text = textOf(line)
      if (!text.includes('"fleet.started"')) return
      const event = fleetStarted.safeParse(parseJson(text, 'journal.jsonl'))
      if (event.success) gateways.push(...event.data.gateways)
    })
  } catch {
    return ['the journal cannot be read: which gateways there were is unknown']
  }
  if (gateways.length === 0) return ['the journal does not say which gateways there were']
  const known = new Set(shards.map(shard => shard.process))
  return gateways
    .filter(name => !known.has(name))
    .map(name => `gateway ${name} left no shard: what it sent is not known`)
}

const fleetStarted = z.looseObject({ kind: z.literal('fleet.started'), gateways: z.array(z.string()) })

/**
 * Histories of format 1 kept a mixed answer as one unknown outcome, although devices forgot what it acknowledged.
 * What is missing of such a request may have been that part, and so may be lost.
 */
function forgottenUnheard({ values }: Auditor, summaries: readonly ShardSummary[]): string[] {
  const mixed = new Set(summaries.flatMap(summary => summary.mixed))
  const missing = [...mixed].filter(handle => (values.flags(handle) & (ACKED | READ | DROPPED)) === 0)
  if (missing.length === 0) return []
  return [
    `${missing.length} records of requests that were acknowledged in part are missing, and a history of format 1 ` +
      'does not say which part it was',
  ]
}

/** What was removed, and nobody can say whether that was too soon. */
function removedAtUnknownAge(auditor: Auditor, catalog: Catalog): string[] {
  return catalog.topics.flatMap(({ name, keeping }, id) => {
    const { removedAtUnknownAge: count } = auditor.counts[id] as Counts
    if (count === 0) return []
    return keeping === null
      ? [`${count} acknowledged records of ${name} were removed, and no contract says how long they are owed`]
      : [
          `${count} records of ${name} were removed, and when they were sent is unknown: perhaps within its replay window`,
        ]
  })
}
