import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contract, contractSchema } from '../../chaos/core/contract.ts'
import type { Topology } from '../../chaos/core/topology.ts'
import { alterQuotaRequest, readAlteredQuota } from '../../chaos/kafka/client-quotas.ts'
import { ProbeConnection } from '../../chaos/kafka/probe-connection.ts'
import type { ToolSample } from '../../chaos/record/tool-samples.ts'
import { LogReader } from '../../chaos/replay/log/log-reader.ts'
import type { RecordTasks } from '../../chaos/replay/log/record-tasks.ts'
import { Reading } from '../../chaos/replay/reading.ts'
import { replayLimitOf } from '../../chaos/score/tool-load.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { makeTopics } from './make-topics.ts'
import { fleetContract } from './test-contract.ts'
import { startTieredBroker, type TieredBroker } from './tiered-broker.ts'

const TOPIC = 'history'
const RECORDS = 12_000
const promise = { ...fleetContract.topics['telemetry'], replayWindow: '1h', retention: '1h', partitions: 3 }
const contract: Contract = contractSchema.parse({ contract: 'limits', topics: { [TOPIC]: promise } })
const HOST = '127.87.0.1'
const PORT = 9092
const topology: Topology = { zones: ['az-a'], nodes: [{ id: 1, zone: 'az-a', host: HOST }], links: [] }
const place = { topology, zone: 'az-a', dial: () => ({ host: HOST, port: PORT }) }
const QUOTA = 1_000_000

describe('who limits a replay', function () {
  this.timeout(240_000)
  let broker: TieredBroker
  let folder: string
  let names = 0

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-limits-'))
    const brokerDir = join(folder, 'broker')
    mkdirSync(brokerDir)
    broker = await startTieredBroker(HOST, brokerDir)
    const admin = broker.kafka.admin()
    await admin.connect()
    const replicaAssignment = [0, 1, 2].map(partition => ({ partition, replicas: [1] }))
    await makeTopics(admin, [{ topic: TOPIC, replicaAssignment }])
    await admin.disconnect()
    // A send that was tried again stands in the log once.
    const producer = broker.kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    for (let sent = 0; sent < RECORDS; sent += 1000) {
      const messages = Array.from({ length: 1000 }, (_, i) => ({
        partition: i % 3,
        value: `{"id":"d${i}/1/${sent}","pad":"${'x'.repeat(970)}"}`,
      }))
      await producer.send({ topic: TOPIC, messages, acks: -1 })
    }
    await producer.disconnect()
  })
  after(async () => {
    await broker?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function limitWith(tasks: RecordTasks) {
    const rows: (ToolSample & { line: number })[] = []
    const name = String(names++)
    const options = {
      ...place,
      contract,
      clock: systemClock,
      historyDir: join(folder, name),
      groupId: `limits-${name}`,
      onTrouble: (message: string) => void process.stderr.write(`    ${message}\n`),
    }
    const onToolSample = (sample: ToolSample) => void rows.push({ ...sample, line: rows.length + 1 })
    await using reading = await Reading.open(options, {
      process: 'recovery',
      role: 'recovery',
      bounds: ({ low, high }) => ({ start: low, end: high }),
      reader: parts => new LogReader({ ...parts, tasks, onToolSample }),
    })
    const fromMs = systemClock.now()
    reading.reader.start()
    await reading.reader.finished
    await reading.reader.done()
    const records = [...reading.positions.values()].reduce((sum, position) => sum + position.records, 0)
    assert.equal(records, RECORDS)
    return replayLimitOf({ rows }, 'recovery', { fromMs, toMs: systemClock.now() })
  }

  /** On a machine where it was hardly let run, nobody can be named: then that is what is said. */
  const isStarved = ({ waited }: { readonly waited: number | null }) => (waited ?? 0) >= 0.5

  async function setQuota(bytesPerSecond: number | null): Promise<void> {
    const connection = new ProbeConnection({ host: HOST, port: PORT })
    try {
      const request = alterQuotaRequest({ kind: 'user', name: 'ANONYMOUS' }, 'read', bytesPerSecond, 1)
      assert.equal(readAlteredQuota(await connection.request(request, 5000, systemClock)), null)
    } finally {
      connection.close()
    }
  }

  it('is the platform, where brokers hold it back by a quota', async () => {
    await setQuota(QUOTA)
    try {
      const limit = await limitWith({ digests: 'all' })
      process.stderr.write(`    ${limit.why}\n`)
      assert.ok((limit.throttledMs ?? 0) > 1000, `${limit.throttledMs} ms`)
      assert.ok((limit.computed ?? 1) < 0.6, `${limit.computed}`)
      assert.equal(limit.by, isStarved(limit) ? 'machine' : 'platform')
    } finally {
      await setQuota(null)
    }
  })

  it('is the reader, where it has far more to do with each record than brokers have', async () => {
    const digests = [0, 1, 2].flatMap(partition =>
      Array.from({ length: 400 }, (_, i) => ({
        id: String(i),
        key: `${TOPIC}/${partition}`,
        from: 0,
        to: RECORDS,
      })),
    )
    const limit = await limitWith({ digests })
    process.stderr.write(`    ${limit.why}\n`)
    assert.equal(limit.throttledMs, 0)
    assert.ok((limit.computed ?? 0) > 0.85, `${limit.computed}`)
    assert.equal(limit.by, isStarved(limit) ? 'machine' : 'reader')
  })
})
