import { commitMsOf, type ProcessorSpec } from '../core/processor.ts'
import type { TopicSettings } from './topics.ts'
import { secretFileProvider } from './connect.ts'
import { type Properties, renderProperties } from './properties.ts'

/** application.id: its consumer group, and what the topics that it makes for itself begin with. */
export const PROCESSOR_GROUP = 'device-twin'
/** The group of those that write to a database. */
export const WRITER_GROUP = 'device-twin-writer'
/** Of those who stand for the devices. */
export const DEVICES_GROUP = `${PROCESSOR_GROUP}-devices`
export const COMMANDS_TOPIC = 'device-twin-commands'
export const ACKNOWLEDGEMENTS_TOPIC = 'device-twin-acknowledgements'
/** As Kafka Streams names it: group, store, `changelog`. */
export const CHANGELOG_TOPIC = `${PROCESSOR_GROUP}-twins-changelog`

/** What a processor needs in another region besides the records: its state, what it sent, and what was answered. */
export const CARRIED_TOPICS: readonly string[] = [COMMANDS_TOPIC, ACKNOWLEDGEMENTS_TOPIC, CHANGELOG_TOPIC]

/** A command as it is stored, `{"id":"d17/1/4",…`; null: it is none. */
export function commandIn(
  value: string,
): { readonly id: string; readonly device: string; readonly epoch: number; readonly number: number } | null {
  const found = /^\{"id":"((d\d+)\/(\d+)\/(\d+))"/.exec(value)
  if (!found) return null
  return { id: found[1] ?? '', device: found[2] ?? '', epoch: Number(found[3]), number: Number(found[4]) }
}

export const isProcessorTopic = (topic: string): boolean => topic.startsWith(`${PROCESSOR_GROUP}-`)

/**
 * Commands and their answers, divided as the records are that they answer. All of them are kept, whatever the topic of
 * the records does, and their time is the broker's: a device's clock may be wrong, and is in the timestamp of what its
 * record made the processor send.
 */
export function processorTopics(partitions: number, replicas: 1 | 3): TopicSettings[] {
  const configEntries = Object.entries({
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': String(Math.min(replicas, 2)),
  }).map(([name, value]) => ({ name, value }))
  return [COMMANDS_TOPIC, ACKNOWLEDGEMENTS_TOPIC].map(topic => ({
    topic,
    numPartitions: partitions,
    replicationFactor: replicas,
    configEntries,
  }))
}

/** How long a member that says nothing stays in the group, ms. Kafka's own is 45 s, longer than most drills. */
export const PROCESSOR_SESSION_MS = 10_000

/** How an instance of the device twin is configured: pure text. */
export interface ProcessorConfig extends ProcessorSpec {
  readonly bootstrap: readonly string[]
  /** By which the group knows the instance's members: it stands at the beginning of their names. */
  readonly clientId: string
  /** The instance's number, by which the database knows its writer. */
  readonly number: number
  /** Whether it asks, before it processes a partition, which commands of that were sent elsewhere. @default false */
  readonly replay?: boolean
  /** Where its writer writes, for JDBC. @default it writes nowhere */
  readonly writerUrl?: string
  readonly host: string
  readonly port: number
  readonly stateDir: string
  readonly eventsFile: string
  /** Copies of its changelog: 3, or 1 where the platform keeps copies elsewhere. */
  readonly internalReplicas: 1 | 3
  /** How its clients log in. @default they do not */
  readonly security?: Properties
  /** A file of `key=value` lines whose values `security` names in the place of secrets. */
  readonly secretFile?: string
}

/** Kafka Streams with its own defaults, but for what is stated here. */
export function processorProperties(config: ProcessorConfig): string {
  return renderProperties({
    'application.id': PROCESSOR_GROUP,
    'client.id': config.clientId,
    'bootstrap.servers': config.bootstrap.join(','),
    'processing.guarantee': config.guarantee,
    'num.standby.replicas': config.standbys,
    'commit.interval.ms': commitMsOf(config),
    'num.stream.threads': 1,
    'replication.factor': config.internalReplicas,
    'topic.min.insync.replicas': Math.min(config.internalReplicas, 2),
    'state.dir': config.stateDir,
    'consumer.session.timeout.ms': PROCESSOR_SESSION_MS,
    'consumer.heartbeat.interval.ms': 3000,
    // After a takeover state moves back once a minute, the least that the library takes, and not every 10 minutes.
    'probing.rebalance.interval.ms': 60_000,
    'enable.metrics.push': 'false',
    'twin.telemetry': config.topic,
    'twin.commands': COMMANDS_TOPIC,
    'twin.acknowledgements': ACKNOWLEDGEMENTS_TOPIC,
    'twin.every': config.every,
    'twin.host': config.host,
    'twin.port': config.port,
    'twin.events': config.eventsFile,
    ...(config.replay && { 'twin.replay': 'true' }),
    ...(config.secretFile !== undefined && secretFileProvider([config.secretFile])),
    ...config.security,
    ...(config.writerUrl !== undefined && {
      'writer.group': WRITER_GROUP,
      'writer.number': config.number,
      'writer.url': config.writerUrl,
    }),
  })
}
