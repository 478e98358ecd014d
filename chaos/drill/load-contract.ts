import { type Contract, contractSchema, DATA_CLASSES, type TopicContract } from '../core/contract.ts'
import { writtenDuration } from '../core/units.ts'
import { inputError, type Problem } from './problem.ts'
import { schemaProblems } from './schema-problems.ts'
import { listWords } from './schema-words.ts'
import { unknownTopic } from './topic-problems.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

const MORE = '`aftershock schema contract` prints every key of a contract.'

export interface ContractUse {
  /** Whether a fleet is to write its topics; a history of others has the topics that it has. @default true */
  readonly forFleet?: boolean
}

/** @throws AftershockError `input` with every problem of the file. */
export async function loadContract(path: string, shownAs = path, use: ContractUse = {}): Promise<Contract> {
  return parseContract(await readYaml(path, shownAs), use)
}

export function parseContract(source: YamlSource, { forFleet = true }: ContractUse = {}): Contract {
  const parsed = contractSchema.safeParse(source.value)
  if (!parsed.success) {
    throw inputError(schemaProblems(source, contractSchema, parsed.error.issues), MORE)
  }
  const problems = [
    ...(forFleet ? classProblems(source, parsed.data) : emptyProblems(source, parsed.data)),
    ...replicaProblems(source, parsed.data),
    ...keepingProblems(source, parsed.data),
    ...derivedProblems(source, parsed.data),
  ]
  if (problems.length > 0) throw inputError(problems, MORE)
  return parsed.data
}

/** A fleet writes each data class to one topic, so each class must have exactly one. */
function classProblems(source: YamlSource, { topics }: Contract): Problem[] {
  return DATA_CLASSES.flatMap(dataClass => {
    const names = Object.keys(topics).filter(name => topics[name]?.dataClass === dataClass)
    if (names.length === 1) return []
    if (names.length === 0) {
      return [
        source.problemAt(['topics'], `no topic has the data class '${dataClass}'`, `dataClass: ${dataClass}`),
      ]
    }
    const [, second] = names
    const message = `${listWords(names).replace(' or ', ' and ')} have the same data class; each has exactly one topic`
    return [source.problemAt(['topics', second as string, 'dataClass'], message)]
  })
}

/** What a derived topic is like is a topic, and it is not one itself. */
function derivedProblems(source: YamlSource, contract: Contract): Problem[] {
  const { topics, derivedTopics = {} } = contract
  return Object.entries(derivedTopics).flatMap(([name, { like }]) => [
    ...(topics[name]
      ? [source.problemAt(['derivedTopics', name], `it is in 'topics' already, with terms of its own`)]
      : []),
    ...unknownTopic(
      source,
      like,
      ['derivedTopics', name, 'like'],
      contract,
      `like: ${Object.keys(topics)[0]}`,
    ),
  ])
}

function emptyProblems(source: YamlSource, { topics }: Contract): Problem[] {
  if (Object.keys(topics).length > 0) return []
  return [source.problemAt(['topics'], 'no topic: a contract without one promises nothing')]
}

function replicaProblems(source: YamlSource, { topics }: Contract): Problem[] {
  return Object.entries(topics)
    .filter(([, topic]) => topic.minInSyncReplicas > topic.replicas)
    .map(([name, topic]) => {
      const message = `more than the ${topic.replicas} replicas that the topic has: nothing could ever be written`
      return source.problemAt(['topics', name, 'minInSyncReplicas'], message)
    })
}

/** A topic that is told to keep less than its contract promises breaks it by itself, whatever a drill does. */
function keepingProblems(source: YamlSource, { topics }: Contract): Problem[] {
  return Object.entries(topics).flatMap(([name, terms]) => {
    const at = (key: keyof TopicContract, message: string) =>
      source.problemAt(['topics', name, key], message, `${key}: ${writtenDuration(terms.replayWindow)}`)
    const { cleanup, replayWindow, retention, compactionLag, localRetention } = terms
    const window = writtenDuration(replayWindow)
    const problems: Problem[] = []
    if (cleanup !== 'compact' && replayWindow > retention)
      problems.push(
        at(
          'retention',
          `shorter than the replay window of ${window}: records would be deleted before their replay may begin; keep them at least as long, or promise a shorter window`,
        ),
      )
    if (cleanup !== 'delete' && compactionLag !== undefined && replayWindow > compactionLag)
      problems.push(
        at(
          'compactionLag',
          `shorter than the replay window of ${window}: compaction would remove records before their replay may begin; let it wait at least as long, or promise a shorter window`,
        ),
      )
    if (cleanup === 'delete' && localRetention !== undefined && localRetention > retention)
      problems.push(
        source.problemAt(
          ['topics', name, 'localRetention'],
          `longer than the retention of ${writtenDuration(retention)}: Kafka refuses a topic that would stay on brokers for longer than it is kept; give at most its retention`,
        ),
      )
    return [...problems, ...idleProblems(source, name, terms)]
  })
}

/** Keys that Kafka takes and never looks at under this cleanup. */
function idleProblems(source: YamlSource, name: string, terms: TopicContract): Problem[] {
  const idle = (key: keyof TopicContract, needed: string) =>
    terms[key] === undefined
      ? []
      : [
          source.problemAtKey(
            ['topics', name, key],
            `without effect under cleanup: ${terms.cleanup}; it needs ${needed}, or leave it out`,
          ),
        ]
  if (terms.cleanup === 'delete') return idle('compactionLag', 'cleanup: compact,delete')
  return [
    ...idle('localRetention', 'cleanup: delete, since no compacted topic is tiered'),
    ...(terms.cleanup === 'compact' ? idle('retentionBytes', 'cleanup: compact,delete') : []),
  ]
}
