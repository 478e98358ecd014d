import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eachLine } from './json-lines.ts'
import { type Sample, SERIES, type SeriesName } from './samples.ts'

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

export const seriesFile = (name: SeriesName): string => `samples/${name}.jsonl`

/** Reads `samples/<name>.jsonl`. @param periodMs between samples, where a run says so. @default that of the series */
export async function readSeries<N extends SeriesName>(
  runDir: string,
  name: N,
  periodMs: number = SERIES[name].everyMs,
): Promise<Series<Sample<N>>> {
  const file = seriesFile(name)
  const path = join(runDir, file)
  const rows: Sampled<Sample<N>>[] = []
  if (!existsSync(path)) return { file, periodMs, rows, trouble: 'the file is missing' }
  const { schema } = SERIES[name]
  let trouble: string | null = null
  const { torn } = await eachLine(path, (text, line) => {
    try {
      rows.push({ ...(schema.parse(JSON.parse(text)) as Sample<N>), line })
    } catch {
      // A torn last line is what a crash leaves: the samples before it stay good.
      trouble ??= `line ${line} is not a sample`
    }
  })
  if (torn) trouble ??= 'the last line was cut short'
  if (rows.length === 0) trouble ??= 'it has no samples'
  return { file, periodMs, rows, trouble }
}
