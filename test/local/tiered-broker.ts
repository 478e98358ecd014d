import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { waitFor } from '../../chaos/core/wait.ts'
import { kafkaRuntime, newKafkaUuid } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import type { TierConfig } from '../../chaos/platforms/kafka-tiered/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { endChild } from './end-child.ts'
import { testSoftware } from './test-lab.ts'

const PORTS = { client: 9092, control: 9093, replication: 9094 }
/** One broker cannot keep the copies that a cluster of three does. */
const ALONE = `offsets.topic.replication.factor=1
min.insync.replicas=1
rlmm.config.remote.log.metadata.topic.replication.factor=1
`

/** One stock broker, with a tier if one is given. */
export interface TieredBroker extends AsyncDisposable {
  readonly kafka: Kafka
  /** Base offset and size of the segments of a topic's partition 0 that are still on its disk, oldest first. */
  localSegments(topic: string): readonly { readonly baseOffset: number; readonly sizeBytes: number }[]
  log(): string
}

/** @param folder an empty one, for its data and log. */
export async function startTieredBroker(
  host: string,
  folder: string,
  tier?: TierConfig,
): Promise<TieredBroker> {
  const { java, classPath, cdsArchive } = kafkaRuntime((await testSoftware()).kafka)
  const at = (...path: string[]) => join(folder, ...path)
  const data = at('data')
  mkdirSync(data)
  const properties = kafkaProperties({
    nodeId: 1,
    zone: 'az-a',
    host,
    bindAddress: host,
    ports: PORTS,
    voters: [{ nodeId: 1, host }],
    logDir: data,
    timeouts: 'tuned',
    ...(tier && { tier }),
  })
  writeFileSync(at('server.properties'), properties + ALONE)
  writeFileSync(at('log4j2.properties'), log4jProperties())
  const jvm = [
    ...SMALL_JVM,
    ...(cdsArchive ? [`-XX:SharedArchiveFile=${cdsArchive}`, '-Xshare:auto'] : []),
    `-Dlog4j2.configurationFile=${at('log4j2.properties')}`,
    '-cp',
    classPath,
  ]
  const format = ['format', '-t', newKafkaUuid(), '-c', at('server.properties')]
  await promisify(execFile)(java, [...jvm, 'kafka.tools.StorageTool', ...format])
  const log = openSync(at('broker.log'), 'a')
  const child = spawn(java, [...jvm, 'kafka.Kafka', at('server.properties')], {
    cwd: folder,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const broker: TieredBroker = {
    kafka: new Kafka({ brokers: [`${host}:${PORTS.client}`], logLevel: logLevel.NOTHING }),
    localSegments: topic =>
      readdirSync(join(data, `${topic}-0`))
        .filter(name => name.endsWith('.log'))
        .sort()
        .map(name => ({
          baseOffset: Number.parseInt(name, 10),
          sizeBytes: statSync(join(data, `${topic}-0`, name), { throwIfNoEntry: false })?.size ?? 0,
        })),
    log: () => readFileSync(at('broker.log'), 'utf8'),
    [Symbol.asyncDispose]: () => endChild(child),
  }
  try {
    await waitFor('the broker to answer', () => answers(broker, child), {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 250,
    })
    return broker
  } catch (error) {
    await endChild(child)
    throw error
  }
}

async function answers(broker: TieredBroker, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`the broker ended: ${broker.log().slice(-3000)}`)
  const admin = broker.kafka.admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === 1
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}
