import { basename, extname } from 'node:path'
import type { Contract } from '../core/contract.ts'
import type { ConnectorsSpec } from '../core/connectors.ts'
import type { ConnectorSpec, Gate, TimelineEntry } from '../core/drill.ts'
import type { ProcessorSpec } from '../core/processor.ts'
import { gateOf } from '../numbers/index.ts'
import { PROCESSOR_NUMBERS } from '../numbers/processor.ts'
import { SINK_NUMBERS } from '../numbers/sinks.ts'
import { SOURCE_NUMBERS } from '../numbers/sources.ts'
import { isRecord } from './json-schema.ts'
import type { DocumentPath, Problem } from './problem.ts'
import { isReplay, replayProblems } from './replay-checks.ts'
import { didYouMean, listWords } from './schema-words.ts'
import { topicProblems, unknownTopic } from './topic-problems.ts'
import type { YamlSource } from './yaml-source.ts'

/** What no schema says: that the parts of a drill fit each other. Entries are in the order of the file. */
export function crossCheck(
  source: YamlSource,
  name: string,
  entries: readonly TimelineEntry[],
  gates: readonly Gate[],
  contract: Contract,
): Problem[] {
  return [
    ...nameProblems(source, name),
    ...idProblems(source, entries),
    ...durationProblems(source, entries),
    ...replayProblems(source, entries, contract),
    ...gates.flatMap((gate, index) => gateProblems(source, gate, index, entries)),
    ...entries.flatMap((entry, index) => partitionProblems(source, entry, index, contract)),
    ...entries.flatMap((entry, index) => changedTopicProblems(source, entry, index, contract)),
  ]
}

function nameProblems(source: YamlSource, name: string): Problem[] {
  const file = basename(source.file, extname(source.file))
  if (file === name) return []
  return [
    source.problemAt(['drill'], `the drill is called '${name}' and its file '${file}'`, `drill: ${file}`),
  ]
}

function idProblems(source: YamlSource, entries: readonly TimelineEntry[]): Problem[] {
  const firstOf = new Map<string, number>()
  return entries.flatMap(({ id }, index) => {
    const first = firstOf.get(id)
    if (first === undefined) {
      firstOf.set(id, index)
      return []
    }
    return [source.problemAt(['timeline', index, 'id'], `timeline[${first}] has the id '${id}' already`)]
  })
}

function durationProblems(source: YamlSource, entries: readonly TimelineEntry[]): Problem[] {
  return entries.flatMap((entry, index) =>
    entry.role === 'fault' && entry.forMs === 0
      ? [
          source.problemAt(
            ['timeline', index, 'for'],
            'a fault must hold for longer than nothing',
            'for: 15s',
          ),
        ]
      : [],
  )
}

const isAboutReplay = ({ gate }: Gate): boolean => gateOf(gate).of === 'replay'

function gateProblems(
  source: YamlSource,
  gate: Gate,
  index: number,
  entries: readonly TimelineEntry[],
): Problem[] {
  const path: DocumentPath = ['gates', index]
  const candidates = isAboutReplay(gate) ? entries.filter(isReplay) : entries
  if (candidates.length === 0) {
    const message = `the timeline has no replay that ${gate.gate} could measure`
    return [source.problemAt([...path, 'gate'], message, '- { at: 60s, action: replay, from: oldest }')]
  }
  const ids = candidates.map(entry => entry.id)
  if (gate.of === undefined || ids.includes(gate.of)) return []
  const what = isAboutReplay(gate) ? 'no replay' : 'nothing in the timeline'
  const message = `${what} has the id '${gate.of}'${didYouMean(gate.of, ids) || '.'} There is ${listWords(ids)}`
  return [source.problemAt([...path, 'of'], message, `of: ${ids[0]}`)]
}

/** A setting is changed of a topic that somebody answers for. */
function changedTopicProblems(
  source: YamlSource,
  { spec }: TimelineEntry,
  index: number,
  contract: Contract,
): Problem[] {
  const { topic } = spec
  return typeof topic === 'string' ? unknownTopic(source, topic, ['timeline', index, 'topic'], contract) : []
}

/** `leader-of: telemetry/0`, wherever a fault's keys have it. */
function partitionProblems(
  source: YamlSource,
  entry: TimelineEntry,
  index: number,
  { topics }: Contract,
): Problem[] {
  return leadersIn(entry.spec, ['timeline', index]).flatMap(({ path, partition }) => {
    const slash = partition.lastIndexOf('/')
    const topic = topics[partition.slice(0, slash)]
    if (!topic) {
      const names = Object.keys(topics)
      const meant = didYouMean(partition.slice(0, slash), names) || '.'
      const message = `the contract has no topic '${partition.slice(0, slash)}'${meant} It has ${listWords(names)}`
      return [source.problemAt(path, message, `leader-of: ${names[0]}/0`)]
    }
    if (Number(partition.slice(slash + 1)) < topic.partitions) return []
    const message = `'${partition}' does not exist: the contract gives the topic partitions 0 to ${topic.partitions - 1}`
    return [source.problemAt(path, message)]
  })
}

