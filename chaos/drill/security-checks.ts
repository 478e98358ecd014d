import type { Contract } from '../core/contract.ts'
import type { TimelineEntry } from '../core/drill.ts'
import type { SecuritySpec } from '../core/security-settings.ts'
import { topicProblems } from './topic-problems.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

interface SecurityParts {
  readonly security?: SecuritySpec | undefined
  readonly connector?: unknown
}

/** What no schema says of `security`: what it names is there, and what needs it has it. */
export function securityProblems(
  source: YamlSource,
  { security, connector }: SecurityParts,
  entries: readonly TimelineEntry[],
  contract: Contract,
): Problem[] {
  if (!security)
    return entries.flatMap(({ kind, id }, index) =>
      kind === 'governed-replay'
        ? [
            source.problemAt(
              ['timeline', index, 'action'],
              `${id} needs brokers that refuse whom nobody approved`,
              'security: { authorizer: true }',
            ),
          ]
        : [],
    )
  return [
    ...(connector
      ? [
          source.problemAt(
            ['security'],
            "a drill has either 'security' or 'connector': the worker with a file does not log in",
          ),
        ]
      : []),
    ...Object.entries(security.alsoMayRead).flatMap(([principal, topics]) =>
      topicProblems(source, topics ?? [], ['security', 'alsoMayRead', principal], contract),
    ),
  ]
}
