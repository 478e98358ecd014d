import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contract, contractSchema } from '../../chaos/core/contract.ts'
import type { ReplayScope } from '../../chaos/core/replay-scope.ts'
import type { ReaderEvent } from '../../chaos/record/journal-events.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { type LocalDriver, localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { KafkaSession } from '../../chaos/replay/kafka-session.ts'
import { startReplay } from '../../chaos/replay/replay.ts'
import { startTail } from '../../chaos/replay/tail.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { makeTopics } from './make-topics.ts'
import { fleetContract } from './test-contract.ts'
import { startTestLab, type TestLab } from './test-lab.ts'

const TOPIC = 'history'
const RECORDS = 3000
const RECORD_BYTES = 1000
/** Of each partition, one led by each broker. */
const EACH = RECORDS / 3
const KILOBYTES_PER_SECOND = 60

const promise = { ...fleetContract.topics['telemetry'], replayWindow: '1h', retention: '1h' }
const contract: Contract = contractSchema.parse({
  contract: 'slow',
  topics: { [TOPIC]: { ...promise, partitions: 3 } },
})
const WINDOWS = 'windows'
const windows: Contract = contractSchema.parse({
  contract: 'windows',
  topics: { [WINDOWS]: { ...promise, partitions: 1 } },
})
const TRANSACTIONS = 'transactions'
const transactional: Contract = contractSchema.parse({
  contract: 'transactions',
  topics: { [TRANSACTIONS]: { ...promise, partitions: 1 } },
})

