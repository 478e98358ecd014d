import type { Gate, TimelineEntry } from '../core/drill.ts'
import {
  BOUND_GATES,
  isRegionMove,
  REGION_MOVES,
  type RegionMove,
  type RegionsSpec,
} from '../core/regions.ts'
import { CLUSTER_CAPABILITIES } from '../drivers/driver-of.ts'
import type { MigrateSpec } from '../actions/migrate.ts'
import { faultOf } from '../faults/index.ts'
import { REGION_NUMBERS } from '../numbers/regions.ts'
import { platformTitle, usesObjectStore } from '../platforms/index.ts'
import type { ConnectorsSpec } from '../core/connectors.ts'
import type { ProcessorSpec } from '../core/processor.ts'
import { promisedTwice } from './bound-checks.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

const EXAMPLE = 'regions: { bounds: { lossAtMost: 500 } }'
const NEEDS_REGIONS: ReadonlySet<string> = new Set(['region-cut', ...Object.keys(REGION_MOVES)])
/** What must have been before, and where that leaves devices. */
const MOVES: Readonly<Record<RegionMove, { readonly after: RegionMove | null }>> = {
  'fail-over': { after: null },
  migrate: { after: null },
  'fail-back': { after: 'fail-over' },
  'roll-back': { after: 'migrate' },
}

interface RegionParts {
  readonly connectors?: ConnectorsSpec | undefined
  readonly processor?: ProcessorSpec | undefined
  readonly regions?: RegionsSpec | undefined
  readonly gates: readonly Gate[]
}

/** Numbers of two regions need two, each bound is one gate, and there is one way to go. @param entries in the order of the file */
export function regionProblems(
  source: YamlSource,
  { regions, gates, processor, connectors }: RegionParts,
  entries: readonly TimelineEntry[],
): Problem[] {
  if (!regions)
    return [
      ...gates.flatMap(({ gate }, index) =>
        Object.hasOwn(REGION_NUMBERS, gate)
          ? [
              source.problemAt(
                ['gates', index, 'gate'],
                `the drill has no second region that ${gate} could measure`,
                EXAMPLE,
              ),
            ]
          : [],
      ),
      ...entries.flatMap(({ kind, role }, index) =>
        NEEDS_REGIONS.has(kind)
          ? [source.problemAt(['timeline', index, role], `${kind} needs a second region`, EXAMPLE)]
          : [],
      ),
      ...entries.flatMap((entry, index) =>
        entry.role === 'fault' && entry.cluster === 'b'
          ? [source.problemAt(['timeline', index, 'cluster'], 'the drill has no region b', EXAMPLE)]
          : [],
      ),
    ]
  const elsewhere = clusterProblems(source, entries)
  // What may be passed over is stated twice where a drill fails over: by default, and by its own gate.
  const bounds = { ...regions.bounds, skippedAtMost: undefined }
  const twice = promisedTwice(source, gates, { key: 'regions', table: BOUND_GATES, bounds })
  const { platform, brokers, bothWays } = regions
  const moved = bothWays && entries.find(({ kind }) => isRegionMove(kind))
  const both = moved
    ? [
        source.problemAt(
          ['regions', 'bothWays'],
          `${moved.kind} begins the way back itself: \`wayBack: true\``,
        ),
      ]
    : []
  const small =
    platform !== undefined && usesObjectStore(platform) && brokers === 1
      ? [
          source.problemAt(
            ['regions', 'platform'],
            `${platformTitle(platform)} needs three brokers`,
            'regions: { platform: kafka-tiered, brokers: 3 }',
          ),
        ]
      : []
  return [
    ...elsewhere,
    ...both,
    ...twice,
    ...small,
    ...moveProblems(source, regions, entries),
    ...waveProblems(source, entries),
    ...processorProblems(source, regions, processor, entries),
    ...sinkProblems(source, regions, connectors, entries),
  ]
}

/** Clients, connectors, the processor and the mirror are no cluster's: their faults name what they touch themselves. */
function clusterProblems(source: YamlSource, entries: readonly TimelineEntry[]): Problem[] {
  return entries.flatMap((entry, index) => {
    if (entry.role !== 'fault' || entry.cluster !== 'b') return []
    const other = faultOf(entry.kind).needs.find(need => !CLUSTER_CAPABILITIES.has(need))
    return other === undefined
      ? []
      : [
          source.problemAt(
            ['timeline', index, 'cluster'],
            `${entry.kind} touches ${other}, which are not those of one cluster`,
            `- { at: 10s, fault: broker-kill, target: random, cluster: b }`,
          ),
        ]
  })
}

