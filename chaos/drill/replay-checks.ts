import type { Contract } from '../core/contract.ts'
import type { AbortCondition, TimelineEntry } from '../core/drill.ts'
import { replayConsumers } from '../core/replay-consumers.ts'
import { decidesBefore } from '../core/replay-limits.ts'
import { drillScopeOf, emptyWords } from '../core/replay-scope.ts'
import { describeComparison } from '../core/drill.ts'
import type { DocumentPath, Problem } from './problem.ts'
import { topicProblems } from './topic-problems.ts'
import type { YamlSource } from './yaml-source.ts'

export const isReplay = ({ role, kind }: TimelineEntry): boolean =>
  role === 'action' && (kind === 'replay' || kind === 'governed-replay')

/** What no schema says of replays: that there is something to read, and that each has a reader of its own. */
export function replayProblems(
  source: YamlSource,
  entries: readonly TimelineEntry[],
  contract: Contract,
): Problem[] {
  return [
    ...sameReader(source, entries),
    ...entries.flatMap((entry, index) =>
      isReplay(entry)
        ? [...scopeProblems(source, entry, index, contract), ...limitProblems(source, entry, index, contract)]
        : [],
    ),
  ]
}

/** How long a replay takes is not known before it ran, when it begins is. */
function sameReader(source: YamlSource, entries: readonly TimelineEntry[]): Problem[] {
  const consumers = replayConsumers(entries)
  const firstAt = new Map<string, number>()
  return entries.flatMap(({ id, atMs, kind }, index) => {
    const consumer = consumers.get(id)
    if (!consumer) return []
    const key = `${consumer.name} ${atMs}`
    const earlier = firstAt.get(key)
    if (earlier === undefined) {
      firstAt.set(key, index)
      return []
    }
    const message = `${consumer.name} begins to read for timeline[${earlier}] at the same time; each reads one replay at a time`
    const example = kind === 'replay' ? 'consumer: dashboards' : 'principal: replay-2'
    return [source.problemAt(['timeline', index, 'at'], message, example)]
  })
}

function scopeProblems(
  source: YamlSource,
  { spec }: TimelineEntry,
  index: number,
  contract: Contract,
): Problem[] {
  const scope = drillScopeOf(spec, Object.keys(contract.topics))
  if (!scope) return []
  const path: DocumentPath = ['timeline', index]
  const named = Array.isArray(spec['topics']) ? scope.topics : []
  const most = Math.max(0, ...scope.topics.map(topic => contract.topics[topic]?.partitions ?? 0))
  const empty = emptyWords(scope)
  return [
    ...topicProblems(source, named, [...path, 'topics'], contract),
    ...(scope.partitions ?? []).flatMap((partition, at, all) => {
      if (all.indexOf(partition) < at)
        return [source.problemAt([...path, 'partitions', at], `${partition} is in the list already`)]
      if (most === 0 || partition < most) return []
      const message = `no topic has a partition ${partition}: the contract gives them 0 to ${most - 1}`
      return [source.problemAt([...path, 'partitions', at], message)]
    }),
    ...(empty === null ? [] : [source.problemAt([...path, 'to'], empty)]),
  ]
}

/** A drill may be stricter than the contract, and what is less strict would never decide. */
function limitProblems(
  source: YamlSource,
  { spec }: TimelineEntry,
  index: number,
  { contract, replayLimits }: Contract,
): Problem[] {
  const conditions = (spec['stopWhen'] ?? []) as readonly AbortCondition[]
  return conditions.flatMap((condition, at) => {
    const looser = decidesBefore(condition, replayLimits)
    if (looser === null) return []
    const { key, limit } = looser
    const message = `${describeComparison(condition)} is less strict than contract ${contract}, which stops it above ${limit} (replayLimits.${key})`
    return [
      source.problemAt(['timeline', index, 'stopWhen', at, 'probe'], message, `above: ${limit}, or less`),
    ]
  })
}
