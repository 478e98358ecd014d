import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { AftershockError } from '../core/errors.ts'
import type { KafkaNode } from '../core/topology.ts'
import { waitFor } from '../core/wait.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { LoggedInConnection } from '../kafka/logged-in-connection.ts'
import {
  deleteTopicsRequest,
  readDeletedTopics,
  readTopicIds,
  topicIdsRequest,
} from '../kafka/topic-ids-wire.ts'
import type { JournalEvent } from '../record/journal-events.ts'

export interface OwnTopicsOptions {
  /** As they advertise themselves, and where that is dialled. @default there */
  readonly nodes: readonly (Pick<KafkaNode, 'host' | 'port'> & { readonly at?: Address })[]
  readonly login: BrokerLogin | null
  readonly clock: Clock
}

const ANSWER_MS = 15_000
const IDS_MS = 15_000

/** The ids of these topics; those that a broker does not know yet are left out. null: no broker answered. */
export async function idsOf(
  options: OwnTopicsOptions,
  topics: readonly string[],
): Promise<Readonly<Record<string, string>> | null> {
  return askAny(options, topicIdsRequest(1, topics), readTopicIds)
}

/**
 * Asks for the ids of topics that were just made, until all are known: a broker may hear of one later than it was made.
 * @param onIds called with each answer, so that what was told is known whatever becomes of the rest
 * @throws AftershockError when some are not told in time
 */
export async function learnIds(
  options: OwnTopicsOptions,
  topics: readonly string[],
  onIds: (ids: Readonly<Record<string, string>>) => void,
): Promise<void> {
  const known = new Set<string>()
  const areKnown = async () => {
    const ids = (await idsOf(options, topics)) ?? {}
    onIds(ids)
    for (const name of Object.keys(ids)) known.add(name)
    return topics.every(name => known.has(name))
  }
  const { clock } = options
  await waitFor('brokers to tell the ids of the topics', areKnown, {
    clock,
    deadlineMs: IDS_MS,
    everyMs: 100,
  })
}

/** The topics that a run has made, by the ids that tell them from others of the same name. */
export class MadeTopics {
  readonly #options: OwnTopicsOptions
  readonly #record: (event: JournalEvent) => void
  #ids: Readonly<Record<string, string>> = {}

  constructor(options: OwnTopicsOptions, record: (event: JournalEvent) => void) {
    this.#options = options
    this.#record = record
  }

  /** Asks for their ids, and records what was told, also where that is not all. @throws as `learnIds` */
  async learn(topics: readonly string[]): Promise<void> {
    try {
      await learnIds(this.#options, topics, ids => {
        this.#ids = { ...this.#ids, ...ids }
      })
    } finally {
      this.#record({ kind: 'cluster.topics', ids: this.#ids })
    }
  }

  /** Deletes them. @param intended as `leaveCluster` */
  async leave(intended: readonly string[]): Promise<void> {
    this.#record(await leaveCluster(this.#options, intended, this.#ids))
  }
}

/**
 * Before anything is made: these names are nobody's, so that whatever bears one later is the run's.
 * @throws AftershockError `refused` where one is taken, `unavailable` where no broker answers
 */
export async function refuseTakenNames(options: OwnTopicsOptions, topics: readonly string[]): Promise<void> {
  const found = await idsOf(options, topics)
  if (found === null)
    throw new AftershockError('unavailable', 'no broker said whether the topics of the run are there', {
      hint: 'do the brokers run, and may this login DESCRIBE and CREATE topics with this prefix?',
    })
  const taken = Object.keys(found)
  if (taken.length === 0) return
  throw new AftershockError('refused', `the cluster has ${taken.join(', ')} already`, {
    hint: 'nothing that was there is touched; choose another --topic-prefix',
  })
}

/**
 * Deletes what the run made, by ids: a topic of the same name that somebody made since has another one.
 *
 * A run may die between a topic's creation and the line with its id. Its names were in the journal before
 * (`intended`), end with a mark that nobody could guess, and were not there when it began: a topic that bears one of
 * these very names is the run's, its id is asked for now, and by that it is deleted.
 * @returns what stands in the journal
 */
export async function leaveCluster(
  options: OwnTopicsOptions,
  intended: readonly string[],
  recorded: Readonly<Record<string, string>>,
): Promise<Extract<JournalEvent, { kind: 'cluster.left' }>> {
  const unknown = intended.filter(name => recorded[name] === undefined)
  const found = unknown.length === 0 ? {} : await idsOf(options, unknown)
  const left = await deleteOwnTopics(options, { ...recorded, ...found })
  return found === null
    ? { ...left, kept: [...left.kept, ...unknown.map(name => `${name}: no broker said whether it is there`)] }
    : left
}

/** Deletes the topics that have these ids, and no other. */
async function deleteOwnTopics(
  options: OwnTopicsOptions,
  ids: Readonly<Record<string, string>>,
): Promise<Extract<JournalEvent, { kind: 'cluster.left' }>> {
  const kept: string[] = []
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  const deleted: string[] = []
  if (names.size > 0) {
    const answers = await askAny(options, deleteTopicsRequest(1, [...names.keys()]), readDeletedTopics)
    for (const [id, name] of names) {
      const why = answers === null ? 'no broker answered' : (answers[id] ?? 'the broker did not speak of it')
      if (why === '') deleted.push(name)
      else kept.push(`${name}: ${why}`)
    }
  }
  return { kind: 'cluster.left', deleted: deleted.toSorted(), kept }
}

async function askAny<T>(
  { nodes, login, clock }: OwnTopicsOptions,
  request: Buffer,
  read: (reply: Buffer) => T,
): Promise<T | null> {
  for (const { host, port = 9092, at = { host, port } } of nodes) {
    const connection = new LoggedInConnection(at, host, login)
    try {
      return read(await connection.request(request, ANSWER_MS, clock))
    } catch {
      // The next one may answer.
    } finally {
      connection.close()
    }
  }
  return null
}
