import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeRegionEvidence } from '../../../chaos/record/region-evidence.ts'
import type { ReadEvent } from '../../../chaos/record/journal-reader.ts'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { readRegions } from '../../../chaos/score/region-histories.ts'
import { measureRegions } from '../../../chaos/score/regions.ts'
import type { RunTimeline } from '../../../chaos/score/timeline.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

/** A run of two regions in which each part can be made wrong by itself. Times in ms of the run; the cut is at 10 s. */
export interface PlantedRegions {
  /** Acknowledged by a, at 1 s and every 100 ms from then on. */
  ackedByA?: readonly string[]
  ackedByB?: readonly string[]
  storedInA?: readonly string[]
  storedInB?: readonly string[]
  committed?: number
  translated?: number | null
  endOfB?: number
  /** [offset committed in a, ms of the run] */
  commits?: readonly (readonly [number, number])[]
  checkpoints?: readonly (readonly [number, number])[]
  /** The step at which the fail-over stopped. */
  failedAt?: string
  policy?: 'identity' | 'default'
  /** Devices and consumers come back, from 40 s on. */
  home?: Home
  /** Where region b ended when it was looked at; null: it did not answer. */
  looks?: readonly (readonly [t: number, end: number | null])[]
  /** The final read of region b has no end line. */
  isTorn?: boolean
}

export interface Home {
  kind?: 'fail-back' | 'roll-back'
  /** Acknowledged by a after that. */
  ackedByA?: readonly string[]
  committedInB?: number
  /** Where consumers begin in a. */
  start?: number
  /** What they had committed there before. */
  done?: number
  failedAt?: string
}

