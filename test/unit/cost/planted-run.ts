import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { LinkId } from '../../../chaos/core/topology.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import type { PlainEvent } from '../../fixtures/run/run-journal.ts'

/**
 * A run whose payload is known to the byte: every second each zone's gateways send the same to each of three
 * nodes, every node is followed by two others, one reader tails in az-a, another replays in az-c, and one cut is
 * healed. What goes over a link is the payload and 1% of protocol.
 */
export const PLANTED = {
  zones: ['az-a', 'az-b', 'az-c'],
  from: 12_000,
  steadyTo: 34_000,
  healed: 60_000,
  inSync: 64_000,
  replay: { from: 80_000, to: 90_000 },
  drained: 120_000,
  end: 126_000,
  /** Payload bytes a second from one zone to one node. */
  perZoneAndNode: 100_000,
  recordBytes: 200,
  wire: 1.01,
  /** What each follower in az-c copies from each of its two leaders, while it catches up. */
  recoveryPerLink: 2_000_000,
} as const
const INGEST_PER_SECOND = PLANTED.perZoneAndNode * 9
const SECONDS = (PLANTED.drained - PLANTED.from) / 1000
export const PLANTED_INGEST = INGEST_PER_SECOND * SECONDS
export const PLANTED_REPLAY = 9_000_000

export interface Plan {
  readonly change?: (files: Record<string, unknown>) => void
  /** Where readers are. */
  readonly tailZone?: string
  readonly recoveryZone?: string
  /** Keys of run.json that differ. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Keys of its drill that differ. */
  readonly drill?: Readonly<Record<string, unknown>>
  /** Lines of the journal before the last read. */
  readonly events?: readonly PlainEvent[]
}

