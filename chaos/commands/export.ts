import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Argument, type Command, Option } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import { seriesCsv } from '../export/csv.ts'
import { seriesNames } from '../export/flat-samples.ts'
import { jepsenHistory } from '../export/jepsen.ts'
import { openMetrics } from '../export/open-metrics.ts'
import { writeText } from '../record/bounded-files.ts'
import { readRunHeader } from '../record/run-header.ts'
import type { Io } from './io.ts'

/** By format: what is in it, and the files of it. */
const FORMATS = {
  csv: {
    holds: 'a table for each series of samples',
    async *files(runDir: string) {
      for (const series of seriesNames()) {
        const text = await seriesCsv(runDir, series)
        if (text !== null) yield { name: `${series}.csv`, text }
      }
    },
  },
  openmetrics: {
    holds: 'all samples with their times, for Prometheus (promtool tsdb create-blocks-from openmetrics)',
    async *files(runDir: string) {
      const { run, platform, drill, startedAtWallMs } = readRunHeader(runDir)
      const labels = { run, platform, drill: drill.drill }
      yield { name: 'samples.om', text: await openMetrics(runDir, { startedAtWallMs, labels }) }
    },
  },
  jepsen: {
    holds: 'sends and polls as Jepsen’s history (EDN)',
    async *files(runDir: string) {
      yield { name: 'history.edn', text: await jepsenHistory(runDir) }
    },
  },
} as const
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
      `\nFormats:\n${formats.map(format => `  ${format.padEnd(12)} ${FORMATS[format].holds}`).join('\n')}\nDocs: docs/formats.md`,
    )
    .action(async (dir: string, { format, out }: { readonly format: Format; readonly out: string }) => {
      const runDir = resolve(io.cwd, dir)
      readRunHeader(runDir)
      const target = resolve(io.cwd, out)
      mkdirSync(target, { recursive: true })
      for await (const { name, text } of FORMATS[format].files(runDir)) {
        const path = join(target, name)
        if (existsSync(path))
          throw new AftershockError('refused', `${shownPath(path, io.cwd)} is there already`, {
            hint: 'Name another folder with --out, or remove that file.',
          })
        writeText(path, text)
        io.stdout.write(`${shownPath(path, io.cwd)}\n`)
      }
    })
}
