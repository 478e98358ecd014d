import type { BoundGates } from '../core/bound-gates.ts'
import type { Gate } from '../core/drill.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

interface Bounded {
  /** The key of the drill that has them. */
  readonly key: string
  readonly table: BoundGates
  readonly bounds: Readonly<Record<string, number | undefined>>
}

/** Each bound is one gate: a drill that has it among its own gates as well would promise twice. */
export function promisedTwice(
  source: YamlSource,
  gates: readonly Gate[],
  { key, table, bounds }: Bounded,
): Problem[] {
  const stated = new Map(
    Object.entries(table).flatMap(([bound, [gate]]) =>
      bounds[bound] === undefined ? [] : [[gate, bound] as const],
    ),
  )
  return gates.flatMap(({ gate }, index) => {
    const bound = stated.get(gate)
    return bound === undefined
      ? []
      : [source.problemAt(['gates', index, 'gate'], `${key}.bounds.${bound} is this gate already`)]
  })
}
