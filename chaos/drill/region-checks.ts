import type { Gate, TimelineEntry } from '../core/drill.ts'
import { BOUND_GATES, type RegionsSpec } from '../core/regions.ts'
import { REGION_NUMBERS } from '../numbers/regions.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

const EXAMPLE = 'regions: { bounds: { lossAtMost: 500 } }'
const NEEDS_REGIONS: ReadonlySet<string> = new Set(['region-cut', 'fail-over'])

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
  const ways = entries.flatMap(({ kind }, index) => (kind === 'fail-over' ? [index] : []))
  return [
    ...twice,
    ...ways
      .slice(1)
      .map(index =>
        source.problemAt(['timeline', index, 'action'], 'devices and consumers are in region b by then'),
      ),
  ]
}
