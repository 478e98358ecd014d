import type { SetupOptions } from './cache.ts'
import { ensureConnect } from './connect.ts'
import { ensureJdbcSink, ensurePostgresSource } from './debezium.ts'
import { ensureDeviceTwin } from './device-twin.ts'
import { ensureLab } from './lab.ts'
import { ensureMirror } from './mirror.ts'
import { ensureOutboxPoller } from './outbox-poller.ts'

/**
 * What any shipped drill needs on Kafka and on Kafka with tiered storage. A database is taken from the machine, and
 * AutoMQ from whoever has it.
 */
export async function ensureEverything(options: SetupOptions): Promise<void> {
  await ensureLab(options, { platform: 'kafka' })
  await ensureLab(options, { platform: 'kafka-tiered' })
  const connect = await ensureConnect(options)
  await ensureJdbcSink(options)
  await ensureOutboxPoller(options, connect, await ensurePostgresSource(options))
  await ensureMirror(options)
  await ensureDeviceTwin(options)
}
