import type { SinkSpec } from '../../../core/connectors.ts'
import { DATABASE_HOST } from '../../../core/topology.ts'
import { DATABASE_PORT } from '../../../platforms/addresses.ts'
import { deadLetterTopic } from '../../../platforms/connect.ts'
import { SINK_DATABASE, SINK_USER } from '../database/database-session.ts'
import { WORKER_REFERENCE } from './cluster-node.ts'

/** What a record of the fleet has that a row keeps; other fields are left out. */
const FIELDS = [
  { field: 'id', type: 'string', optional: false },
  { field: 'class', type: 'string', optional: true },
  { field: 'kind', type: 'string', optional: true },
  { field: 'at', type: 'int64', optional: true },
  { field: 'value', type: 'int32', optional: true },
] as const

export const tableOf = (sink: string): string => `rows_${sink.replaceAll('-', '_')}`
export const groupOf = (sink: string): string => `connect-${sink}`
/** By which the database knows a sink's sessions: `rows@21`. */
export const sessionPrefix = (sink: string): string => `${sink}@`

/** Debezium's JDBC sink, as docs/connectors.md has it, and where each record came from beside it. */
export function sinkConfiguration(sink: SinkSpec): Record<string, string> {
  const { name, mode, topics, tasks, retries, deadLetters } = sink
  const url = `jdbc:postgresql://${DATABASE_HOST}:${DATABASE_PORT}/${SINK_DATABASE}`
  // A silent outage ends by these, and not after the kernel's quarter of an hour.
  const settings = `ApplicationName=${sessionPrefix(name)}${WORKER_REFERENCE}&connectTimeout=5&socketTimeout=20`
  return {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': String(tasks),
    topics: topics.join(','),
    'connection.url': `${url}?${settings}`,
    'connection.username': SINK_USER,
    'connection.password': 'trusted',
    'connection.restart.on.errors': 'true',
    'flush.max.retries': String(retries),
    'flush.retry.delay.ms': '1000',
    'insert.mode': mode,
    'primary.key.mode': mode === 'upsert' ? 'record_value' : 'none',
    ...(mode === 'upsert' && { 'primary.key.fields': 'id' }),
    'schema.evolution': 'none',
    'collection.name.format': tableOf(name),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
    'value.converter.schema.content': JSON.stringify({ type: 'struct', optional: false, fields: FIELDS }),
    transforms: 'from',
    'transforms.from.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
    'transforms.from.topic.field': 'kafka_topic',
    'transforms.from.partition.field': 'kafka_partition',
    'transforms.from.offset.field': 'kafka_offset',
    'consumer.override.auto.offset.reset': 'earliest',
    // How long a partition waits whose worker died.
    'consumer.override.session.timeout.ms': '6000',
    'consumer.override.heartbeat.interval.ms': '2000',
    ...(deadLetters && {
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': deadLetterTopic(name),
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    }),
  }
}

/**
 * Its table. `arrival` counts rows in the order in which they were first written, and `written_ms` is the database's own
 * wall clock then; an update leaves both. Without a key, as many rows as were written stay.
 */
export function tableStatements({ name, mode }: SinkSpec): string {
  const table = tableOf(name)
  return [
    `CREATE TABLE ${table} (id text NOT NULL${mode === 'upsert' ? ' PRIMARY KEY' : ''}, class text, kind text, at bigint, value integer,`,
    'kafka_topic text, kafka_partition integer, kafka_offset bigint,',
    'arrival bigint GENERATED ALWAYS AS IDENTITY,',
    'written_ms double precision NOT NULL DEFAULT extract(epoch from clock_timestamp()) * 1000);',
    permitStatement(name),
  ].join(' ')
}

export const permitStatement = (sink: string): string =>
  `GRANT SELECT, INSERT, UPDATE ON ${tableOf(sink)} TO ${SINK_USER}`
export const forbidStatement = (sink: string): string =>
  `REVOKE INSERT, UPDATE ON ${tableOf(sink)} FROM ${SINK_USER}`
