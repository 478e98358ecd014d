import { type Terms, type TopicTerms, termsOf } from '../core/contract.ts'
import { connectTopics, deadLetterTopic, outboxTopic } from './connect.ts'
import { checkpointsTopic } from './mirror.ts'
import { ACKNOWLEDGEMENTS_TOPIC, CHANGELOG_TOPIC, COMMANDS_TOPIC } from './processor.ts'

/** A topic that a drill writes, or has written. */
export interface TopicOfRun {
  readonly topic: string
  /** Who writes it, in words. */
  readonly writtenBy: string
  /** Where the drill has what writes it. */
  readonly path: readonly (string | number)[]
  /** Whose terms hold; null: nobody answers for it. */
  readonly terms: TopicTerms | null
  /** Why a topic needs no terms of its own in the contract; null: it does. */
  readonly rule: string | null
}

/** What of a drill says which topics there are; also of one that was kept with a run. */
export interface WritersOfDrill {
  readonly contract: Terms
  readonly connector?: unknown
  readonly connectors?:
    | {
        readonly sinks: readonly { readonly name: string; readonly deadLetters?: unknown }[]
        readonly sources?: readonly { readonly name: string }[] | undefined
      }
    | undefined
  readonly processor?: { readonly topic: string } | undefined
  readonly regions?: { readonly mirror: { readonly policy: string } } | undefined
}
type Written = Pick<TopicOfRun, 'topic' | 'writtenBy' | 'path'> & {
  readonly rule?: string
  /** Of a topic that goes by rule: the one whose terms hold. */
  readonly like?: string
}

const NO_DATA = 'settings, places and states of connectors, and no record of a device'
const PLACES = 'the cluster’s own, such as places of groups and states of transactions'

/** Every topic that a drill touches, in the order in which it has what writes them. */
export function topicsOfRun(drill: WritersOfDrill): readonly TopicOfRun[] {
  return [
    ...ofFleet(drill),
    ...ofConnectors(drill),
    ...ofProcessor(drill),
    ...ofMirror(drill),
    ...OF_CLUSTER,
  ].map(one => covered(one, drill.contract))
}

function covered({ topic, writtenBy, path, rule, like }: Written, contract: Terms): TopicOfRun {
  return { topic, writtenBy, path, rule: rule ?? null, terms: termsOf(contract, like ?? topic) }
}

const OF_CLUSTER: readonly Written[] = [{ topic: '__*', writtenBy: 'brokers', path: [], rule: PLACES }]

const ofFleet = ({ contract }: WritersOfDrill): readonly Written[] =>
  Object.keys(contract.topics).map(topic => ({ topic, writtenBy: 'devices', path: ['contract'] }))

function ofConnectors({ connector, connectors }: WritersOfDrill): readonly Written[] {
  const { sinks = [], sources = [] } = connectors ?? {}
  return [
    ...(connector || connectors ? connectTopics('connect') : []).map(topic => ({
      topic,
      writtenBy: 'Connect workers',
      path: [connectors ? 'connectors' : 'connector'],
      rule: NO_DATA,
    })),
    ...sinks.flatMap(({ name, deadLetters }, index) =>
      deadLetters === true
        ? [
            {
              topic: deadLetterTopic(name),
              writtenBy: `sink ${name}, of what it cannot write`,
              path: ['connectors', 'sinks', index, 'deadLetters'],
            },
          ]
        : [],
    ),
    ...sources.map(({ name }, index) => ({
      topic: outboxTopic(name),
      writtenBy: `source ${name}`,
      path: ['connectors', 'sources', index, 'name'],
    })),
  ]
}

function ofProcessor({ processor }: WritersOfDrill): readonly Written[] {
  if (!processor) return []
  const path = ['processor']
  return [
    { topic: COMMANDS_TOPIC, writtenBy: 'processor, to devices', path },
    { topic: ACKNOWLEDGEMENTS_TOPIC, writtenBy: 'devices, of its commands', path },
    {
      topic: CHANGELOG_TOPIC,
      writtenBy: 'processor',
      path,
      rule: `its own state: what it reads of ${processor.topic}, under the terms of that`,
      like: processor.topic,
    },
  ]
}

/** In region b: copies under the fleet's names, or with the region before them, and what the mirror keeps. */
function ofMirror({ contract, regions }: WritersOfDrill): readonly Written[] {
  if (!regions) return []
  const path = ['regions']
  const copies = regions.mirror.policy === 'identity' ? [] : Object.keys(contract.topics)
  return [
    ...copies.map(topic => ({
      topic: `a.${topic}`,
      writtenBy: 'mirror',
      path,
      rule: `a copy of ${topic}, under the terms of that`,
      like: topic,
    })),
    ...['mm2-offset-syncs.a.internal', checkpointsTopic('a'), 'heartbeats'].map(topic => ({
      topic,
      writtenBy: 'mirror',
      path,
      rule: NO_DATA,
    })),
  ]
}

/** Those for which nobody answers. */
export const withoutTerms = (topics: readonly TopicOfRun[]): readonly TopicOfRun[] =>
  topics.filter(({ terms, rule }) => terms === null && rule === null)
