import type { Contract } from '../core/contract.ts'
import type { DocumentPath, Problem } from './problem.ts'
import { didYouMean, listWords } from './schema-words.ts'
import type { YamlSource } from './yaml-source.ts'

/** Each topic of a list is one of the contract, and in it once. */
export function topicProblems(
  source: YamlSource,
  topics: readonly string[],
  at: DocumentPath,
  contract: Contract,
): Problem[] {
  const names = Object.keys(contract.topics)
  return topics.flatMap((topic, index, all) => {
    const path: DocumentPath = [...at, index]
    if (all.indexOf(topic) < index) return [source.problemAt(path, `'${topic}' is in the list already`)]
    return unknownTopic(source, topic, path, contract, `topics: [${names[0]}]`)
  })
}

/** The topic is one of the contract. @param example @default the first of its topics, as one */
export function unknownTopic(
  source: YamlSource,
  topic: string,
  at: DocumentPath,
  { topics }: Contract,
  example = `topic: ${Object.keys(topics)[0]}`,
): Problem[] {
  const names = Object.keys(topics)
  if (names.includes(topic)) return []
  const meant = didYouMean(topic, names) || '.'
  const message = `the contract has no topic '${topic}'${meant} It has ${listWords(names)}`
  return [source.problemAt(at, message, example)]
}
