import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FleetSpec, fleetSchema } from '../../chaos/core/drill.ts'
import type { HistoryLine } from '../../chaos/record/history.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { BrokerLane } from '../../chaos/fleet/broker-lane.ts'
import { startFleet } from '../../chaos/fleet/fleet.ts'
import { partOutcomes } from '../../chaos/fleet/send-outcome.ts'
import type { ProducePart } from '../../chaos/fleet/sender.ts'
import { fleetTopics } from '../../chaos/fleet/streams.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { type Decide, refusingLeader, type SeenRequest } from './refusing-leader.ts'

const NOT_ENOUGH_REPLICAS = 19
const NO_LIMIT_MS = 3_600_000
const TOPIC = 'telemetry'

/** One record for each partition; the partition and `n` make its id. */
const parts = (n: number, ...partitions: number[]): ProducePart[] =>
  partitions.map(partition => ({
    topic: TOPIC,
    partition,
    messages: [{ key: 'd1', value: `{"id":"d${partition + 1}/1/${n}"}`, partition }],
  }))

/** What a lane does with a leader over real sockets. */
async function withLane<T>(
  decide: Decide,
  use: (lane: BrokerLane, requests: readonly SeenRequest[], stored: readonly string[]) => Promise<T>,
): Promise<T> {
  await using leader = await refusingLeader({ [TOPIC]: 2 }, NO_LIMIT_MS, decide)
  const lane = new BrokerLane({
    clientId: 'test',
    seeds: [`${leader.address.host}:${leader.address.port}`],
    openSocket: () => connect(leader.address.port, leader.address.host),
    login: null,
    now: () => systemClock.now(),
    acks: 'all',
    idempotent: true,
  })
  try {
    return await use(lane, leader.requests, leader.stored)
  } finally {
    lane.destroy()
  }
}
const kinds = (report: Parameters<typeof partOutcomes>[0]) => partOutcomes(report).map(({ kind }) => kind)
const producers = (requests: readonly SeenRequest[]) => requests.map(({ producerId }) => producerId)
const numbers = (requests: readonly SeenRequest[]) =>
  requests.map(({ batches }) => batches.map(({ firstSequence }) => firstSequence))

describe('an idempotent lane, over real sockets', function () {
  this.timeout(60_000)

  it('sends with one producer id and goes on counting, as long as all is stored', async () => {
    await withLane(
      () => 0,
      async (lane, requests, stored) => {
        for (const n of [1, 2, 3])
          assert.deepEqual(kinds(await lane.send(parts(n, 0, 1))), ['acked', 'acked'])
        assert.deepEqual(producers(requests), [100, 100, 100])
        assert.deepEqual(numbers(requests), [
          [0, 0],
          [1, 1],
          [2, 2],
        ])
        assert.equal(stored.length, 6)
      },
    )
  })

  it('begins with a new producer id when one part of a request is refused, and nothing acknowledged is missing', async () => {
    const refuse: Decide = ({ partition }, request) =>
      request === 1 && partition === 1 ? NOT_ENOUGH_REPLICAS : 0
    await withLane(refuse, async (lane, requests, stored) => {
      await lane.send(parts(1, 0, 1))
      assert.deepEqual(kinds(await lane.send(parts(2, 0, 1))), ['acked', 'failed'])
      // With the same producer, this would be a repeat for the leader: acknowledged, and never stored.
      assert.deepEqual(kinds(await lane.send(parts(3, 0, 1))), ['acked', 'acked'])
      assert.deepEqual(producers(requests), [100, 100, 101])
      assert.deepEqual(numbers(requests).at(-1), [0, 0])
      assert.deepEqual(stored, ['d1/1/1', 'd2/1/1', 'd1/1/2', 'd1/1/3', 'd2/1/3'])
    })
  })

  it('begins with a new producer id after silence; a request is on the wire once, whatever kafkajs would retry', async () => {
    const hangUp: Decide = (_, request) => (request === 0 ? 'silence' : 0)
    await withLane(hangUp, async (lane, requests, stored) => {
      const silent = await lane.send(parts(1, 0))
      assert.deepEqual(kinds(silent), ['unknown'])
      assert.deepEqual(silent.wrote, [true])
      assert.deepEqual(kinds(await lane.send(parts(2, 0))), ['acked'])
      assert.deepEqual(producers(requests), [100, 101])
      assert.deepEqual(stored, ['d1/1/2'])
    })
  })

  it('gives a second producer to what is sent while the first has no answer', async () => {
    let letGo: (code: number) => void = () => {}
    const held = new Promise<number>(resolve => {
      letGo = resolve
    })
    await withLane(
      (_, request) => (request === 0 ? held : 0),
      async (lane, requests) => {
        const first = lane.send(parts(1, 0))
        await waitFor('the first request to arrive', () => requests.length > 0, {
          clock: systemClock,
          deadlineMs: 10_000,
        })
        assert.deepEqual(kinds(await lane.send(parts(1, 1))), ['acked'])
        letGo(0)
        assert.deepEqual(kinds(await first), ['acked'])
        assert.deepEqual(producers(requests), [100, 101])
        assert.deepEqual(
          requests.map(({ beside }) => beside),
          [0, 0],
        )
        await lane.send(parts(2, 0))
        assert.equal(requests.at(-1)?.producerId, 100, 'and goes on with the first')
      },
    )
  })
})

