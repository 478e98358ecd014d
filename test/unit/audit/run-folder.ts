import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HistoryLine, type ProcessRole, SHARD_FORMAT } from '../../../chaos/record/history.ts'

export type Body = Exclude<HistoryLine, { kind: 'header' | 'end' }>
import type { CleanerSample } from '../../../chaos/record/samples.ts'

/** A run's folder as an audit finds it, and what can be wrong with it. */
export interface RunSpec {
  readonly gateway?: readonly Body[]
  /** null: there is no such shard. @default an empty one */
  readonly tail?: readonly Body[] | null
  readonly stored?: readonly Body[] | null
  readonly contract?: Readonly<Record<string, object>>
  /** Changes the text of a shard, by its file name. */
  readonly damage?: Readonly<Record<string, (text: string) => string>>
  readonly gateways?: readonly string[]
  /** What a gateway sent to region b, in a drill in which a mirror copies back, or in one in which none does. */
  readonly elsewhere?: { readonly body: readonly Body[]; readonly wayBack: boolean }
  readonly withoutJournal?: true
  /** Of the journal, after the start of the fleet. @default none */
  readonly events?: readonly { readonly kind: string }[]
  /** Of `samples/cleaners.jsonl`. @default there is none */
  readonly cleaners?: readonly CleanerSample[]
  /** Settings of the topic telemetry and of its one broker. @default the run keeps none */
  readonly config?: { readonly topic: Readonly<Record<string, string>>; readonly broker: string }
  /** Of the shards. @default what is written today */
  readonly format?: 1
}

const TOPIC = { duplicates: 'tolerated', cleanup: 'delete', replayWindow: 14_400_000 }

/** Writes the folder, lets `use` look at it, and removes it. */
export async function withRun<T>(spec: RunSpec, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'aftershock-audit-'))
  try {
    await mkdir(join(dir, 'history'))
    const topics = spec.contract ?? { telemetry: TOPIC }
    const regions = spec.elsewhere && { regions: { wayBack: spec.elsewhere.wayBack } }
    await writeFile(join(dir, 'run.json'), JSON.stringify({ drill: { contract: { topics }, ...regions } }))
    const started = { kind: 'fleet.started', devices: 1, gateways: spec.gateways ?? ['gateway-1'] }
    const events = [started, ...(spec.events ?? [])].map(event => `${JSON.stringify(event)}\n`)
    if (!spec.withoutJournal) await writeFile(join(dir, 'journal.jsonl'), events.join(''))
    if (spec.cleaners) {
      await mkdir(join(dir, 'samples'))
      const lines = spec.cleaners.map(sample => `${JSON.stringify(sample)}\n`)
      await writeFile(join(dir, 'samples', 'cleaners.jsonl'), lines.join(''))
    }
    if (spec.config) {
      const { topic: settings, broker } = spec.config
      await mkdir(join(dir, 'config', 'node-1'), { recursive: true })
      const configuration = { format: 1, topics: { telemetry: { partitions: 2, replicas: 1, settings } } }
      await writeFile(join(dir, 'config', 'configuration.json'), JSON.stringify(configuration))
      await writeFile(join(dir, 'config', 'node-1', 'server.properties'), broker)
    }
    const shards: readonly (readonly [string, ProcessRole, readonly Body[] | null])[] = [
      ['gateway-1', 'gateway', spec.gateway ?? []],
      ['tail', 'tail', spec.tail === undefined ? [] : spec.tail],
      ['stored', 'final-read', spec.stored === undefined ? [] : spec.stored],
    ]
    for (const [process, role, body] of shards) {
      if (body === null) continue
      const name = `${process}.jsonl`
      const text = shardText(process, role, body, spec.format)
      await writeFile(join(dir, 'history', name), spec.damage?.[name]?.(text) ?? text)
    }
    if (spec.elsewhere) {
      const text = shardText('gateway-1.b', 'gateway', spec.elsewhere.body)
      const ofB = text.replace('"zone":', '"region":"b","zone":')
      await writeFile(join(dir, 'history', 'gateway-1.b.jsonl'), ofB)
    }
    return await use(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

function shardText(
  process: string,
  role: ProcessRole,
  body: readonly Body[],
  format: number = SHARD_FORMAT,
): string {
  const header = { kind: 'header', format, process, role, zone: 'az-a' }
  const end = { kind: 'end', t: 9000, lines: body.length + 1 }
  return [header, ...body, end].map(line => `${JSON.stringify(line)}\n`).join('')
}

let operations = 0

/** A request with one batch, and what became of it: its base offset, or why nobody knows. */
export function send(records: readonly string[], outcome: number | 'fail' | 'info', t = 100): Body[] {
  const op = ++operations
  const invoke: Body = { kind: 'invoke', op, t, parts: [['telemetry', 0, t, records]] }
  if (typeof outcome === 'number') return [invoke, { kind: 'ok', op, t: t + 1, offsets: [outcome] }]
  return [invoke, { kind: outcome, op, t: t + 1, error: 'why' }]
}

export function poll(offset: number, records: readonly string[], t = 200): Body {
  return { kind: 'poll', t, runs: [['telemetry', 0, offset, records]] }
}

/** Where the log began once it was read. */
export const starts = (low: number, t: number): Body => ({
  kind: 'starts',
  t,
  partitions: [['telemetry', 0, low]],
})

/** The final read: one poll for each stretch, and the bounds `[low, high)`. */
export function stored(
  low: number,
  high: number,
  stretches: readonly (readonly [number, readonly string[]])[],
  t = 1000,
): Body[] {
  return [
    { kind: 'bounds', t, partitions: [['telemetry', 0, low, high]] },
    ...stretches.map(([offset, records]) => poll(offset, records, t + 1)),
  ]
}
