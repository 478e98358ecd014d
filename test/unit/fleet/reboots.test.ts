import assert from 'node:assert/strict'
import { fleetSchema } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { type Attachment, DevicePopulation } from '../../../chaos/fleet/device-population.ts'
import { DeviceTable } from '../../../chaos/fleet/device-table.ts'
import { EdgeBuffer } from '../../../chaos/fleet/edge-buffer.ts'
import { Firmware } from '../../../chaos/fleet/firmware.ts'
import { PartitionQueue } from '../../../chaos/fleet/partition-queue.ts'
import { SessionDoor } from '../../../chaos/fleet/session-door.ts'
import { TOPICS_PER_DEVICE } from '../../../chaos/fleet/streams.ts'
import { Tally } from '../../../chaos/fleet/tally.ts'

const TELEMETRY = 0
const ONLY_TELEMETRY = {
  telemetry: { intervalMs: 1000, jitter: 0 },
  stateChangeEveryMs: 1e9,
  commandEveryMs: 1e9,
  operationEveryMs: 1e9,
  integrationEveryMs: 1e9,
}

function fleetOf(devices: number, spec: object, capacity = 1000) {
  const fleet = fleetSchema.parse({
    devices,
    ...ONLY_TELEMETRY,
    reconnect: { policy: 'immediate' },
    ...spec,
  })
  const table = new DeviceTable(devices, 1)
  const lists = devices * TOPICS_PER_DEVICE
  const edge = new EdgeBuffer({ lists, capacity, whenFull: 'drop-oldest' })
  const queued = new Uint8Array(lists)
  const queues = [0, 1, 2, 3].map(topicIndex => [
    new PartitionQueue({
      topic: `t${topicIndex}`,
      topicIndex,
      partition: 0,
      maxRecords: 1e6,
      edge,
      devices: table,
      queued,
    }),
  ])
  const tally = new Tally(['az-a']).zone('az-a')
  const attachment: Attachment = {
    isUp: () => true,
    door: new SessionDoor(undefined),
    tally,
    queues,
    drops: queues.map(() => []),
    repeats: queues.map(() => []),
    faulty: queues.map(() => ({ repeat: [], restart: [], malformed: [] })),
  }
  const random = seededRandom(7)
  const population = new DevicePopulation({
    spec: fleet,
    devices: table,
    edge,
    attachments: [attachment],
    firmware: new Firmware(seededRandom(3)),
    random,
    startMs: 0,
  })
  /** Takes what waits and forgets it, as after an acknowledgement: ids, when each was made, and when it was due. */
  const deliver = (): [id: string, made: number, due: number][] => {
    const queue = queues[TELEMETRY]?.[0] as PartitionQueue
    const load = queue.take()
    const ids = load.records.map((record, i): [string, number, number] => [
      table.recordId(load.devices[i] as number, edge.sequenceOf(record), edge.epochOf(record)),
      edge.madeOf(record),
      edge.dueOf(record),
    ])
    queue.release(load)
    return ids
  }
  return { population, table, edge, tally, attachment, deliver }
}

describe('devices that reboot', () => {
  it('count from 0 in a new epoch and publish their last record again: 1,010 copies of 1,000 records', () => {
    const { population, deliver, attachment } = fleetOf(10, { reboots: { at: '60s', resendLast: 1 } })
    const stored: string[] = []
    const step = (to: number) => {
      population.advance(to)
      stored.push(...deliver().map(([id]) => id))
    }
    for (let t = 100; t <= 100_000; t += 100) step(t)
    assert.equal(stored.length, 1010)
    assert.equal(new Set(stored).size, 1000)
    const twice = stored.filter((id, i) => stored.indexOf(id) !== i)
    assert.deepEqual(
      twice.toSorted(),
      Array.from({ length: 10 }, (_, device) => `d${device}/1/59`).toSorted(),
    )
    assert.deepEqual(attachment.repeats[TELEMETRY]?.toSorted(), twice.toSorted())
    for (const device of [0, 9]) {
      const mine = stored.filter(id => id.startsWith(`d${device}/2/`))
      assert.deepEqual(
        mine,
        Array.from({ length: 40 }, (_, i) => `d${device}/2/${i}`),
      )
    }
  })

  it('publish again what it was, with the time at which it was made, and are late from the reboot on', () => {
    const { population, deliver } = fleetOf(1, { reboots: { at: '60s', resendLast: 2 } })
    population.advance(59_999)
    const before = deliver()
    population.advance(60_060)
    const expected = before.slice(-2).map(([id, made]) => [id, made, 60_000])
    assert.deepEqual(deliver().slice(0, 2), expected)
  })

  it('deliver first what they still hold, by its own epoch', () => {
    const { population, deliver } = fleetOf(1, { reboots: { at: '3s' } })
    population.advance(5000)
    assert.deepEqual(
      deliver().map(([id]) => id),
      ['d0/1/0', 'd0/1/1', 'd0/1/2', 'd0/2/0', 'd0/2/1'],
    )
  })

  it('go on counting where the drill says that they keep their count', () => {
    const { population, deliver } = fleetOf(1, { reboots: { at: '3s', keepsSequence: true } })
    population.advance(5000)
    assert.deepEqual(
      deliver().map(([id]) => id),
      [0, 1, 2, 3, 4].map(sequence => `d0/1/${sequence}`),
    )
  })

  it('lose their session, and nothing is taken from them until they have one again', () => {
    const { population, deliver, table, tally } = fleetOf(1, {
      reboots: { at: '3s' },
      reconnect: { policy: 'fixed', baseMs: 1000, maxMs: 1000 },
    })
    population.advance(3000)
    assert.equal(table.isConnected(0), false)
    assert.deepEqual(deliver(), [])
    population.advance(4100)
    assert.equal(tally.counts.deviceConnects, 1)
    assert.equal(deliver().length, 4)
  })

  it('reboot as often as the drill says, the share that it says, and send what they would have sent without', () => {
    const { population, deliver, table, tally } = fleetOf(100, { reboots: { every: '10s', share: 0.5 } })
    population.advance(100_000)
    const epochs = Array.from({ length: 100 }, (_, device) => table.epochOf(device))
    assert.equal(epochs.filter(epoch => epoch === 1).length, 50)
    const reboots = epochs.reduce((sum, epoch) => sum + epoch - 1, 0)
    assert.ok(reboots > 400 && reboots < 600, `${reboots} reboots`)
    const twin = fleetOf(100, {})
    twin.population.advance(100_000)
    assert.deepEqual([tally.counts.due, deliver().length], [twin.tally.counts.due, twin.deliver().length])
  })

  it('name what a full buffer threw away by the epoch in which it was made', () => {
    const { population, attachment } = fleetOf(1, { reboots: { at: '3s' } }, 3)
    population.advance(5000)
    assert.deepEqual(attachment.drops[TELEMETRY], ['d0/1/0', 'd0/1/1'])
  })

  it('reboot once or again and again, never both', () => {
    for (const reboots of [{}, { at: '3s', every: '10s' }, { every: '1s' }])
      assert.throws(() => fleetSchema.parse({ devices: 1, reboots }))
  })
})
