import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { AftershockError } from '../../../core/errors.ts'
import { type WaitOptions, waitFor } from '../../../core/wait.ts'
import { SMALL_JVM } from '../../../platforms/kafka/properties.ts'
import type { SetupOptions } from './cache.ts'
import { runTool } from './tool.ts'

export interface TrainingInput {
  readonly java: string
  readonly classPath: string
  readonly flags: readonly string[]
  /** Where its configuration and data go, in a folder that is removed afterwards. */
  readonly folder: string
}

const START_DEADLINE_MS = 120_000
const STOP_DEADLINE_MS = 120_000
/** Any valid cluster id does: 16 bytes in URL-safe base64. */
const CLUSTER_ID = 'YWZ0ZXJzaG9jay1sYWI0Mg'

/**
 * Runs one broker on free ports of 127.0.0.1 until it has stored a record, then stops it: the shortest life
 * that loads the classes which every broker of the lab needs. Resolves to what it printed.
 */
export async function runTrainingBroker(input: TrainingInput, options: SetupOptions): Promise<string> {
  const env = options.env ?? process.env
  const work = await mkdtemp(join(input.folder, '.training-'))
  try {
    const [client, control] = await freePorts(2)
    const config = join(work, 'server.properties')
    await writeFile(config, properties(client ?? 0, control ?? 0, join(work, 'data')))
    const jvm = [...SMALL_JVM, '-cp', input.classPath]
    await runTool(input.java, [...jvm, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config], {
      cwd: work,
      env,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const broker = startOwned(input.java, [...input.flags, ...jvm, 'kafka.Kafka', config], work, env)
    try {
      await storeOneRecord(client ?? 0, broker, options)
    } finally {
      await broker.stop(options)
    }
    return broker.said()
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function properties(client: number, control: number, data: string): string {
  return `${[
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${control}`,
    `listeners=CLIENT://127.0.0.1:${client},CTRL://127.0.0.1:${control}`,
    `advertised.listeners=CLIENT://127.0.0.1:${client}`,
    'listener.security.protocol.map=CLIENT:PLAINTEXT,CTRL:PLAINTEXT',
    'inter.broker.listener.name=CLIENT',
    'controller.listener.names=CTRL',
    `log.dirs=${data}`,
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'group.initial.rebalance.delay.ms=0',
    'log.cleaner.dedupe.buffer.size=8388608',
  ].join('\n')}\n`
}

interface OwnedProcess {
  hasEnded(): boolean
  said(): string
  stop(options: SetupOptions): Promise<void>
}

/**
 * The shell between us and the broker ends it as soon as its standard input closes: when we ask for that, and
 * also when we die in any way.
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r _ <&3; kill -TERM "$child") >/dev/null 2>&1 &
watch=$!
wait "$child"
status=$?
kill "$watch" 2>/dev/null
exit "$status"`

function startOwned(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NonNullable<SetupOptions['env']>,
): OwnedProcess {
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', command, ...args], { cwd, env, stdio: 'pipe' })
  let said = ''
  let ended = false
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.stdin.on('error', () => {})
  child.on('error', error => {
    said += error.message
    ended = true
  })
  child.on('exit', () => {
    ended = true
  })
  return {
    hasEnded: () => ended,
    said: () => said,
    async stop({ clock }) {
      child.stdin.end()
      try {
        await waitFor('the training broker to end', () => ended, { clock, deadlineMs: STOP_DEADLINE_MS })
      } finally {
        child.kill('SIGKILL')
      }
    },
  }
}

/** Metadata, a topic, an acknowledged record and its fetch: the ways that every run goes. */
async function storeOneRecord(port: number, broker: OwnedProcess, options: SetupOptions): Promise<void> {
  const client = { brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, connectionTimeout: 1000 }
  // The waits below retry, and say what they wait for; the group's coordinator takes its time to appear.
  const kafka = new Kafka({ ...client, retry: { retries: 0 } })
  const patient = new Kafka({ ...client, retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 } })
  const deadline = {
    clock: options.clock,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const admin = kafka.admin()
  await waitFor(
    'the training broker to answer',
    async () => {
      if (broker.hasEnded())
        throw new AftershockError('unavailable', `the training broker ended: ${broker.said()}`)
      return admin.connect().then(
        () => true,
        () => false,
      )
    },
    { ...deadline, deadlineMs: START_DEADLINE_MS },
  )
  const producer = kafka.producer()
  try {
    await admin.createTopics({ topics: [{ topic: 'training' }], waitForLeaders: false })
    await producer.connect()
    await waitFor(
      'the training broker to store a record',
      () =>
        producer.send({ topic: 'training', messages: [{ value: 'x' }] }).then(
          () => true,
          () => false,
        ),
      { ...deadline, deadlineMs: START_DEADLINE_MS },
    )
    await readOneRecord(patient, deadline)
  } finally {
    await producer.disconnect()
    await admin.disconnect()
  }
}

/** A coordinator that still loads makes the consumer crash and start again by itself: only its last crash counts. */
async function readOneRecord(kafka: Kafka, deadline: Pick<WaitOptions, 'clock' | 'signal'>): Promise<void> {
  const consumer = kafka.consumer({ groupId: 'training' })
  let hasRead = false
  let failure: Error | undefined
  try {
    await consumer.connect()
    await consumer.subscribe({ topic: 'training', fromBeginning: true })
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) failure = payload.error
    })
    const eachMessage = async () => {
      hasRead = true
    }
    await consumer.run({ eachMessage })
    await waitFor(
      'the training broker to give the record back',
      () => {
        if (failure) throw failure
        return hasRead
      },
      { ...deadline, deadlineMs: START_DEADLINE_MS },
    )
  } finally {
    await consumer.disconnect()
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>((resolve, reject) => {
          server.on('error', reject)
          server.listen(0, '127.0.0.1', () => {
            const address = server.address()
            resolve(typeof address === 'object' && address !== null ? address.port : 0)
          })
        }),
    ),
  )
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