describe('a fleet of idempotent producers whose leader refuses and hangs up now and then', function () {
  this.timeout(60_000)
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-idempotent-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('never has two sends of a producer under way, nor one after a refusal; what was acknowledged is stored', async () => {
    const { drill } = await loadDrill('first')
    const topics = Object.fromEntries(
      fleetTopics(drill.contract).map(({ topic, partitions }) => [topic, partitions]),
    )
    const refuse = async (partition: number, request: number) => {
      await new Promise(resolve => setImmediate(resolve))
      return request % 5 === 3 && partition % 2 === 0 ? NOT_ENOUGH_REPLICAS : 0
    }
    await using leader = await refusingLeader(topics, NO_LIMIT_MS, ({ partition }, request) =>
      request % 11 === 7 ? 'silence' : refuse(partition, request),
    )
    const spec: FleetSpec = fleetSchema.parse({
      devices: 50,
      gatewaysPerZone: 1,
      telemetry: { intervalMs: 200 },
      reconnect: { policy: 'fixed', baseMs: 20, maxMs: 20 },
      idempotent: true,
    })
    {
      await using fleet = await startFleet({
        spec,
        contract: drill.contract,
        topology: { zones: ['az-a'], nodes: [{ id: 1, zone: 'az-a', host: leader.address.host }], links: [] },
        dial: () => leader.address,
        clock: systemClock,
        random: seededRandom(1),
        historyDir: folder,
        leaderOf: () => 1,
        onTrouble: message => assert.fail(message),
      })
      const ended = (how: SeenRequest['ended']) =>
        leader.requests.filter(request => request.ended === how).length
      await waitFor(
        'requests to be stored, refused and left without an answer',
        () => ended('refused') >= 5 && ended('silent') >= 3,
        {
          clock: systemClock,
          deadlineMs: 40_000,
          lastSeen: () => `${leader.requests.length} requests`,
        },
      )
      fleet.stopGenerating()
      await fleet.drain(15_000)
    }
    assert.deepEqual([...leader.acks], [-1])
    assert.ok(
      leader.requests.every(({ producerId }) => producerId >= 100),
      'every batch has a producer id',
    )
    assert.ok(
      leader.requests.every(({ beside }) => beside === 0),
      'one at a time',
    )
    const ofProducer = (id: number) => leader.requests.filter(({ producerId }) => producerId === id)
    for (const producer of new Set(producers(leader.requests))) {
      const ends = ofProducer(producer).map(({ ended }) => ended)
      assert.ok(
        ends.slice(0, -1).every(end => end === 'answered'),
        `producer ${producer} went on: ${ends.join(', ')}`,
      )
    }
    const stored = new Set(leader.stored)
    const acked = ackedIn(folder)
    assert.ok(acked.length > 0)
    assert.deepEqual(
      acked.filter(id => !stored.has(id)),
      [],
    )
  })
})

function ackedIn(folder: string): string[] {
  const lines = readdirSync(folder).flatMap(name =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as HistoryLine),
  )
  const sent = new Map(lines.flatMap(line => (line.kind === 'invoke' ? [[line.op, line.parts]] : [])))
  return lines.flatMap(line => {
    if (line.kind !== 'ok' && line.kind !== 'settled') return []
    const isAcked = (i: number) => line.kind === 'ok' || line.parts[i]?.[0] === 'acked'
    return (sent.get(line.op) ?? []).flatMap(([, , , ids], i) => (isAcked(i) ? ids : []))
  })
}
