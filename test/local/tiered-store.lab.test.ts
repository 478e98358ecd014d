import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import {
  ensureTieredStore,
  isTieredStoreCached,
  runJdkTool,
  type TieredStore,
  tieredStoreSources,
} from '../../chaos/drivers/local/setup/tiered-store.ts'
import { runTool } from '../../chaos/drivers/local/setup/tool.ts'
import { parseTransfers, type Transfer } from './tier-transfers.ts'
import { tieredStoreTier } from '../../chaos/platforms/kafka-tiered/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { testSoftware } from './test-lab.ts'
import { startTieredBroker, type TieredBroker } from './tiered-broker.ts'
import { type PlainStore, startPlainStore } from './versitygw.ts'

const BROKER_HOST = '127.86.1.1'
const STORE_HOST = '127.86.1.9'
/** Of the links that are made bad, in Java. */
const LINK_HOST = '127.86.1.8'
const BUCKET = 'segments'

const compiledStore = () =>
  ensureTieredStore({
    clock: systemClock,
    progress: line => void process.stderr.write(`    ${line}\n`),
  })

/** What the checks in Java are called; each prints whether it is so. */
const SENTENCES = [
  'gives back every byte of a segment, from any position',
  'ends where it is asked to, and with the segment',
  'refuses positions outside the segment',
  'gives back every index as it was copied',
  'says that a segment or a part of it is not there',
  'writes a copy that is repeated over what the first one left',
  'deletes every object of a segment and no other, and again',
  'copies from and to a topic with the longest of names',
  'fails at once, and not as if nothing were there, with a wrong secret',
  'fails at once, and not as if nothing were there, without the bucket',
  'fetches a chunk once for many readers, and logs it once',
  'fetches again what its cache had no room for',
  'closes a stream without reading on',
  'stalls while the store is silent, and goes on when it answers',
  'stalls while the store is too busy, and goes on when it is not',
  'stalls while the store refuses connections, and goes on when it takes them',
  'notices an upload that stands still half way',
  'tells the broker to try again when the store stays away',
  'lets a reader go when its patience ends, and loads on for the next',
  'lets an interrupted reader go, and loads on for others',
  'ends a copy that is interrupted',
]

