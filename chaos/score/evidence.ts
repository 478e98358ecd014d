import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPlatform, usesSharedStorage } from '../platforms/index.ts'
import { readJson, readText } from '../record/bounded-files.ts'
import { type JournalReading, readJournal } from '../record/journal-reader.ts'
import { LIMITS } from '../record/limits.ts'
import { type HeaderFile, readRunHeader } from '../record/run-header.ts'
import {
  type BrokerMetricsSample,
  type ClusterSample,
  type ConnectorSample,
  type ConnectorsSample,
  type ConsumerSample,
  type FleetSample,
  type LinkSample,
  type LinkTotals,
  linkTotals,
  type LocalLogSample,
  type MachineSample,
  type NodeSample,
  type ObjectStoreSample,
  type ProcessorSample,
  type RegionsSample,
  SERIES,
} from '../record/samples.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import { readSeries, type Series } from '../record/series.ts'
import { PROCESSOR_FILE_IN_B, readProcessorEvidence } from '../record/processor-evidence.ts'
import { REGION_STORED_FILE } from '../record/region-evidence.ts'
import { readSinkEvidence } from '../record/sink-evidence.ts'
import { readSourceEvidence, type SourceEvidence } from '../record/source-evidence.ts'
import { type Histories, noHistories, readHistory } from './history-shards.ts'
import { readRegions, type RegionEvidence } from './region-histories.ts'
import { readRepairs } from './repairs.ts'
import { readUpgrade, type UpgradeHistories } from './upgrade-histories.ts'
import { type KeptProcessor, readStoredFile, readStoredRecords, type Sinks } from './stored-records.ts'

/** Everything of a run that scoring reads. Histories are condensed, the rest is small enough to hold. */
export interface Evidence extends Histories {
  readonly runDir: string
  readonly header: HeaderFile
  readonly journal: JournalReading
  readonly fleet: Series<FleetSample>
  readonly cluster: Series<ClusterSample>
  readonly links: Series<LinkSample>
  readonly consumers: Series<ConsumerSample>
  readonly nodes: Series<NodeSample>
  readonly brokerMetrics: Series<BrokerMetricsSample>
  /** What the machine had left; absent in runs before it was sampled. */
  readonly machine: Series<MachineSample>
  /** What the tool's own threads had to do; absent in runs before it was sampled. */
  readonly tool: Series<ToolSample>
  /** Only where closed segments go to a tier. */
  readonly localLog: Series<LocalLogSample>
  /** Only where there is an object store. */
  readonly objectStore: Series<ObjectStoreSample>
  /** Only where the drill has a connector. */
  readonly connector: Series<ConnectorSample>
  /** Only where the drill has sinks into a database. */
  readonly connectors: Series<ConnectorsSample>
  readonly sinks: Sinks | null
  /** Only where the drill has a stateful processor. */
  readonly processorSamples: Series<ProcessorSample>
  readonly processor: KeptProcessor | null
  /** Only where the drill has two regions. */
  readonly regionSamples: Series<RegionsSample>
  readonly regions: RegionEvidence | null
  /** Only where the drill upgrades. */
  readonly upgrade: UpgradeHistories | null
  /** Of region b, only where a fault touched that. */
  readonly clusterInB: Series<ClusterSample>
  readonly linksInB: Series<LinkSample>
  /** In the order of the drill. */
  readonly sources: readonly SourceEvidence[]
  /** Of brokers of a shared platform: only their logs tell of failovers. */
  readonly nodeLogs: readonly { readonly node: number; readonly text: string }[]
  readonly linkTotals: LinkTotals | null
}

