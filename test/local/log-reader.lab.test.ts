import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { CompressionTypes } from 'kafkajs'
import { type Contract, contractSchema } from '../../chaos/core/contract.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { labOperator } from '../../chaos/drivers/local/lab/lab-access.ts'
import { type LocalDriver, localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { BrokerLane } from '../../chaos/fleet/broker-lane.ts'
import { partOutcomes } from '../../chaos/fleet/send-outcome.ts'
import { openBrokerSocket } from '../../chaos/kafka/broker-login.ts'
import { seedsOf } from '../../chaos/kafka/broker-seeds.ts'
import { historyLine } from '../../chaos/record/history.ts'
import type { ReaderEvent } from '../../chaos/record/journal-events.ts'
import { KafkaSession } from '../../chaos/replay/kafka-session.ts'
import type { PartOptions } from '../../chaos/replay/log/fetch-part.ts'
import { type PreparedFetchThread, prepareFetchThread } from '../../chaos/replay/log/fetch-thread.ts'
import { type ReplayOptions, startReplay } from '../../chaos/replay/replay.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { groupReplay } from './group-replay.ts'
import { runKafkaTool } from './kafka-tool.ts'
import { makeTopics } from './make-topics.ts'
import { fleetContract } from './test-contract.ts'
import { startTestLab, type TestLab } from './test-lab.ts'

const promise = { ...fleetContract.topics['telemetry'], replayWindow: '1h', retention: '1h', partitions: 3 }
const contractOf = (...topics: readonly string[]): Contract =>
  contractSchema.parse({
    contract: 'read-twice',
    topics: Object.fromEntries(topics.map(topic => [topic, promise])),
  })
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const soon = { clock: systemClock, deadlineMs: 60_000, everyMs: 20 }

describe('a log read by its bytes', function () {
  this.timeout(240_000)
  let test: TestLab
  let driver: LocalDriver
  let session: KafkaSession
  let folder: string
  let names = 0
  const threads: PreparedFetchThread[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-log-reader-'))
    test = await startTestLab()
    driver = localDriver(test.lab)
    const { topology, dial } = test.lab.layout
    session = new KafkaSession({ zone: 'az-a', topology, dial }, 'writer', 0, 5)
    const admin = session.kafka.admin()
    await admin.connect()
    const replicaAssignment = [1, 2, 3].map((leader, partition) => ({
      partition,
      replicas: [leader, (leader % 3) + 1, ((leader + 1) % 3) + 1],
    }))
    const topics = ['mixed', ...CODECS.flatMap(codec => [`of-${codec}`, `by-${codec}`])]
    await makeTopics(
      admin,
      topics.map(topic => ({ topic, replicaAssignment })),
    )
    await admin.disconnect()
  })
  after(async () => {
    await Promise.all(threads.map(thread => thread.close()))
    session?.destroy()
    driver?.[Symbol.dispose]()
    await test?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const options = (contract: Contract, events: ReaderEvent[] = []) => ({
    ...test.lab.layout,
    zone: 'az-c',
    contract,
    clock: systemClock,
    historyDir: join(folder, String(names++)),
    groupId: `log-${names}`,
    onTrouble: (message: string) => void process.stderr.write(`    ${message}\n`),
    onEvent: (event: ReaderEvent) => void events.push(event),
  })

  async function byTheLog(given: ReplayOptions) {
    const result = await startReplay(given).result
    assert.equal(result.reason, null)
    return result.partitions.map(row => ({
      key: `${row.topic}/${row.partition}`,
      start: row.oldestOffset,
      end: row.endOffset,
      records: row.records,
      bytes: row.bytes,
      markers: row.markers,
      holes: row.holes,
      firstTimestamp: row.timestampOfOldest,
      sha256: row.sha256,
    }))
  }

  /** By partition: every offset with its id, in the order in which the history has them. */
  function historyIn(historyDir: string): Record<string, [number, string][]> {
    const given: Record<string, [number, string][]> = {}
    for (const text of readFileSync(join(historyDir, 'recovery.jsonl'), 'utf8').trim().split('\n')) {
      const line = historyLine.parse(JSON.parse(text))
      if (line.kind !== 'poll') continue
      for (const [topic, partition, offset, ids] of line.runs)
        (given[`${topic}/${partition}`] ??= []).push(
          ...ids.map((id, i): [number, string] => [offset + i, id]),
        )
    }
    return given
  }

  /** Records of the fleet and others, with and without keys, values and headers; compressed; of transactions. */
  async function writeMixed(): Promise<void> {
    const producer = session.kafka.producer()
    await producer.connect()
    for (let round = 0; round < 8; round++) {
      const messages = Array.from({ length: 150 }, (_, i) => ({
        partition: i % 3,
        key: i % 5 === 0 ? null : `d${i}`,
        value:
          i % 7 === 0 ? null : i % 11 === 0 ? `\u00e9 no record ${i}` : `{"id":"d${i}/${round}/${i}","at":1}`,
        ...(i % 4 === 0 && { headers: { sent: String(1_700_000_000_000 + i), other: 'x' } }),
      }))
      const compression = round % 2 === 0 ? CompressionTypes.GZIP : CompressionTypes.None
      await producer.send({ topic: 'mixed', messages, compression })
    }
    await producer.disconnect()
    const writer = session.kafka.producer({ transactionalId: 'w', maxInFlightRequests: 1, idempotent: true })
    await writer.connect()
    for (const ending of ['commit', 'abort', 'commit', 'abort'] as const) {
      const transaction = await writer.transaction()
      const messages = Array.from({ length: 60 }, (_, i) => ({
        partition: i % 3,
        value: `{"id":"d1/9/${i}"}`,
      }))
      await transaction.send({ topic: 'mixed', messages })
      await transaction[ending]()
    }
    await writer.disconnect()
  }

  it('gives the history, the counts and the digests that a consumer of a group is given, in one thread and in two', async () => {
    await writeMixed()
    const contract = contractOf('mixed')
    const asGroup = options(contract)
    // Markers come after the answer to the last transaction's end: what both read must not grow between them.
    // Clients get a record only when every transaction before it has ended: then its marker is there. On a busy machine
    // the writer may have sent some records twice, so that nobody knows the offsets beforehand.
    const last = await writeLast()
    let seen: number[] = []
    const areThere = async () => {
      seen = await ends('mixed')
      return seen.every((end, partition) => end > (last.get(partition) ?? Number.POSITIVE_INFINITY))
    }
    await waitFor('the last markers', areThere, { ...soon, lastSeen: () => seen.join(', ') })
    const expected = (await groupReplay(asGroup)).map(({ next, lastTimestamp, ...row }) => {
      assert.equal(next, row.end)
      assert.ok(lastTimestamp)
      return row
    })
    for (const count of [0, 2]) {
      const own = Array.from({ length: count }, () => prepareFetchThread())
      threads.push(...own)
      const given = {
        ...options(contract),
        threads: own.map(thread => (part: PartOptions) => thread.take(part)),
      }
      assert.deepEqual(await byTheLog(given), expected)
      assert.deepEqual(historyIn(given.historyDir), historyIn(asGroup.historyDir))
    }
    assert.ok(expected.every(({ markers }) => markers >= 44))
  })

  /** One more record in each partition: the offset of each. */
  async function writeLast(): Promise<Map<number, number>> {
    const producer = session.kafka.producer()
    await producer.connect()
    const messages = [0, 1, 2].map(partition => ({ partition, value: 'the last' }))
    const answers = await producer.send({ topic: 'mixed', messages })
    await producer.disconnect()
    return new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
  }

  async function ends(topic: string): Promise<number[]> {
    const admin = session.kafka.admin()
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    return offsets.map(({ high }) => Number(high))
  }

  it('is the same however Kafka’s own producer has compressed it', async () => {
    const payloads = join(folder, 'payloads')
    const lines = Array.from({ length: 50 }, (_, i) => `{"id":"d${i}/1/${i}","pad":"${'x'.repeat(i * 3)}"}`)
    writeFileSync(payloads, lines.join('\n'))
    const { host } = test.lab.layout.directAddress(1)
    for (const codec of CODECS)
      await runKafkaTool(
        test.lab,
        'ProducerPerformance',
        ['--topic', `of-${codec}`, '--num-records', '3000', '--throughput', '-1', '--payload-file', payloads]
          .concat('--producer-props', `bootstrap.servers=${host}:9092`, 'acks=all', 'linger.ms=50')
          .concat(`compression.type=${codec}`),
        { clock: systemClock, deadlineMs: 60_000 },
      )
    for (const codec of CODECS) {
      const given = options(contractOf(`of-${codec}`))
      const rows = await byTheLog(given)
      assert.equal(
        rows.reduce((sum, { records }) => sum + records, 0),
        3000,
        codec,
      )
      const ids = Object.values(historyIn(given.historyDir)).flatMap(records => records.map(([, id]) => id))
      assert.deepEqual(new Set(ids), new Set(lines.map(line => line.split('"')[3])))
    }
  })

  // Node.js compresses with zstd since 22.15.
  for (const codec of CODECS.filter(name => name !== 'zstd' || 'zstdCompress' in zlib))
    it(`is the same when gateways compress it by ${codec}: brokers take it, and both readers read it`, async () => {
      const { topology, dial } = test.lab.layout
      const ids = Array.from({ length: 900 }, (_, i) => `d${i}/1/1`)
      const lanes = [0, 1, 2].map(partition => ({
        partition,
        lane: new BrokerLane({
          clientId: 'az-a-gateway',
          seeds: seedsOf(topology.nodes, 'az-a', dial),
          openSocket: ({ host, port }) => openBrokerSocket(dial('az-a', host, 'client', port), host, null),
          login: null,
          now: () => systemClock.now(),
          compression: codec,
        }),
      }))
      for (const { partition, lane } of lanes) {
        const messages = ids
          .filter((_, i) => i % 3 === partition)
          .map(id => ({ key: id, value: `{"id":"${id}","pad":"${'ab'.repeat(200)}"}`, partition }))
        // A new lane may be told of a leader that a broker has not heard of yet: then nothing was written.
        let kinds: string[] = []
        const isSettled = async () => {
          const report = await lane.send([{ topic: `by-${codec}`, partition, messages }])
          kinds = partOutcomes(report).map(({ kind }) => kind)
          return !kinds.includes('failed')
        }
        await waitFor('brokers to take it', isSettled, soon)
        lane.destroy()
        assert.deepEqual(kinds, ['acked'])
      }
      const contract = contractOf(`by-${codec}`)
      const [byLog, asGroup] = [options(contract), options(contract)]
      await byTheLog(byLog)
      await groupReplay(asGroup)
      const given = historyIn(byLog.historyDir)
      assert.deepEqual(historyIn(asGroup.historyDir), given)
      const read = Object.values(given).flatMap(records => records.map(([, id]) => id))
      assert.deepEqual(read.toSorted(), ids.toSorted())
      const kept = await labOperator(test.lab.layout, systemClock).logSizes()
      const sizes = [0, 1, 2].map(partition => kept?.[`by-${codec}/${partition}`] ?? Number.NaN)
      const bytes = sizes.reduce((sum, size) => sum + size)
      // One copy of 900 records of more than 400 bytes.
      assert.ok(codec === 'none' ? bytes > 360_000 : bytes < 100_000, `${codec} keeps ${bytes} bytes`)
    })

  it('goes on with the other brokers while one hangs, and reads the rest from who leads it then', async () => {
    const events: ReaderEvent[] = []
    const links = ([1, 2, 3] as const).map(to => ({ from: 'az-c', to, listener: 'client' as const }))
    await driver.links?.narrow(links, 'test', { bytesPerSecond: 20_000 })
    const replay = startReplay(options(contractOf('of-none'), events))
    await waitFor('it to have begun', () => (replay.sample()?.records ?? 0) > 0, soon)
    await driver.processes?.pause(2)
    try {
      await driver.links?.clear(links, 'test')
      const result = await replay.result
      assert.deepEqual([result.reason, result.records], [null, 3000])
      assert.deepEqual(events, [])
    } finally {
      await driver.processes?.resume(2)
    }
  })
})
