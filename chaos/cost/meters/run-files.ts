import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { namesIn } from '../../record/bounded-files.ts'
import { eachLine } from '../../record/json-lines.ts'
import { type Evidence, readEvidence, readJson, type Sampled } from '../../score/evidence.ts'
import { measured } from '../../score/measurements.ts'

const count = z.number()
const nodeUse = z.object({
  t: count,
  node: count,
  residentBytes: count.nullable(),
  pssBytes: count.nullable().optional(),
  segmentBytes: count.nullable().optional(),
})
const span = z.object({ fromMs: count, toMs: count })
/** The part of measurements.json that meters rest on: what else is in it may change without breaking them. */
const measurements = z.object({
  steady: span.nullable(),
  faults: z.array(z.object({ recoveryBytes: z.object({ measuredOver: span.nullable() }) })),
  replays: z.array(z.object({ startedAt: count, finishedAt: count.nullable(), bytes: measured })),
})
const shardHeader = z.object({ kind: z.literal('header'), role: z.string(), zone: z.string() })

/** Why nothing is known that rests on when faults and replays were. */
export const NOT_SCORED = 'there is no measurements.json: score the run first'

export const OBJECT_STORE_FILE = 'samples/object-store.jsonl'

export type NodeUse = z.output<typeof nodeUse>

/** A process of the run that moves bytes of clients, and from where. */
export interface Client {
  readonly role: string
  readonly zone: string
  readonly file: string
}

/** Everything of a run that meters read. */
export interface RunFiles {
  readonly evidence: Evidence
  /** null when the run was not scored. */
  readonly measurements: z.output<typeof measurements> | null
  readonly clients: readonly Client[]
  /** samples/nodes.jsonl with what only meters need. */
  readonly nodes: readonly Sampled<NodeUse>[]
  /** null when the run has no such file. */
  readonly objectStore: Evidence['objectStore']['rows'] | null
}

/** @throws AftershockError `input` when the folder is not a run's. */
export async function readRunFiles(runDir: string): Promise<RunFiles> {
  const evidence = await readEvidence(runDir, { histories: false })
  return {
    evidence,
    measurements: readJson(join(runDir, 'measurements.json'), measurements),
    clients: await readClients(runDir),
    nodes: (await readRows(runDir, evidence.nodes.file, nodeUse)) ?? [],
    objectStore: existsSync(join(runDir, OBJECT_STORE_FILE)) ? evidence.objectStore.rows : null,
  }
}

async function readClients(runDir: string): Promise<Client[]> {
  const folder = join(runDir, 'history')
  const names = namesIn(folder).filter(name => name.endsWith('.jsonl'))
  const clients: Client[] = []
  for (const name of names) {
    const header = shardHeader.safeParse(await firstLine(join(folder, name)))
    if (header.success) clients.push({ ...header.data, file: `history/${name}` })
  }
  return clients
}

async function firstLine(path: string): Promise<unknown> {
  let first: unknown = null
  await eachLine(path, (text, line) => {
    if (line === 1) first = parsed(text)
  })
  return first
}

async function readRows<S extends z.ZodType<{ t: number }>>(
  runDir: string,
  file: string,
  schema: S,
): Promise<Sampled<z.output<S>>[] | null> {
  const path = join(runDir, file)
  if (!existsSync(path)) return null
  const rows: Sampled<z.output<S>>[] = []
  await eachLine(path, (text, line) => {
    const row = schema.safeParse(parsed(text))
    // A torn last line is what a crash leaves: the samples before it stay good.
    if (row.success) rows.push({ ...row.data, line })
  })
  return rows
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
