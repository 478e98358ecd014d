import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { AftershockError, firstIssue, messageOf } from '../core/errors.ts'
import { isPlatform, isShared } from '../core/platform.ts'
import { AUTOMQ_METRICS_EVERY_MS } from '../platforms/automq-metrics.ts'
import { readText } from '../record/bounded-files.ts'
import { LIMITS } from '../record/limits.ts'
import { type JournalReading, readJournal } from '../record/journal-reader.ts'
import { eachLine } from '../record/json-lines.ts'
import {
  type HeaderFile,
  brokerMetricsSample,
  clusterSample,
  connectorSample,
  consumerSample,
  fleetSample,
  linkSample,
  linkTotals,
  localLogSample,
  nodeSample,
  objectStoreSample,
  runHeader,
} from './evidence-schemas.ts'
import { machineSample } from './machine-pressure.ts'
import { type ShardReading, readHistory } from './history-shards.ts'
import { type ReplayHistory, readReplayHistories } from './replay-reads.ts'
import type { SendLog } from './send-log.ts'

/** One sample and the line of its file that it stands on, so that a number can be traced to it. */
export type Sampled<T> = T & { readonly line: number }

/** A time series as read: its samples in order, and what is wrong with the file. */
export interface Series<T> {
  readonly file: string
  readonly periodMs: number
  readonly rows: readonly Sampled<T>[]
  /** null when the file is whole; else why it is not. */
  readonly trouble: string | null
}

/** Everything of a run that scoring reads. Histories are condensed, the rest is small enough to hold. */
export interface Evidence {
  readonly runDir: string
  readonly header: HeaderFile
  readonly journal: JournalReading
  readonly sends: SendLog
  readonly shards: readonly ShardReading[]
  readonly fleet: Series<z.output<typeof fleetSample>>
  readonly cluster: Series<z.output<typeof clusterSample>>
  readonly links: Series<z.output<typeof linkSample>>
  readonly consumers: Series<z.output<typeof consumerSample>>
  readonly nodes: Series<z.output<typeof nodeSample>>
  readonly brokerMetrics: Series<z.output<typeof brokerMetricsSample>>
  /** What the machine had left; absent in runs before it was sampled. */
  readonly machine: Series<z.output<typeof machineSample>>
  /** Only where closed segments go to a tier. */
  readonly localLog: Series<z.output<typeof localLogSample>>
  /** Only where there is an object store. */
  readonly objectStore: Series<z.output<typeof objectStoreSample>>
  /** Only where the drill has a connector. */
  readonly connector: Series<z.output<typeof connectorSample>>
  /** What each recovery consumer was given, and when, by its shard's process. */
  readonly replayHistories: ReadonlyMap<string, ReplayHistory>
  /** Of brokers of a shared platform: only their logs tell of failovers. */
  readonly nodeLogs: readonly { readonly node: number; readonly text: string }[]
  readonly linkTotals: z.output<typeof linkTotals> | null
}

export async function readEvidence(
  runDir: string,
  /** Without histories, for readers that only need the samples. @default true */
  { histories = true }: { readonly histories?: boolean } = {},
): Promise<Evidence> {
  const header = readJson(join(runDir, 'run.json'), runHeader)
  if (header === null) {
    throw new AftershockError('input', `${runDir} has no run.json`, {
      hint: 'Name the folder of a run: the one that holds run.json and journal.jsonl.',
    })
  }
  return {
    runDir,
    header,
    journal: await readJournal(join(runDir, 'journal.jsonl')),
    ...(await readHistory(histories ? runDir : null)),
    fleet: await readSeries(runDir, 'fleet', 1000, fleetSample),
    cluster: await readSeries(runDir, 'cluster', 250, clusterSample),
    links: await readSeries(runDir, 'links', 1000, linkSample),
    consumers: await readSeries(runDir, 'consumers', 1000, consumerSample),
    nodes: await readSeries(runDir, 'nodes', 1000, nodeSample),
    brokerMetrics: await readSeries(runDir, 'broker-metrics', metricsEveryMs(header), brokerMetricsSample),
    machine: await readSeries(runDir, 'machine', 1000, machineSample),
    localLog: await readSeries(runDir, 'local-log', 1000, localLogSample),
    objectStore: await readSeries(runDir, 'object-store', 1000, objectStoreSample),
    connector: await readSeries(runDir, 'connector', 1000, connectorSample),
    replayHistories: histories ? await readReplayHistories(runDir) : new Map(),
    nodeLogs: histories ? readNodeLogs(runDir, header) : [],
    linkTotals: readJson(join(runDir, 'samples', 'link-totals.json'), linkTotals),
  }
}

/** A shared platform has one copy of each record, no replicas, and metrics and logs of its own kind. */
export function onSharedPlatform({ platform }: Pick<HeaderFile, 'platform'>): boolean {
  return isPlatform(platform) && isShared(platform)
}

/** As the nodes' software is asked while a run goes on. */
function metricsEveryMs(header: HeaderFile): number {
  return onSharedPlatform(header) ? AUTOMQ_METRICS_EVERY_MS : 1000
}

function readNodeLogs(runDir: string, header: HeaderFile): Evidence['nodeLogs'] {
  const { nodes } = header
  if (!onSharedPlatform(header)) return []
  return nodes.flatMap(({ id }) => {
    const path = join(runDir, 'logs', `broker-${id}.log`)
    return existsSync(path)
      ? [{ node: id, text: readText(path, { atMostBytes: LIMITS.totalBytes / 4 }) }]
      : []
  })
}

/**
 * A JSON file against its schema; null when the file is not there.
 * @throws AftershockError `input`, naming the file and the key, when it is there and does not fit.
 */
export function readJson<S extends z.ZodType>(path: string, schema: S): z.output<S> | null {
  if (!existsSync(path)) return null
  const text = readText(path)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new AftershockError('input', `${path} is not JSON: ${messageOf(error)}`, { cause: error })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AftershockError('input', `${path}: ${firstIssue(parsed.error)}`, {
    hint: 'The file was written by another version, or changed after the run.',
  })
}

async function readSeries<S extends z.ZodType<{ t: number }>>(
  runDir: string,
  name: string,
  periodMs: number,
  schema: S,
): Promise<Series<z.output<S>>> {
  const file = `samples/${name}.jsonl`
  const path = join(runDir, file)
  const rows: Sampled<z.output<S>>[] = []
  if (!existsSync(path)) return { file, periodMs, rows, trouble: 'the file is missing' }
  let trouble: string | null = null
  const { torn } = await eachLine(path, (text, line) => {
    try {
      rows.push({ ...schema.parse(JSON.parse(text)), line })
    } catch {
      // A torn last line is what a crash leaves: the samples before it stay good.
      trouble ??= `line ${line} is not a sample`
    }
  })
  if (torn) trouble ??= 'the last line was cut short'
  if (rows.length === 0) trouble ??= 'it has no samples'
  return { file, periodMs, rows, trouble }
}