/** Whoever goes along must be there, be able to, and have a fail-over to go along with. */
function processorProblems(
  source: YamlSource,
  { failOver, mirror: { policy } }: RegionsSpec,
  processor: ProcessorSpec | undefined,
  entries: readonly TimelineEntry[],
): Problem[] {
  if (failOver.processor === 'stays') return []
  const other = entries.find(({ kind }) => isRegionMove(kind) && kind !== 'fail-over')
  const wrong = [
    !processor && 'the drill has no stateful processor that could go to region b',
    processor?.command && 'a program of the drill’s own does not go to region b',
    processor?.writer && 'the database that it writes to is in region a',
    policy !== 'identity' && 'it needs topics that have the same name in both regions',
    !entries.some(({ kind }) => kind === 'fail-over') && 'nobody fails over',
    other && `${other.kind} leaves the processor where it is`,
  ]
  return wrong.flatMap(why =>
    why
      ? [
          source.problemAt(
            ['regions', 'failOver', 'processor'],
            why,
            'regions: { failOver: { processor: stays } }',
          ),
        ]
      : [],
  )
}

/** The same of sinks and sources. */
function sinkProblems(
  source: YamlSource,
  { failOver, mirror: { policy } }: RegionsSpec,
  connectors: ConnectorsSpec | undefined,
  entries: readonly TimelineEntry[],
): Problem[] {
  if (failOver.connectors === 'stays') return []
  const back = entries.find(({ kind }) => isRegionMove(kind) && REGION_MOVES[kind] === 'a')
  const wrong = [
    !connectors && 'the drill has no sinks that could go to region b',
    connectors?.sinks.some(({ deadLetters }) => deadLetters) &&
      'dead letters stay in region a: a sink with some does not go',
    policy !== 'identity' && 'sinks need topics that have the same name in both regions',
    !entries.some(({ kind }) => kind === 'fail-over' || kind === 'migrate') &&
      'nobody fails over, and nobody migrates',
    back && `${back.kind} leaves sinks where they are`,
  ]
  return wrong.flatMap(why =>
    why
      ? [
          source.problemAt(
            ['regions', 'failOver', 'connectors'],
            why,
            'regions: { failOver: { connectors: stays } }',
          ),
        ]
      : [],
  )
}

/** A wave is watched in a step of its own, and before another one. */
function waveProblems(source: YamlSource, entries: readonly TimelineEntry[]): Problem[] {
  return entries.flatMap((entry, index) => {
    if (entry.kind !== 'migrate') return []
    const { between, within, waves } = entry.spec as MigrateSpec
    if (!between) return []
    const wrong = [
      waves === 1 && 'one wave has none after it',
      between.watch >= within && 'it watches for longer than a step may take (`within`)',
    ]
    return wrong.flatMap(why =>
      why
        ? [
            source.problemAt(
              ['timeline', index, 'between'],
              why,
              '- { at: 10s, action: migrate, waves: 2, within: 60s, between: { watch: 10s } }',
            ),
          ]
        : [],
    )
  })
}

/** Whoever comes back must have gone, and by the way that the return belongs to. */
function moveProblems(
  source: YamlSource,
  { mirror: { policy } }: RegionsSpec,
  entries: readonly TimelineEntry[],
): Problem[] {
  const moves = entries
    .flatMap((entry, index) =>
      isRegionMove(entry.kind)
        ? [{ kind: entry.kind, atMs: entry.atMs, path: ['timeline', index, 'action'] }]
        : [],
    )
    .toSorted((x, y) => x.atMs - y.atMs)
  let last: RegionMove | null = null
  return moves.flatMap(({ kind, path }) => {
    const { after } = MOVES[kind]
    const before = last
    last = kind
    const found = [
      ...(before === after
        ? []
        : [
            source.problemAt(
              path,
              after === null
                ? 'devices and consumers are in region b by then, or have been there'
                : `${kind} comes after ${after}`,
            ),
          ]),
      ...(kind === 'fail-over' || policy === 'identity'
        ? []
        : [
            source.problemAt(
              path,
              `${kind} needs topics that have the same name in both regions`,
              'regions: { mirror: { policy: identity } }',
            ),
          ]),
    ]
    return found
  })
}
