import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SERIES, type SeriesName } from '../record/samples.ts'
import { seriesFile } from '../record/series.ts'

/** One number of one sample. */
export interface FlatValue {
  /** Keys that are the same in all runs: `latency_p99`. */
  readonly name: string
  /** What tells values of one name apart: who was looked at, and keys that a run has of its own. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface FlatSample {
  /** Milliseconds since the run's zero. */
  readonly t: number
  readonly values: readonly FlatValue[]
}

/** Of whom a sample is: never a measurement. */
const WHO = [
  'node',
  'consumer',
  'reader',
  'connector',
  'task',
  'instance',
  'thread',
  'worker',
  'sink',
] as const
/** Keys that a run has of its own stand below these; the label is named after what they are. */
const KEYED: Readonly<Record<string, string | undefined>> = {
  byZone: 'zone',
  overdueByZone: 'zone',
  oldestMs: 'topic',
  links: 'link',
  probes: 'link',
  metrics: 'metric',
  changes: 'partition',
  operations: 'operation',
  requests: 'request',
}

export const seriesNames = (): readonly SeriesName[] => Object.keys(SERIES) as SeriesName[]

/** Every sample of a series as single numbers; what is no number is left out. Lines that are none are passed over. */
export async function* flatSamples(runDir: string, series: SeriesName): AsyncGenerator<FlatSample> {
  const path = join(runDir, seriesFile(series))
  if (!existsSync(path)) return
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const sample = parsed(line)
    if (sample === null) continue
    const { t, ...rest } = sample
    const who = Object.fromEntries(
      WHO.flatMap(key => {
        const value = rest[key]
        return typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : []
      }),
    )
    const measured = Object.fromEntries(Object.entries(rest).filter(([key]) => !Object.hasOwn(who, key)))
    yield { t: t as number, values: [...flatten(measured, [], who)] }
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 't' in value && typeof value.t === 'number'
      ? { ...value }
      : null
  } catch {
    return null
  }
}

function* flatten(
  value: unknown,
  path: readonly string[],
  labels: Readonly<Record<string, string>>,
  isBelowKey = false,
): Generator<FlatValue> {
  if (typeof value === 'number' || typeof value === 'boolean') {
    yield { name: path.map(snake).join('_'), labels, value: Number(value) }
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    // Of bytes there are two: to the node, and back. Other lists are names.
    if (path[0] === 'links' || path[0] === 'probes')
      for (const [index, item] of value.entries())
        yield* flatten(item, path, { ...labels, direction: index === 0 ? 'to' : 'from' })
    else yield { name: [...path, 'count'].map(snake).join('_'), labels, value: value.length }
    return
  }
  // What stands below such a key is told apart by it, and then has names of ours again.
  const key = isBelowKey ? undefined : KEYED[path.at(-1) ?? '']
  for (const [name, item] of Object.entries(value)) {
    if (key === undefined) yield* flatten(item, [...path, name], labels)
    else yield* flatten(item, path, { ...labels, [key]: name }, true)
  }
}

const snake = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .toLowerCase()
