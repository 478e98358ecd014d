import type { Contract } from '../core/contract.ts'
import type { TimelineEntry } from '../core/drill.ts'
import type { SecuritySpec } from '../core/security-settings.ts'
import { topicsOfRun, withoutTerms, type WritersOfDrill } from '../platforms/topics-of-run.ts'
import { topicProblems } from './topic-problems.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

interface SecurityParts extends Omit<WritersOfDrill, 'contract'> {
  readonly security?: SecuritySpec | undefined
}

/** What no schema says of `security`: what it names is there, and what needs it has it. */
export function securityProblems(
  source: YamlSource,
  parts: SecurityParts,
  entries: readonly TimelineEntry[],
  contract: Contract,
): Problem[] {
  const { security, connector } = parts
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
    ...uncoveredProblems(source, parts, entries, contract),
  ]
}

/** A replay is governed where somebody answers for whatever the run writes: else nothing of it begins. */
function uncoveredProblems(
  source: YamlSource,
  parts: SecurityParts,
  entries: readonly TimelineEntry[],
  contract: Contract,
): Problem[] {
  const governed = entries.find(({ kind }) => kind === 'governed-replay')
  if (!governed) return []
  const like = Object.keys(contract.topics)[0]
  return withoutTerms(topicsOfRun({ ...parts, contract })).map(({ topic, writtenBy, path }) => {
    const message = `contract ${contract.contract} says nothing of ${topic}, which is written here (${writtenBy}): ${governed.id} is governed, so somebody answers for each topic of the run`
    return source.problemAt(path, message, `derivedTopics: { ${topic}: { like: ${like} } } in the contract`)
  })
}