export async function readEvidence(
  runDir: string,
  /** Without histories, for readers that only need the samples. @default true */
  { histories = true }: { readonly histories?: boolean } = {},
): Promise<Evidence> {
  const header = readRunHeader(runDir)
  return {
    runDir,
    header,
    journal: await readJournal(join(runDir, 'journal.jsonl')),
    ...(histories ? await readHistory(runDir) : noHistories()),
    fleet: await readSeries(runDir, 'fleet'),
    cluster: await readSeries(runDir, 'cluster'),
    links: await readSeries(runDir, 'links'),
    consumers: await readSeries(runDir, 'consumers'),
    nodes: await readSeries(runDir, 'nodes'),
    brokerMetrics: await readSeries(runDir, 'broker-metrics', metricsEveryMs(header)),
    machine: await readSeries(runDir, 'machine'),
    tool: await readSeries(runDir, 'tool'),
    localLog: await readSeries(runDir, 'local-log'),
    objectStore: await readSeries(runDir, 'object-store'),
    connector: await readSeries(runDir, 'connector'),
    connectors: await readSeries(runDir, 'connectors'),
    sinks: histories ? await readSinks(runDir, header) : null,
    processorSamples: await readSeries(runDir, 'processor'),
    processor: histories ? await readProcessor(runDir, header) : null,
    regionSamples: await readSeries(runDir, 'regions'),
    clusterInB: await readSeries(runDir, 'cluster-b'),
    linksInB: await readSeries(runDir, 'links-b'),
    regions: histories && header.drill.regions ? await readRegions(runDir) : null,
    upgrade:
      histories && header.drill.upgrade
        ? await readUpgrade(runDir, Object.keys(header.drill.contract.topics))
        : null,
    sources: histories ? await readSources(runDir, header) : [],
    nodeLogs: histories ? readNodeLogs(runDir, header) : [],
    linkTotals: readJson(join(runDir, 'samples', 'link-totals.json'), linkTotals),
  }
}

async function readSinks(runDir: string, { drill }: HeaderFile): Promise<Sinks | null> {
  const { connectors, regions } = drill
  if (!connectors) return null
  const sinks = []
  for (const { name } of connectors.sinks) sinks.push(await readSinkEvidence(runDir, name))
  const topics = new Set(connectors.sinks.flatMap(sink => sink.topics))
  const goes = (regions?.failOver?.connectors ?? 'stays') !== 'stays'
  return {
    sinks,
    stored: await readStoredRecords(runDir, topics),
    storedInB: goes ? await readStoredFile(runDir, REGION_STORED_FILE, topics) : null,
    repairs: await readRepairs(runDir),
  }
}

async function readProcessor(runDir: string, { drill }: HeaderFile): Promise<KeptProcessor | null> {
  if (!drill.processor) return null
  const topics = new Set([drill.processor.topic])
  const evidence = await readProcessorEvidence(runDir)
  const kept = { evidence, stored: await readStoredRecords(runDir, topics) }
  if (!evidence.header?.left) return kept
  return {
    ...kept,
    inB: {
      evidence: await readProcessorEvidence(runDir, PROCESSOR_FILE_IN_B),
      stored: await readStoredFile(runDir, REGION_STORED_FILE, topics),
    },
  }
}

async function readSources(runDir: string, { drill }: HeaderFile): Promise<SourceEvidence[]> {
  const sources = []
  for (const { name } of drill.connectors?.sources ?? []) sources.push(await readSourceEvidence(runDir, name))
  return sources
}

/** As the nodes' software is asked while a run goes on. */
function metricsEveryMs(header: HeaderFile): number {
  return findPlatform(header.platform)?.metrics.everyMs ?? SERIES['broker-metrics'].everyMs
}

function readNodeLogs(runDir: string, header: HeaderFile): Evidence['nodeLogs'] {
  const { nodes } = header
  if (!usesSharedStorage(header.platform)) return []
  return nodes.flatMap(({ id }) => {
    const path = join(runDir, 'logs', `broker-${id}.log`)
    return existsSync(path)
      ? [{ node: id, text: readText(path, { atMostBytes: LIMITS.totalBytes / 4 }) }]
      : []
  })
}