/** Writes the run into a folder of its own, which is gone when the callback has ended. */
export async function withPlantedRun<T>(plan: Plan, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  try {
    makeRun(folder, {
      devices: 30,
      tickMs: 1000,
      journal: events =>
        events.flatMap(event => [
          ...(event.kind === 'final-read' ? (plan.events ?? []) : []),
          moveDrained(event),
        ]),
      header: header => ({
        ...header,
        drill: { ...(header['drill'] as object), ...plan.drill },
        ...plan.header,
      }),
    })
    for (const [file, content] of Object.entries(plantedFiles(plan))) {
      if (content === null) {
        rmSync(join(folder, file), { recursive: true, force: true })
        continue
      }
      const isLines = file.endsWith('.jsonl')
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(
        join(folder, file),
        isLines
          ? (content as object[]).map(row => `${JSON.stringify(row)}\n`).join('')
          : JSON.stringify(content),
      )
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function moveDrained<E extends { readonly kind: string; readonly t: number }>(event: E): E {
  if (event.kind === 'fleet.drained') return { ...event, t: PLANTED.drained }
  return event.kind === 'final-read' ? { ...event, records: PLANTED_INGEST / PLANTED.recordBytes } : event
}

function plantedFiles({ change, tailZone = 'az-a', recoveryZone = 'az-c' }: Plan): Record<string, unknown> {
  const links = linkRows(tailZone, recoveryZone)
  const last = links.at(-1)?.links ?? {}
  const shard = (role: string, zone: string) => [
    { kind: 'header', format: 1, process: `${role}-${zone}`, role, zone },
    { kind: 'end', t: PLANTED.end, lines: 1 },
  ]
  const files: Record<string, unknown> = {
    history: null,
    'history/tail.jsonl': shard('tail', tailZone),
    'history/recovery.jsonl': shard('recovery', recoveryZone),
    'history/stored.jsonl': shard('final-read', 'az-a'),
    ...Object.fromEntries(PLANTED.zones.map(zone => [`history/gw-${zone}.jsonl`, shard('gateway', zone)])),
    'samples/links.jsonl': links,
    'samples/link-totals.json': { t: PLANTED.end + 500, live: last, exact: structuredClone(last) },
    'samples/fleet.jsonl': fleetRows(),
    'samples/consumers.jsonl': consumerRows(),
    'samples/nodes.jsonl': nodeRows(),
    'measurements.json': {
      steady: { fromMs: PLANTED.from, toMs: PLANTED.steadyTo },
      faults: [{ recoveryBytes: { measuredOver: { fromMs: PLANTED.healed, toMs: PLANTED.inSync } } }],
      replays: [
        {
          startedAt: PLANTED.replay.from,
          finishedAt: PLANTED.replay.to,
          bytes: { value: PLANTED_REPLAY, why: null, from: [] },
        },
      ],
    },
  }
  change?.(files)
  return files
}

const everySecond = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 1000 + 1 }, (_, index) => from + index * 1000)

function linkRows(tailZone: string, recoveryZone: string) {
  const totals: Record<string, [number, number]> = {}
  const add = (link: LinkId, toNode: number, back: number): void => {
    const [a, b] = totals[link] ?? [0, 0]
    totals[link] = [a + Math.round(toNode), b + Math.round(back)]
  }
  const payload = PLANTED.perZoneAndNode
  const { wire } = PLANTED
  return everySecond(PLANTED.from - 2000, PLANTED.end).map(t => {
    const running = t > PLANTED.from && t <= PLANTED.drained
    for (const zone of PLANTED.zones)
      for (const node of [1, 2, 3]) {
        add(`${zone}>${node}:client`, running ? payload * wire : 0, 0)
        const replaying = t > PLANTED.replay.from && t <= PLANTED.replay.to
        if (running && zone === tailZone) add(`${zone}>${node}:client`, 0, payload * 3 * wire)
        if (replaying && zone === recoveryZone) add(`${zone}>${node}:client`, 0, (PLANTED_REPLAY / 30) * wire)
        if (t > PLANTED.drained && t <= PLANTED.drained + 2000 && zone === 'az-a')
          add(`${zone}>${node}:client`, 0, (PLANTED_INGEST / 6) * wire)
        if (PLANTED.zones[node - 1] === zone) continue
        add(`${zone}>${node}:replication`, 0, running ? payload * 3 * wire : 0)
        const recovering = t > PLANTED.healed && t <= PLANTED.inSync && zone === 'az-c'
        add(`${zone}>${node}:replication`, 0, recovering ? PLANTED.recoveryPerLink / 4 : 0)
        add(`${zone}>${node}:control`, running ? 100 : 0, running ? 200 : 0)
      }
    return { t, links: structuredClone(totals) }
  })
}

const NOTHING = { n: 0, p50: 0, p95: 0, p99: 0, max: 0 }

function fleetRows() {
  const acked = INGEST_PER_SECOND / PLANTED.recordBytes
  return everySecond(PLANTED.from + 1000, PLANTED.drained).map(t => ({
    t,
    intervalMs: 1000,
    due: acked,
    acked,
    failed: 0,
    unknown: 0,
    dropped: 0,
    sends: acked / 50,
    deviceConnects: 0,
    brokerConnects: 0,
    buffered: 0,
    latency: NOTHING,
    byZone: {},
    loopDelayMs: 0,
  }))
}

function consumerRows() {
  const row = (t: number, consumer: string, bytes: number) => ({
    t,
    consumer,
    records: bytes / PLANTED.recordBytes,
    bytes,
    lagRecords: 0,
    lagSeconds: 0,
  })
  const tail = everySecond(PLANTED.from, PLANTED.drained).map(t =>
    row(t, 'tail', ((t - PLANTED.from) / 1000) * INGEST_PER_SECOND),
  )
  const recovery = everySecond(PLANTED.replay.from, PLANTED.replay.to).map(t =>
    row(t, 'recovery', ((t - PLANTED.replay.from) / 10_000) * PLANTED_REPLAY),
  )
  return [...tail, ...recovery].toSorted((a, b) => a.t - b.t)
}

function nodeRows() {
  return everySecond(PLANTED.from, PLANTED.end).flatMap(t =>
    [1, 2, 3].map(node => ({
      t,
      node,
      state: 'running',
      // Broker 2 was restarted in the middle: its counter begins again.
      cpuSeconds: ((node === 2 && t >= 60_000 ? t - 60_000 : t - PLANTED.from) / 1000) * 0.1,
      residentBytes: 200e6 + node * 1e6 + (t === 50_000 ? 5e6 : 0),
    })),
  )
}
