import type { Gate, TimelineEntry } from '../core/drill.ts'
import {
  BOUND_GATES,
  isRegionMove,
  REGION_MOVES,
  type RegionMove,
  type RegionsSpec,
} from '../core/regions.ts'
import { REGION_NUMBERS } from '../numbers/regions.ts'
import { platformTitle, usesObjectStore } from '../platforms/index.ts'
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
  readonly regions?: RegionsSpec | undefined
  readonly gates: readonly Gate[]
}

/** Numbers of two regions need two, each bound is one gate, and there is one way to go. @param entries in the order of the file */
export function regionProblems(
  source: YamlSource,
  { regions, gates }: RegionParts,
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
    ]
  const bounds = new Map(
    Object.entries(BOUND_GATES).flatMap(([bound, [gate]]) =>
      regions.bounds[bound as keyof typeof BOUND_GATES] === undefined
        ? []
        : [[gate as string, bound] as const],
    ),
  )
  const twice = gates.flatMap(({ gate }, index) => {
    const bound = bounds.get(gate)
    return bound === undefined || gate === 'region-skipped-records'
      ? []
      : [source.problemAt(['gates', index, 'gate'], `regions.bounds.${bound} is this gate already`)]
  })
  const { platform, brokers } = regions
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
  return [...twice, ...small, ...moveProblems(source, regions, entries)]
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