describe('readers of a real lab', function () {
  this.timeout(240_000)
  let test: TestLab
  let driver: LocalDriver
  let session: KafkaSession
  let folder: string
  let names = 0

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-readers-'))
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
    const one = [{ partition: 0, replicas: [1, 2, 3] }]
    await makeTopics(admin, [
      { topic: TOPIC, replicaAssignment },
      { topic: TRANSACTIONS, replicaAssignment: one },
      { topic: WINDOWS, replicaAssignment: one },
    ])
    await admin.disconnect()
    await write(RECORDS, RECORD_BYTES)
  })
  after(async () => {
    session?.destroy()
    driver?.[Symbol.dispose]()
    await test?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function write(records: number, bytes: number): Promise<void> {
    const producer = session.kafka.producer()
    await producer.connect()
    for (let sent = 0; sent < records; sent += 300) {
      const messages = Array.from({ length: Math.min(300, records - sent) }, (_, i) => ({
        partition: i % 3,
        value: randomBytes(bytes).toString('latin1').slice(0, bytes),
      }))
      await producer.send({ topic: TOPIC, messages })
    }
    await producer.disconnect()
  }

  const options = (zone: string, events: ReaderEvent[]) => ({
    ...test.lab.layout,
    zone,
    contract,
    clock: systemClock,
    historyDir: join(folder, String(names++)),
    groupId: `slow-${names}`,
    onTrouble: (message: string) => void process.stderr.write(`    ${message}\n`),
    onEvent: (event: ReaderEvent) => void events.push(event),
  })

  /** Asks again where kafkajs finds its connection gone: deleting twice is deleting once. */
  async function deleteTo(topic: string, offset: number): Promise<void> {
    let said = ''
    const once = async () => {
      const admin = session.kafka.admin()
      try {
        await admin.connect()
        // kafkajs looks for the leaders in what it has heard of the topic.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
        return true
      } catch (error) {
        said = String(error)
        return false
      } finally {
        await admin.disconnect()
      }
    }
    const wait = { clock: systemClock, deadlineMs: 60_000, everyMs: 100, lastSeen: () => said }
    await waitFor(`${topic} to lose its first ${offset} offsets`, once, wait)
  }

  /** Up to where a client that reads what is committed gets records of partition 0. */
  async function stableEnd(topic: string): Promise<number> {
    const admin = session.kafka.admin()
    await admin.connect()
    const [partition] = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    return Number(partition?.high)
  }

  /** From az-c to every broker, for as long as `act` takes. */
  async function overNarrowLinks<T>(act: () => Promise<T>): Promise<T> {
    const links = ([1, 2, 3] as const).map(to => ({ from: 'az-c', to, listener: 'client' as const }))
    await driver.links?.narrow(links, 'test', { bytesPerSecond: KILOBYTES_PER_SECOND * 1000 })
    try {
      return await act()
    } finally {
      await driver.links?.clear(links, 'test')
    }
  }

  it('take markers and aborted records of transactions for what they are, and deleted records for missing', async () => {
    const producer = session.kafka.producer({
      transactionalId: 'test',
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    for (const [records, ending] of [
      [100, 'commit'],
      [50, 'abort'],
      [100, 'commit'],
      [50, 'abort'],
    ] as const) {
      const transaction = await producer.transaction()
      const messages = Array.from({ length: records }, () => ({ value: 'x' }))
      await transaction.send({ topic: TRANSACTIONS, messages })
      await transaction[ending]()
    }
    await producer.disconnect()
    // The answer to an abort comes before its marker is written: until then the last records can still be read by nobody.
    await waitFor('the last marker', async () => (await stableEnd(TRANSACTIONS)) === 304, {
      clock: systemClock,
      deadlineMs: 30_000,
    })
    const whole = await startReplay({ ...options('az-a', []), contract: transactional }).result
    const [all] = whole.partitions
    assert.deepEqual([whole.isComplete, all?.endOffset, all?.records, all?.markers], [true, 304, 200, 104])
    assert.deepEqual([all?.holes, all?.unread], [0, []])

    // The control: what is gone before a reader begins is not its own doing, and its margin says so.
    await deleteTo(TRANSACTIONS, 50)
    const rest = await startReplay({ ...options('az-a', []), contract: transactional }).result
    const [left] = rest.partitions
    assert.deepEqual([left?.oldestOffset, left?.records, left?.markers, left?.margin], [50, 150, 104, -50])
  })

  it('read everything, slowly, and none is replaced', async () => {
    const events: ReaderEvent[] = []
    const result = await overNarrowLinks(() => startReplay(options('az-c', events)).result)
    assert.deepEqual(events, [])
    assert.deepEqual([result.isComplete, result.reason, result.records], [true, null, RECORDS])
    for (const { margin, unread, holes, markers } of result.partitions)
      assert.deepEqual([margin, unread, holes, markers], [0, [], 0, 0])
  })

  it('know what was deleted before they came to it, to the record', async () => {
    const events: ReaderEvent[] = []
    const gone = 800
    const result = await overNarrowLinks(async () => {
      const replay = startReplay(options('az-c', events))
      await waitFor('the replay to have begun', () => (replay.sample()?.records ?? 0) > 0, {
        clock: systemClock,
        deadlineMs: 60_000,
        everyMs: 20,
      })
      await deleteTo(TOPIC, gone)
      return replay.result
    })
    const [first, ...others] = result.partitions
    assert.ok(first)
    const told = events.map(
      event => event.kind === 'reader.unread' && [event.partition, event.from, event.to],
    )
    assert.deepEqual(
      told,
      first.unread.map(({ from, to }) => [0, from, to]),
    )
    const missed = first.unread.reduce((sum, { from, to }) => sum + to - from, 0)
    assert.ok(missed > 0, 'the reader was faster than the deletion')
    assert.deepEqual([first.records + missed, first.unread.at(-1)?.to], [EACH, gone])
    assert.deepEqual([first.isComplete, first.margin, first.logStart], [false, -missed, gone])
    for (const { isComplete, records, unread } of others)
      assert.deepEqual([isComplete, records, unread], [true, EACH, []])
    assert.equal(result.isComplete, false)
    assert.match(result.reason ?? '', new RegExp(`${missed} offsets were gone .*${TOPIC}/0`))
  })

  describe('of one window, two at once', () => {
    const scope: ReplayScope = { topics: [WINDOWS], from: { offset: 100 }, to: { offset: 400 } }
    const two = (events: readonly ReaderEvent[][]) =>
      events.map(told => startReplay({ ...options('az-c', told), contract: windows, scope }))

    before(async () => {
      const producer = session.kafka.producer()
      await producer.connect()
      const messages = Array.from({ length: 600 }, () => ({
        value: randomBytes(RECORD_BYTES / 2).toString('hex'),
      }))
      for (let sent = 0; sent < 600; sent += 50)
        await producer.send({ topic: WINDOWS, messages: messages.slice(sent, sent + 50) })
      await producer.disconnect()
    })

    it('read the same, and all of it, each for itself', async () => {
      const events: ReaderEvent[][] = [[], []]
      const results = await overNarrowLinks(() => Promise.all(two(events).map(({ result }) => result)))
      const rows = results.flatMap(({ partitions }) => partitions)
      assert.deepEqual(
        rows.map(({ oldestAvailable, oldestOffset, endOffset, records, margin }) => [
          oldestAvailable,
          oldestOffset,
          endOffset,
          records,
          margin,
        ]),
        [
          [0, 100, 400, 300, 100],
          [0, 100, 400, 300, 100],
        ],
      )
      assert.equal(new Set(rows.map(({ sha256 }) => sha256)).size, 1)
      assert.deepEqual(
        results.map(({ isComplete, reason }) => [isComplete, reason]),
        [
          [true, null],
          [true, null],
        ],
      )
      assert.deepEqual(events, [[], []])
    })

    it('are both overtaken when it is deleted under their hands, and say which range it was', async () => {
      const events: ReaderEvent[][] = [[], []]
      const gone = 350
      const results = await overNarrowLinks(async () => {
        const both = two(events)
        await waitFor('both to have begun', () => both.every(one => (one.sample()?.records ?? 0) > 0), {
          clock: systemClock,
          deadlineMs: 60_000,
          everyMs: 20,
        })
        await deleteTo(WINDOWS, gone)
        return Promise.all(both.map(({ result }) => result))
      })
      for (const [index, { isComplete, reason, partitions }] of results.entries()) {
        const [row] = partitions
        const range = row?.unread.at(-1)
        assert.ok(row && range, 'the reader was faster than the deletion')
        assert.equal(range.to, gone)
        assert.equal(row.records + row.unread.reduce((sum, { from, to }) => sum + to - from, 0), 300)
        assert.equal(isComplete, false)
        assert.ok(reason?.includes(`${WINDOWS}/0 from ${range.from} to ${gone - 1}`), reason ?? 'no reason')
        assert.ok(events[index]?.some(event => event.kind === 'reader.unread' && event.to === gone))
      }
    })

    it('say what was gone before they began, and that it is missing', async () => {
      const { isComplete, reason, partitions } = await startReplay({
        ...options('az-a', []),
        contract: windows,
        scope,
      }).result
      const [row] = partitions
      assert.deepEqual(
        [row?.gone, row?.oldestOffset, row?.records, row?.margin],
        [{ from: 100, to: 350 }, 350, 50, -250],
      )
      assert.deepEqual([isComplete, row?.isComplete, row?.unread], [false, false, []])
      assert.match(reason ?? '', /250 offsets were gone before they were read: windows\/0 from 100 to 349$/)
    })
  })

  it('are replaced when a broker hangs, with what was shown of it, and go on', async () => {
    const events: ReaderEvent[] = []
    await using tail = await startTail(options('az-a', events))
    await driver.processes?.pause(2)
    const soon = { clock: systemClock, deadlineMs: 60_000, everyMs: 100 }
    try {
      await waitFor('the tail to be replaced', () => events.length > 0, soon)
    } finally {
      await driver.processes?.resume(2)
    }
    const [replaced] = events
    assert.ok(replaced?.kind === 'reader.replaced')
    assert.deepEqual([replaced.reader, replaced.cause], ['tail', 'broker-dead'])
    assert.match(replaced.why, /kafka-az-b\.lab owed an answer .* got no answer to ApiVersions/)
    await waitFor('the new one to have partitions', () => events.at(-1)?.kind === 'reader.resumed', soon)
    const before = tail.sample().records
    await write(30, 10)
    await waitFor('the tail to read on', () => tail.sample().records >= before + 30, soon)
  })
})