/** A connector can only write out what the fleet writes in. */
export function connectorProblems(
  source: YamlSource,
  connector: ConnectorSpec | undefined,
  contract: Contract,
): Problem[] {
  return topicProblems(source, connector?.topics ?? [], ['connector', 'topics'], contract)
}

interface ConnectorParts {
  readonly connector?: ConnectorSpec | undefined
  readonly connectors?: ConnectorsSpec | undefined
  readonly gates: readonly Gate[]
}

/** A number of sinks, or of sources, that a run without any has would never be more than not known. */
function gatesWithout(
  source: YamlSource,
  gates: readonly Gate[],
  [what, numbers, example]: readonly [what: string, numbers: object, example: string],
): Problem[] {
  return gates.flatMap(({ gate }, index) =>
    Object.hasOwn(numbers, gate)
      ? [
          source.problemAt(
            ['gates', index, 'gate'],
            `the drill has no ${what} that ${gate} could measure`,
            example,
          ),
        ]
      : [],
  )
}

const SINKS = ['sinks', SINK_NUMBERS, 'connectors: { sinks: [{ name: rows }] }'] as const
const SOURCES = [
  'sources',
  SOURCE_NUMBERS,
  'connectors: { sinks: [{ name: rows }], sources: [{ name: outbox }] }',
] as const

/** Sinks have names of their own, workers zones of their own, and the two kinds of connectors addresses in common. */
export function connectorsProblems(
  source: YamlSource,
  { connector, connectors, gates }: ConnectorParts,
  contract: Contract,
): Problem[] {
  if (!connectors) return [SINKS, SOURCES].flatMap(kind => gatesWithout(source, gates, kind))
  const { zones, sinks, sources } = connectors
  const names = [...sinks, ...sources].map(({ name }) => name)
  const both = connector
    ? [
        source.problemAt(
          ['connectors'],
          'a drill has either `connector` (a file) or `connectors` (a database)',
        ),
      ]
    : []
  const twice = zones.flatMap((zone, index) =>
    zones.indexOf(zone) < index
      ? [source.problemAt(['connectors', 'zones', index], `'${zone}' has a worker already`)]
      : [],
  )
  return [
    ...both,
    ...twice,
    ...(sources.length === 0 ? gatesWithout(source, gates, SOURCES) : []),
    ...sources.flatMap(({ name }, index) =>
      names.indexOf(name) < sinks.length + index
        ? [
            source.problemAt(
              ['connectors', 'sources', index, 'name'],
              `another connector is called '${name}'`,
            ),
          ]
        : [],
    ),
    ...sinks.flatMap(({ name, topics }, index) => {
      const path: DocumentPath = ['connectors', 'sinks', index]
      return [
        ...(names.indexOf(name) < index
          ? [source.problemAt([...path, 'name'], `another connector is called '${name}'`)]
          : []),
        ...topicProblems(source, topics, [...path, 'topics'], contract),
      ]
    }),
  ]
}

interface ProcessorParts {
  readonly connectors?: ConnectorsSpec | undefined
  readonly processor?: ProcessorSpec | undefined
  readonly gates: readonly Gate[]
}

/** A processor has one instance a zone, and a number of it needs one. */
export function processorProblems(
  source: YamlSource,
  { connectors, processor, gates }: ProcessorParts,
  contract: Contract,
): Problem[] {
  if (!processor)
    return gates.flatMap(({ gate }, index) =>
      Object.hasOwn(PROCESSOR_NUMBERS, gate)
        ? [
            source.problemAt(
              ['gates', index, 'gate'],
              `the drill has no stateful processor that ${gate} could measure`,
              'processor: { standbys: 1 }',
            ),
          ]
        : [],
    )
  const { zones, topic, writer, command } = processor
  return [
    ...(writer && command
      ? [
          source.problemAt(
            ['processor', 'writer'],
            'a program of your own writes where it writes: only the lab’s own processor has a writer',
          ),
        ]
      : []),
    ...(writer && connectors
      ? [source.problemAt(['processor', 'writer'], 'there is one database: it is that of `connectors`')]
      : []),
    ...(writer
      ? []
      : gates.flatMap(({ gate }, index) =>
          gate.startsWith('writer-')
            ? [
                source.problemAt(
                  ['gates', index, 'gate'],
                  `the processor has no writer that ${gate} could measure`,
                  'processor: { writer: { fencing: epoch } }',
                ),
              ]
            : [],
        )),
    ...zones.flatMap((zone, index) =>
      zones.indexOf(zone) < index
        ? [source.problemAt(['processor', 'zones', index], `'${zone}' has an instance already`)]
        : [],
    ),
    ...unknownTopic(source, topic, ['processor', 'topic'], contract),
  ]
}

function leadersIn(value: unknown, path: DocumentPath): { path: DocumentPath; partition: string }[] {
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'leader-of' && typeof item === 'string'
      ? [{ path: [...path, key], partition: item }]
      : leadersIn(item, [...path, key]),
  )
}
