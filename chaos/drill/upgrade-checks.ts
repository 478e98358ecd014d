import type { Gate, TimelineEntry } from '../core/drill.ts'
import { isReleaseMove, type ReleaseMove, UPGRADE_GATES, type UpgradeSpec } from '../core/upgrade.ts'
import { UPGRADE_NUMBERS } from '../numbers/upgrade.ts'
import { promisedTwice } from './bound-checks.ts'
import type { Problem } from './problem.ts'
import { listWords } from './schema-words.ts'
import type { YamlSource } from './yaml-source.ts'

const EXAMPLE = 'upgrade: { to: 4.4.0, bounds: { lossAtMost: 0 } }'
/** What must have been before; null: nothing of the kind. */
const AFTER: Readonly<Record<ReleaseMove, readonly (ReleaseMove | null)[]>> = {
  'rolling-upgrade': [null, 'downgrade'],
  finalize: ['rolling-upgrade'],
  downgrade: ['rolling-upgrade', 'finalize'],
}

interface UpgradeParts {
  readonly upgrade?: UpgradeSpec | undefined
  readonly gates: readonly Gate[]
}

/** Numbers of an upgrade need one, each bound is one gate, and there is one order. @param entries in the order of the file */
export function upgradeProblems(
  source: YamlSource,
  { upgrade, gates }: UpgradeParts,
  entries: readonly TimelineEntry[],
): Problem[] {
  if (!upgrade)
    return [
      ...gates.flatMap(({ gate }, index) =>
        Object.hasOwn(UPGRADE_NUMBERS, gate)
          ? [
              source.problemAt(
                ['gates', index, 'gate'],
                `the drill has no upgrade that ${gate} could measure`,
                EXAMPLE,
              ),
            ]
          : [],
      ),
      ...entries.flatMap(({ kind, role }, index) =>
        isReleaseMove(kind)
          ? [source.problemAt(['timeline', index, role], `${kind} needs a second release`, EXAMPLE)]
          : [],
      ),
    ]
  const twice = promisedTwice(source, gates, { key: 'upgrade', table: UPGRADE_GATES, bounds: upgrade.bounds })
  const moves = entries
    .flatMap((entry, index) => (isReleaseMove(entry.kind) ? [{ ...entry, kind: entry.kind, index }] : []))
    .toSorted((a, b) => a.atMs - b.atMs)
  const unused =
    moves.length === 0
      ? [
          source.problemAt(
            ['upgrade'],
            'nothing in the timeline upgrades',
            '- { at: 10s, action: rolling-upgrade }',
          ),
        ]
      : []
  return [...twice, ...unused, ...orderProblems(source, moves)]
}

/** Whoever comes back must have gone, and nothing is finalized twice. */
function orderProblems(
  source: YamlSource,
  moves: readonly { readonly kind: ReleaseMove; readonly index: number }[],
): Problem[] {
  let last: ReleaseMove | null = null
  return moves.flatMap(({ kind, index }) => {
    const before = last
    last = kind
    const after = AFTER[kind]
    if (after.includes(before)) return []
    const wanted = after.filter(one => one !== null)
    return [
      source.problemAt(
        ['timeline', index, 'action'],
        after.includes(null) && before !== null
          ? `brokers have the newer release by then: ${kind} comes first, or after ${listWords(wanted)}`
          : `${kind} comes after ${listWords(wanted)}`,
      ),
    ]
  })
}