describe('the reference store for tiered storage', function () {
  this.timeout(240_000)
  let folder: string
  let compilerSaid: string
  let said: string

  before(async () => {
    const { libsDir } = await compiledStore()
    const { java, classPath } = (await testSoftware()).kafka
    folder = mkdtempSync(join(tmpdir(), 'aftershock-tiered-store-'))
    // Less than mocha waits: what hangs is ended, and not left behind.
    const options = { cwd: folder, env: process.env, signal: AbortSignal.timeout(200_000) }
    const sdk = `${libsDir}/*`
    const sources = [...tieredStoreSources('main'), ...tieredStoreSources('test')]
    const libraries = [classPath, sdk].join(delimiter)
    const lint = ['-Xlint:all', '--release', '17']
    const classes = join(folder, 'classes')
    compilerSaid = await runJdkTool('javac', [...lint, '-cp', libraries, '-d', classes, ...sources], options)
    await using store = await startPlainStore(STORE_HOST, folder, [])
    const { accessKeyId, secretAccessKey } = store.credentials
    const program = ['-cp', [classes, libraries].join(delimiter), 'aftershock.tieredstore.TieredStoreCheck']
    const files = join(folder, 'files')
    mkdirSync(files)
    const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    said = await runTool(
      java,
      [...jvm, ...program, store.endpoint, accessKeyId, secretAccessKey, LINK_HOST, files],
      options,
    )
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('compiles without a warning', () => assert.equal(compilerSaid, ''))

  for (const sentence of SENTENCES)
    it(sentence, () => assert.ok(said.split('\n').includes(`ok ${sentence}`), said))

  it('has no check that is not named here', () => {
    const checked = said.split('\n').filter(line => /^(not )?ok /.test(line))
    assert.deepEqual(
      checked.map(line => line.replace(/^(not )?ok /, '')),
      SENTENCES,
    )
  })

  it('is found in the cache once it is compiled', async () => {
    assert.equal(await isTieredStoreCached(process.env), true)
    assert.equal(await isTieredStoreCached({ XDG_CACHE_HOME: folder }), false)
  })

  it('asks for a JDK where there is only a JRE', async () => {
    await assert.rejects(
      runJdkTool('javac', [], { env: { JAVA_HOME: folder } }),
      (error: unknown) =>
        error instanceof AftershockError &&
        error.message.includes('a JDK is needed') &&
        (error.hint ?? '').includes('JAVA_HOME'),
    )
  })
})

/** The smallest that Kafka 4 takes. */
const SEGMENT_BYTES = 1024 * 1024
const LOCAL_RETENTION_BYTES = 1024 * 1024
const CHUNK_BYTES = 256 * 1024
const RECORDS = 6000
const TOPIC = 'telemetry'
const valueOf = (offset: number) => `record ${offset} `.padEnd(1000, `${offset % 7}`)

describe('a broker with the reference store', function () {
  this.timeout(240_000)
  let folder: string
  let plugin: TieredStore
  let store: PlainStore
  let broker: TieredBroker
  let localStart: number
  const transfers = () => {
    const path = join(folder, 'broker', 'transfers.jsonl')
    return existsSync(path) ? parseTransfers(readFileSync(path, 'utf8')) : []
  }
  const fetches = () => transfers().filter(transfer => transfer.what === 'fetch')

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-tiered-broker-'))
    for (const name of ['store', 'broker']) mkdirSync(join(folder, name))
    plugin = await compiledStore()
    store = await startPlainStore(STORE_HOST, join(folder, 'store'), [BUCKET])
    const tier = tieredStoreTier({
      plugin,
      endpoint: store.endpoint,
      region: store.region,
      bucket: BUCKET,
      credentials: store.credentials,
      fetchLog: join(folder, 'broker', 'transfers.jsonl'),
      chunkBytes: CHUNK_BYTES,
      cacheBytes: 2 * CHUNK_BYTES,
      pace: 'fast',
    })
    broker = await startTieredBroker(BROKER_HOST, join(folder, 'broker'), tier)
    await produceAll()
    localStart = await untilSegmentsAreGone()
  })

  after(async () => {
    await broker?.[Symbol.asyncDispose]()
    await store?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function produceAll(): Promise<void> {
    const admin = broker.kafka.admin()
    const producer = broker.kafka.producer()
    const config = {
      'remote.storage.enable': 'true',
      'segment.bytes': SEGMENT_BYTES,
      'local.retention.bytes': LOCAL_RETENTION_BYTES,
    }
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: String(value) }))
    try {
      await Promise.all([admin.connect(), producer.connect()])
      const topics = [{ topic: TOPIC, numPartitions: 1, configEntries }]
      await admin.createTopics({ topics, waitForLeaders: false })
      const isKnown = () =>
        admin.fetchTopicMetadata({ topics: [TOPIC] }).then(
          metadata => metadata.topics[0]?.partitions[0]?.leader === 1,
          () => false,
        )
      await waitFor('the topic to have a leader', isKnown, { clock: systemClock, deadlineMs: 30_000 })
      for (let first = 0; first < RECORDS; first += 100) {
        const messages = Array.from({ length: 100 }, (_, i) => ({ value: valueOf(first + i) }))
        await producer.send({ topic: TOPIC, acks: -1, messages })
      }
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    }
  }

  /** Until local retention has nothing more to take; resolves to the first offset that is still on the disk. */
  function untilSegmentsAreGone(): Promise<number> {
    const gone = () => {
      const [first, ...rest] = broker.localSegments(TOPIC)
      const restBytes = rest.reduce((sum, segment) => sum + segment.sizeBytes, 0)
      return first && first.baseOffset > 0 && restBytes < LOCAL_RETENTION_BYTES ? first.baseOffset : undefined
    }
    return waitFor('closed segments to leave the disk', gone, {
      clock: systemClock,
      deadlineMs: 60_000,
      lastSeen: () => `${JSON.stringify(broker.localSegments(TOPIC))}\n${broker.log().slice(-3000)}`,
    })
  }

  /** Reads on to the end from an offset, and checks every record. A consumer that crashes ends it. */
  async function readFrom(offset: number, onEmptyFetch: () => void = () => {}): Promise<void> {
    const consumer = broker.kafka.consumer({
      groupId: `from-${offset}-${transfers().length}`,
      maxWaitTimeInMs: 500,
    })
    let next = offset
    let crash: Error | undefined
    consumer.on('consumer.crash', ({ payload }) => {
      crash = payload.error
    })
    consumer.on('consumer.fetch', ({ payload }) => {
      if (payload.numberOfBatches === 0) onEmptyFetch()
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
      await consumer.run({
        eachMessage: async ({ message }) => {
          if (Number(message.offset) < offset) return
          assert.equal(Number(message.offset), next)
          assert.equal(String(message.value), valueOf(next))
          next++
        },
      })
      consumer.seek({ topic: TOPIC, partition: 0, offset: String(offset) })
      const isRead = () => {
        if (crash) throw crash
        return next === RECORDS
      }
      await waitFor(`records from ${offset} on`, isRead, {
        clock: systemClock,
        deadlineMs: 60_000,
        lastSeen: () => `record ${next}\n${broker.log().slice(-3000)}`,
      })
    } finally {
      await consumer.disconnect()
    }
  }

  it('copies closed segments and keeps a short tail on its disk', () => {
    const copied = transfers().filter(transfer => transfer.what === 'copy')
    let expected = 0
    for (const { baseOffset, endOffset } of copied) {
      assert.equal(baseOffset, expected)
      expected = endOffset + 1
    }
    assert.ok(expected >= localStart && localStart > 0, `${expected} copied, ${localStart} is local`)
  })

  it('reads what is still on its disk without asking the store', async () => {
    await readFrom(localStart)
    assert.deepEqual(fetches(), [])
  })

  it('gives every record from the oldest on, and the log names exactly the cold ones', async () => {
    await readFrom(0)
    const cold = transfers().filter(({ what, baseOffset }) => what === 'copy' && baseOffset < localStart)
    const fetchedFrom = new Set(fetches().map(({ baseOffset }) => baseOffset))
    assert.deepEqual([...fetchedFrom].sort(byNumber), cold.map(({ baseOffset }) => baseOffset).sort(byNumber))
    for (const segment of cold) assert.equal(coveredBytes(segment, fetches()), segment.bytes)
  })

  it('stalls without an error while the store is away, and reads on when it is back', async () => {
    await store.kill()
    let emptyFetches = 0
    const read = readFrom(0, () => emptyFetches++)
    const stalled = () => emptyFetches >= 3
    await waitFor('a consumer to be left without records', stalled, {
      clock: systemClock,
      deadlineMs: 60_000,
    })
    await store.start()
    await read
  })
})

const byNumber = (a: number, b: number) => a - b

/** How many bytes of a segment were fetched, each counted once. */
function coveredBytes(segment: Transfer, fetched: readonly Transfer[]): number {
  const chunks = new Map<number, number>()
  for (const { baseOffset, position, bytes } of fetched)
    if (baseOffset === segment.baseOffset) chunks.set(position, bytes)
  return [...chunks.values()].reduce((sum, bytes) => sum + bytes, 0)
}