const STARTED_AT = 1_700_000_000_000
const GROUP = 'tail-1'
export const ids = (device: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${device}/1/${from + index}`)

export async function measured(planted: PlantedRegions = {}) {
  const {
    ackedByA = ids('d1', 1, 10),
    ackedByB = ids('d1', 11, 12),
    storedInA = ids('d1', 1, 10),
    storedInB = ids('d1', 1, 12),
    commits = [
      [4, 8000],
      [8, 9000],
    ],
    checkpoints = [[8, 9500]],
    policy = 'identity',
    isTorn = false,
    looks = [],
  } = planted
  const runDir = mkdtempSync(join(tmpdir(), 'aftershock-regions-'))
  for (const part of ['history', 'regions']) mkdirSync(join(runDir, part))
  const mirrored = policy === 'identity' ? 'telemetry' : 'a.telemetry'
  shard(runDir, 'history/gw-az-a-1.jsonl', 'gateway', sends(ackedByA, 1000))
  shard(runDir, 'history/gw-az-a-1.b.jsonl', 'gateway', sends(ackedByB, 12_000), { region: 'b' })
  if (planted.home)
    shard(runDir, 'history/gw-az-a-1.a2.jsonl', 'gateway', sends(planted.home.ackedByA ?? [], 46_000))
  shard(runDir, 'history/stored.jsonl', 'final-read', [poll('telemetry', storedInA)])
  const own = policy === 'identity' ? [] : ackedByB
  const there = policy === 'identity' ? storedInB : storedInB.filter(id => !own.includes(id))
  shard(
    runDir,
    'regions/stored.jsonl',
    'final-read',
    [poll(mirrored, there), poll('telemetry', own)],
    {},
    isTorn,
  )
  shard(
    runDir,
    'history/tail.jsonl',
    'tail',
    commits.map(([offset, t]) => ({ kind: 'commit', t, group: GROUP, offsets: [['telemetry', 0, offset]] })),
  )
  writeRegionEvidence(runDir, [
    { kind: 'header', format: 1, from: 'a', to: 'b' },
    {
      kind: 'checkpoints',
      checkpoints: checkpoints.map(([upstream, t]) => [
        GROUP,
        mirrored,
        0,
        upstream,
        upstream,
        STARTED_AT + t,
      ]),
    },
  ])
  const rows = looks.map(([t, end]) => ({
    t,
    answered: [1],
    ends: end === null ? null : { 'telemetry/0': end },
    mirror: {},
  }))
  const evidence = evidenceOf({
    runDir,
    header: headerOf(policy),
    journal: journalOf(planted, mirrored),
    regionSamples: seriesOf('regions', 1000, rows),
  })
  return measureRegions(
    evidence,
    evidence.header.drill.regions as never,
    await readRegions(runDir),
    timelineOf(planted),
  )
}

function sends(records: readonly string[], from: number): object[] {
  return records.flatMap((id, index) => [
    { kind: 'invoke', op: index, t: from + index * 100 - 20, parts: [['telemetry', 0, from, [id]]] },
    { kind: 'ok', op: index, t: from + index * 100, offsets: [index] },
  ])
}

const poll = (topic: string, records: readonly string[]) => ({
  kind: 'poll',
  t: 90_000,
  runs: records.length === 0 ? [] : [[topic, 0, 0, records]],
})

function shard(
  runDir: string,
  file: string,
  role: string,
  lines: readonly object[],
  more: object = {},
  isTorn = false,
): void {
  const process = file.replace(/^.*\//, '').replace('.jsonl', '')
  const all = [{ kind: 'header', format: 3, process, role, zone: 'az-a', ...more }, ...lines]
  const end = isTorn ? [] : [{ kind: 'end', t: 99_000, lines: all.length }]
  writeFileSync(join(runDir, file), [...all, ...end].map(line => `${JSON.stringify(line)}\n`).join(''))
}

const headerOf = (policy: string): Evidence['header'] =>
  ({
    ...evidenceOf().header,
    startedAtWallMs: STARTED_AT,
    drill: {
      contract: { topics: { telemetry: {} } },
      regions: { brokers: 1, mirror: { policy, emitCheckpoints: true }, offsets: 'translated', bounds: {} },
    },
  }) as unknown as Evidence['header']

const STEPS = ['mirror', 'offsets', 'devices', 'consumers']

function journalOf(planted: PlantedRegions, topic: string): Evidence['journal'] {
  const { committed = 8, translated = 8, endOfB = 10, failedAt } = planted
  const upTo = failedAt === undefined ? STEPS.length : STEPS.indexOf(failedAt) + 1
  const group = {
    group: GROUP,
    committed: { 'telemetry/0': committed },
    translated: translated === null ? {} : { [`${topic}/0`]: translated },
    ends: { [`${topic}/0`]: endOfB },
  }
  const events = STEPS.slice(0, upTo).map((step, index) => ({
    line: 10 + index,
    event: {
      kind: 'region.step',
      t: 11_000 + index * 1000,
      id: 'fail-over-2',
      step,
      owner: 'machine',
      ok: step !== failedAt,
      tookMs: 900,
      proof: step === failedAt ? 'waited 60 s for it' : 'seen',
      ...(step === 'offsets' && step !== failedAt && { group }),
    },
  }))
  if (planted.home) events.push(...homeEvents(planted.home))
  return { events: events as unknown as ReadEvent[], broken: null, skipped: [], lines: 20, head: '' }
}

const HOME_STEPS = ['reverse', 'hold', 'drained', 'mirror', 'offsets', 'devices', 'consumers']

function homeEvents({ kind = 'fail-back', committedInB = 12, start = 12, done = 10, failedAt }: Home) {
  const upTo = failedAt === undefined ? HOME_STEPS.length : HOME_STEPS.indexOf(failedAt) + 1
  const group = {
    group: 'tail-b-1',
    committed: { 'telemetry/0': committedInB },
    translated: {},
    ends: { 'telemetry/0': 12 },
    starts: { 'telemetry/0': start },
    done: { 'telemetry/0': done },
  }
  return HOME_STEPS.slice(0, upTo).map((step, index) => ({
    line: 30 + index,
    event: {
      kind: 'region.step',
      t: 41_000 + index * 1000,
      id: `${kind}-3`,
      step,
      to: 'a',
      owner: 'machine',
      ok: step !== failedAt,
      tookMs: 900,
      proof: step === failedAt ? 'there is none' : 'seen',
      ...(step === 'offsets' && step !== failedAt && { group }),
    },
  }))
}

const timelineOf = ({ failedAt, home }: PlantedRegions): RunTimeline =>
  ({
    faults: [{ id: 'region-cut-1', kind: 'region-cut', injectedAt: 10_000 }],
    actions: [
      {
        id: 'fail-over-2',
        kind: 'fail-over',
        startedAt: 10_500,
        finishedAt: 14_000,
        ok: failedAt === undefined,
        result: null,
        line: 9,
      },
      ...(home
        ? [
            {
              id: `${home.kind ?? 'fail-back'}-3`,
              kind: home.kind ?? 'fail-back',
              startedAt: 40_000,
              finishedAt: 48_000,
              ok: home.failedAt === undefined,
              result: null,
              line: 29,
            },
          ]
        : []),
    ],
    steady: null,
    endsAt: 80_000,
    outcome: null,
  }) as unknown as RunTimeline
