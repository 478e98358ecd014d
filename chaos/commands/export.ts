import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Argument, type Command, Option } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import { seriesCsv } from '../export/csv.ts'
import { seriesNames } from '../export/flat-samples.ts'
import { jepsenHistory } from '../export/jepsen.ts'
import { openMetrics } from '../export/open-metrics.ts'
import type { OfRun } from '../export/timed-values.ts'
import { readRunHeader } from '../record/run-header.ts'
import { makeFolder } from '../out-place.ts'
import { programVersion } from '../staged-program.ts'
import type { Io } from './io.ts'

interface Exported {
  readonly name: string
  readonly write: (path: string) => Promise<void>
}

/** By format: what is in it, and the files of it. What writes OTLP and Parquet is loaded for those alone. */
const FORMATS = {
  csv: {
    holds: 'a table for each series of samples',
    async *files(runDir: string) {
      for (const series of seriesNames()) {
        const text = await seriesCsv(runDir, series)
        if (text !== null) yield file(`${series}.csv`, [text])
      }
    },
  },
  openmetrics: {
    holds: 'all samples with their times, for Prometheus (promtool tsdb create-blocks-from openmetrics)',
    async *files(runDir: string) {
      yield file('samples.om', [await openMetrics(runDir, ofRun(runDir))])
    },
  },
  otlp: {
    holds: 'the same as OTLP in JSON Lines, for a Collector of OpenTelemetry (otlpjsonfile)',
    async *files(runDir: string) {
      const { otlpLines } = await import('../export/otlp.ts')
      yield file('samples.otlp.jsonl', otlpLines(runDir, { ...ofRun(runDir), program: programVersion() }))
    },
  },
  parquet: {
    holds: 'the same as one table, for DuckDB, pandas, Polars and Spark',
    async *files(runDir: string) {
      const { writeParquet } = await import('../export/parquet.ts')
      yield { name: 'samples.parquet', write: (path: string) => writeParquet(path, runDir, ofRun(runDir)) }
    },
  },
  jepsen: {
    holds: 'sends and polls as Jepsen’s history (EDN)',
    async *files(runDir: string) {
      yield file('history.edn', [await jepsenHistory(runDir)])
    },
  },
} as const satisfies Record<
  string,
  { readonly holds: string; readonly files: (runDir: string) => AsyncIterable<Exported> }
>
type Format = keyof typeof FORMATS

export function register(program: Command, io: Io): void {
  const formats = Object.keys(FORMATS) as Format[]
  program
    .command('export')
    .description('samples and histories of a run in other people’s formats')
    .addArgument(new Argument('<dir>', 'the folder of a run'))
    .addOption(new Option('--format <format>', 'which').choices(formats).makeOptionMandatory())
    .requiredOption('--out <dir>', 'a folder for the files; those that are there are not written over')
    .addHelpText(
      'after',
      `\nFormats:\n${formats.map(format => `  ${format.padEnd(12)} ${FORMATS[format].holds}`).join('\n')}`,
    )
    .action(async (dir: string, { format, out }: { readonly format: Format; readonly out: string }) => {
      const runDir = resolve(io.cwd, dir)
      readRunHeader(runDir)
      const target = resolve(io.cwd, out)
      makeFolder(target)
      for await (const { name, write } of FORMATS[format].files(runDir)) {
        const path = join(target, name)
        const shown = shownPath(path, io.cwd)
        if (existsSync(path))
          throw new AftershockError('refused', `${shown} is there already`, {
            hint: 'Name another folder with --out, or remove that file.',
          })
        await inPlace(path, write)
        io.stdout.write(`${shown}\n`)
      }
    })
}

function ofRun(runDir: string): OfRun {
  const { run, platform, drill, startedAtWallMs } = readRunHeader(runDir)
  return { run, platform, drill: drill.drill, startedAtWallMs }
}

const file = (name: string, parts: Iterable<string> | AsyncIterable<string>): Exported => ({
  name,
  write: path => pipeline(parts, createWriteStream(path)),
})

/** Beside and then into place: nobody takes half of a file for all of it. */
async function inPlace(path: string, write: Exported['write']): Promise<void> {
  const partial = `${path}.partial`
  try {
    await write(partial)
    renameSync(partial, path)
  } finally {
    rmSync(partial, { force: true })
  }
}
