import { type BasicType, fileWriter, parquetWriteRows } from 'hyparquet-writer'
import { type OfRun, sorted, timedValues } from './timed-values.ts'

/** By name: always these, whatever the run, so that files of several runs are one table. */
const COLUMNS: Readonly<Record<string, BasicType>> = {
  run: 'STRING',
  drill: 'STRING',
  platform: 'STRING',
  time: 'TIMESTAMP',
  t_ms: 'DOUBLE',
  series: 'STRING',
  name: 'STRING',
  labels: 'STRING',
  value: 'DOUBLE',
}

/** All samples of a run as one table with a row for each number; `labels` is a JSON object. */
export async function writeParquet(path: string, runDir: string, run: OfRun): Promise<void> {
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: rows(runDir, run),
    columns: Object.entries(COLUMNS).map(([name, type]) => ({ name, type, nullable: false })),
    createdBy: 'aftershock',
  })
}

async function* rows(runDir: string, { run, drill, platform, startedAtWallMs }: OfRun) {
  for await (const { series, name, labels, t, value } of timedValues(runDir))
    yield {
      run,
      drill,
      platform,
      time: new Date(startedAtWallMs + t),
      t_ms: t,
      series,
      name,
      labels: JSON.stringify(sorted(labels)),
      value,
    }
}
