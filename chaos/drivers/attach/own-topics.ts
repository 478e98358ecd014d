import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { KafkaNode } from '../../core/topology.ts'
import type { BrokerLogin } from '../../kafka/broker-login.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import {
  deleteTopicsRequest,
  readDeletedTopics,
  readTopicIds,
  topicIdsRequest,
} from '../../kafka/topic-ids-wire.ts'
import type { JournalEvent } from '../../record/journal-events.ts'

export interface OwnTopicsOptions {
  readonly nodes: readonly Pick<KafkaNode, 'host' | 'port'>[]
  readonly login: BrokerLogin | null
  readonly clock: Clock
}

const ANSWER_MS = 15_000

/** The ids of these topics; those that a broker does not know yet are left out. null: no broker answered. */
export async function idsOf(
  options: OwnTopicsOptions,
  topics: readonly string[],
): Promise<Readonly<Record<string, string>> | null> {
  return askAny(options, topicIdsRequest(1, topics), readTopicIds)
}

/**
 * Deletes the topics that have these ids, and no other: one of the same name that somebody made since has another.
 * @returns what stands in the journal
 */
export async function deleteOwnTopics(
  options: OwnTopicsOptions,
  ids: Readonly<Record<string, string>>,
  unproven: readonly string[] = [],
): Promise<Extract<JournalEvent, { kind: 'cluster.left' }>> {
  const kept = unproven.map(topic => `${topic}: its id was never recorded`)
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  const deleted: string[] = []
  if (names.size > 0) {
    const answers = await askAny(options, deleteTopicsRequest(1, [...names.keys()]), readDeletedTopics).catch(
      (error: unknown) => ({ why: messageOf(error) }),
    )
    for (const [id, name] of names) {
      const why = answers === null ? 'no broker answered' : 'why' in answers ? answers.why : answers[id]
      if (typeof why === 'string' && why !== '') kept.push(`${name}: ${why}`)
      else deleted.push(name)
    }
  }
  return { kind: 'cluster.left', deleted: deleted.toSorted(), kept }
}

async function askAny<T>(
  { nodes, login, clock }: OwnTopicsOptions,
  request: Buffer,
  read: (reply: Buffer) => T,
): Promise<T | null> {
  for (const { host, port = 9092 } of nodes) {
    const connection = new LoggedInConnection({ host, port }, host, login)
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
