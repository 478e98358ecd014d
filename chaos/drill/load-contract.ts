import { type Contract, contractSchema, DATA_CLASSES } from '../core/contract.ts'
import { inputError, type Problem } from './problem.ts'
import { schemaProblems } from './schema-problems.ts'
import { listWords } from './schema-words.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

const MORE = '`aftershock schema contract` prints every key of a contract.'

/** @throws AftershockError `input` with every problem of the file. */
export async function loadContract(path: string, shownAs = path): Promise<Contract> {
  return parseContract(await readYaml(path, shownAs))
}

export function parseContract(source: YamlSource): Contract {
  const parsed = contractSchema.safeParse(source.value)
  if (!parsed.success) {
    throw inputError(schemaProblems(source, contractSchema, parsed.error.issues), MORE)
  }
  const problems = [...classProblems(source, parsed.data), ...replicaProblems(source, parsed.data)]
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

function replicaProblems(source: YamlSource, { topics }: Contract): Problem[] {
  return Object.entries(topics)
    .filter(([, topic]) => topic.minInSyncReplicas > topic.replicas)
    .map(([name, topic]) => {
      const message = `more than the ${topic.replicas} replicas that the topic has: nothing could ever be written`
      return source.problemAt(['topics', name, 'minInSyncReplicas'], message)
    })
}
