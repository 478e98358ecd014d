import type { z } from 'zod'
import { AUDIT_FILE, auditResultSchema } from './audit-file.ts'
import { COST_FILE, costDocument } from './cost-file.ts'
import { historyLine } from './history.ts'
import { journalLine } from './journal-events.ts'
import { MEASUREMENTS_FILE, measurements } from './measurements.ts'
import { CONFIGURATION_FILE, runConfiguration } from './run-configuration.ts'
import { RUN_FILE, runHeader } from './run-header.ts'
import { linkTotals, SERIES, type SeriesName } from './samples.ts'
import { SCORECARD_FILE, scorecard } from './scorecard.ts'
import { seriesFile } from './series.ts'
import { PROCESSOR_FILE, processorLine } from './processor-evidence.ts'
import { sinkLine } from './sink-evidence.ts'
import { CHECKPOINTS_FILE, regionLine } from './region-evidence.ts'
import { sourceLine } from './source-evidence.ts'

/** A file of a run's folder, for people. */
export interface RunFile {
  readonly path: string
  readonly what: string
  /** Who writes it, and when. */
  readonly writtenBy: string
  /** Of the whole document, or of each line of a `.jsonl` file. */
  readonly schema?: z.ZodType
  /** How many levels of keys the page shows. @default 2 */
  readonly levels?: number
  /** Whoever judges the run makes it again from the other files. */
  readonly isDerived?: true
}

const series: readonly RunFile[] = (Object.keys(SERIES) as SeriesName[]).map(name => ({
  path: seriesFile(name),
  what: `Every ${SERIES[name].everyMs} ms: ${SERIES[name].what}.`,
  writtenBy: 'the run, while it goes on',
  schema: SERIES[name].schema,
}))

/** Every file of a run's folder, in the order in which they come to be. */
export const RUN_FOLDER: readonly RunFile[] = [
  {
    path: RUN_FILE,
    what: 'What ran, where, when, with which seed and which versions. The drill is whole; shown are the keys that later stages rest on.',
    writtenBy: 'the run, before anything starts',
    schema: runHeader,
  },
  {
    path: CONFIGURATION_FILE,
    what: 'What was decided besides the files of the nodes.',
    writtenBy: 'the run, when the lab is up',
    schema: runConfiguration,
  },
  {
    path: 'config/node-<id>/*',
    what: 'Each node’s own files as they were rendered: properties, hosts, log settings. `config/connect/` has those of a connector’s worker, in a folder each where there are several, and `config/processor/` those of a processor’s instances.',
    writtenBy: 'the run, when the lab is up',
  },
  {
    path: 'journal.jsonl',
    what: 'What happened, an event a line. Each line is on the disk before what it announces is done, and carries the digest of the line before it.',
    writtenBy: 'the run; after a crash the guardian or `aftershock heal` goes on with it',
    schema: journalLine,
  },
  {
    path: 'history/<process>.jsonl',
    what: 'Every send and every poll of one process, and what became of it. The first line is its header, the last says how many lines came before it and their digest.',
    writtenBy: 'each gateway and each consumer, while it works',
    schema: historyLine,
  },
  ...series,
  {
    path: 'connectors/<name>.jsonl',
    what: 'All that one sink had in the end, as the database and the brokers say it: its offsets, every row and every dead letter. The last line says how many lines came before it and their digest.',
    writtenBy: 'the run, once the sinks were given time',
    schema: sinkLine,
  },
  {
    path: PROCESSOR_FILE,
    what: 'All that the stateful processor had in the end: its offsets, every command and every answer as stored and as committed, every twin, and how its state was rebuilt. The last line says how many lines came before it and their digest.',
    writtenBy: 'the run, once the processor was given time',
    schema: processorLine,
  },
  {
    path: 'sources/<name>.jsonl',
    what: 'Every row of an outbox and every record that a source made of them, as the database and the brokers say it. The last line says how many lines came before it and their digest.',
    writtenBy: 'the run, once the sources were given time',
    schema: sourceLine,
  },
  {
    path: CHECKPOINTS_FILE,
    what: 'Where the drill has two regions: every place of a consumer group that the mirror translated, as it is stored in region b. The last line says how many lines came before it and their digest. Beside it, `regions/stored.jsonl` and `regions/tail.jsonl` are histories of region b.',
    writtenBy: 'the run, once nothing more came to region b',
    schema: regionLine,
  },
  {
    path: 'samples/link-totals.json',
    what: 'Both meters of the links at the end of the run.',
    writtenBy: 'the run, at its end',
    schema: linkTotals,
  },
  {
    path: 'logs/*',
    what: 'Logs of brokers, proxies, the store and the guardian.',
    writtenBy: 'their processes',
  },
  {
    path: AUDIT_FILE,
    what: 'Every acknowledged record against what is stored: anomalies with examples, and counts.',
    writtenBy: '`aftershock audit`',
    isDerived: true,
    schema: auditResultSchema,
    levels: 1,
  },
  {
    path: MEASUREMENTS_FILE,
    what: 'Every number that gates judge and reports show, each with where it comes from.',
    writtenBy: '`aftershock score`',
    isDerived: true,
    schema: measurements,
    levels: 1,
  },
  {
    path: SCORECARD_FILE,
    what: 'The verdict, by dimension and by check.',
    writtenBy: '`aftershock score`',
    isDerived: true,
    schema: scorecard,
  },
  {
    path: COST_FILE,
    what: 'What the run moved, used and kept, and what each platform would cost ([cost model](cost-model.md)).',
    writtenBy: '`aftershock cost`',
    isDerived: true,
    schema: costDocument,
  },
  {
    path: 'report.html',
    what: 'The report: one page that needs no other file.',
    writtenBy: '`aftershock report`',
    isDerived: true,
  },
  {
    path: 'bundle.json',
    what: 'The seal over all of it ([verifying evidence](verifying-evidence.md)).',
    writtenBy: '`aftershock seal`',
    isDerived: true,
  },
]

/** What a run leaves before anyone judges it: the files and folders right below its own. */
export const RAW_PLACES: readonly string[] = [
  ...new Set(RUN_FOLDER.flatMap(({ path, isDerived }) => (isDerived ? [] : [path.replace(/\/.*/, '')]))),
]
