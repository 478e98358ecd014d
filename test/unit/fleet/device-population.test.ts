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

const RARELY = {
  stateChangeEveryMs: 1e9,
  commandEveryMs: 1e9,
  operationEveryMs: 1e9,
  integrationEveryMs: 1e9,
}

function population(
  options: { devices?: number; reconnect?: object; capacity?: number; spec?: object } = {},
) {
  const { devices = 10, capacity = 1000 } = options
  const spec = fleetSchema.parse({
    devices,
    ...(options.spec ?? RARELY),
    reconnect: options.reconnect ?? { policy: 'fixed', baseMs: 450, maxMs: 450 },
  })
  const table = new DeviceTable(devices, 1)
  const lists = devices * TOPICS_PER_DEVICE
  const edge = new EdgeBuffer({ lists, capacity, whenFull: 'drop-oldest' })
  const queued = new Uint8Array(lists)
  const shared = { maxRecords: 10_000, edge, devices: table, queued }
  const queues = [0, 1, 2, 3].map(topicIndex => [
    new PartitionQueue({ topic: `t${topicIndex}`, topicIndex, partition: 0, ...shared }),
  ])
  const gateway = { isUp: true }
  const tally = new Tally(['az-a']).zone('az-a')
  const attachment: Attachment = {
    isUp: () => gateway.isUp,
    door: new SessionDoor(spec.sessions),
    tally,
    queues,
    drops: queues.map(() => []),
    repeats: queues.map(() => []),
    faulty: queues.map(() => ({ repeat: [], restart: [], malformed: [] })),
  }
  const devicesAt = new DevicePopulation({
    spec,
    devices: table,
    edge,
    attachments: [attachment],
    firmware: new Firmware(seededRandom(3)),
    random: seededRandom(7),
    startMs: 0,
  })
  return { population: devicesAt, table, edge, queues, gateway, tally, attachment }
}

describe('a population of devices', () => {
  it('makes one telemetry record per device and interval, give or take the jitter', () => {
    const { population: devices, tally } = population({ devices: 100 })
    devices.advance(20_000)
    assert.ok(tally.counts.due > 1900 && tally.counts.due < 2100, `${tally.counts.due} records`)
  })

  it('makes the rare records at their mean rates', () => {
    const { population: devices, tally } = population({
      devices: 200,
      spec: { telemetry: { intervalMs: 1_000_000_000 } },
    })
    devices.advance(60_000)
    // Per device and minute: 6 state changes, 2 commands, 1 operation, 2 integration records.
    assert.ok(tally.counts.due > 2000 && tally.counts.due < 2400, `${tally.counts.due} records`)
  })

  it('gives records of a device and topic sequences without a gap, in the order in which they are due', () => {
    const { population: devices, edge, table } = population({ devices: 3, spec: {} })
    devices.advance(60_000)
    for (const list of [table.listOf(2, 0), table.listOf(2, 1)]) {
      const records: number[] = []
      edge.take(list, 10_000, records)
      assert.deepEqual(
        records.map(record => edge.sequenceOf(record)),
        records.map((_, i) => i),
      )
      const dues = records.map(record => edge.dueOf(record))
      assert.deepEqual(
        dues,
        dues.toSorted((a, b) => a - b),
      )
    }
  })

  it('makes the same records from the same seed, however often it is asked to advance', () => {
    const runs = [1, 10, 997].map(step => {
      const { population: devices, edge, table } = population({ devices: 20, spec: {} })
      for (let now = 0; now <= 9970; now += step) devices.advance(now)
      const records: number[] = []
      edge.take(table.listOf(13, 0), 100, records)
      return records.map(record => edge.dueOf(record))
    })
    assert.deepEqual(runs[1], runs[0])
    assert.deepEqual(runs[2], runs[0])
  })

  it('goes on producing while it has no session, and counts and names every record that finds no room', () => {
    const {
      population: devices,
      edge,
      queues,
      gateway,
      tally,
      attachment,
      table,
    } = population({
      devices: 1,
      capacity: 5,
    })
    gateway.isUp = false
    devices.loseSessions(0, 0)
    devices.advance(20_000)
    assert.equal(queues[0]?.[0]?.hasWork, false)
    assert.equal(edge.heldIn(table.listOf(0, 0)), 5)
    assert.equal(tally.counts.dropped, tally.counts.due - 5)
    assert.deepEqual(
      attachment.drops[0],
      Array.from({ length: tally.counts.dropped }, (_, i) => `d0/1/${i}`),
    )
  })

  it('makes nothing any more once it was told to stop', () => {
    const { population: devices, tally } = population()
    devices.advance(1000)
    const { due } = tally.counts
    devices.stopGenerating()
    devices.advance(10_000)
    assert.equal(tally.counts.due, due)
  })
})

describe('devices whose gateway is gone', () => {
  it('all try at the same moment under a fixed policy, and again until the gateway is back', () => {
    const { population: devices, gateway, tally, table } = population({ devices: 50 })
    gateway.isUp = false
    devices.loseSessions(0, 0)
    devices.advance(499)
    assert.equal(tally.counts.deviceConnects, 0)
    devices.advance(500)
    assert.equal(tally.counts.deviceConnects, 50)
    gateway.isUp = true
    devices.advance(999)
    assert.equal(table.isConnected(0), false)
    devices.advance(1000)
    assert.equal(tally.counts.deviceConnects, 100)
    assert.ok(Array.from({ length: 50 }, (_, device) => device).every(device => table.isConnected(device)))
    devices.advance(5000)
    assert.equal(tally.counts.deviceConnects, 100)
  })

  it('spread out under full jitter', () => {
    const reconnect = { policy: 'exponential-full-jitter', baseMs: 2000, maxMs: 8000 }
    const { population: devices, tally } = population({ devices: 1000, reconnect })
    devices.loseSessions(0, 0)
    const perHalfSecond = [1, 2, 3, 4].map(half => {
      tally.counts.deviceConnects = 0
      devices.advance(50 + half * 500)
      return tally.counts.deviceConnects
    })
    assert.equal(
      perHalfSecond.reduce((sum, connects) => sum + connects),
      1000,
    )
    for (const connects of perHalfSecond)
      assert.ok(connects > 150 && connects < 350, perHalfSecond.join(', '))
  })

  it('deliver what they hold only after they are connected again', () => {
    const { population: devices, queues, table } = population({ devices: 1 })
    devices.loseSessions(0, 0)
    devices.advance(499)
    assert.equal(queues[0]?.[0]?.hasWork, false)
    devices.advance(2000)
    assert.equal(table.isConnected(0), true)
    assert.equal(queues[0]?.[0]?.hasWork, true)
  })
})

describe('devices that come back to a gateway', () => {
  const sessions = { handshakeMs: 200, maxAcceptPerSecond: 50 }

  it('have a session only when the handshake is over', () => {
    const { population: devices, tally, table } = population({ devices: 1, spec: { ...RARELY, sessions } })
    assert.equal(tally.sessions, 1)
    devices.loseSessions(0, 0)
    assert.deepEqual([tally.sessions, tally.counts.sessionsLost], [0, 1])
    devices.advance(699)
    assert.deepEqual([tally.counts.deviceConnects, table.isConnected(0)], [1, false])
    devices.advance(700)
    assert.deepEqual([tally.sessions, tally.counts.sessionsOpened, table.isConnected(0)], [1, 1, true])
  })

  it('begin anew when the session is lost in the middle of its handshake', () => {
    const { population: devices, tally, table } = population({ devices: 1, spec: { ...RARELY, sessions } })
    devices.loseSessions(0, 0)
    devices.advance(600)
    devices.loseSessions(0, 600)
    devices.advance(700)
    assert.deepEqual([tally.counts.deviceConnects, table.isConnected(0)], [2, false])
    devices.advance(900)
    assert.deepEqual([tally.sessions, tally.counts.sessionsLost], [1, 1])
  })

  it('are refused beyond what it accepts, and try again', () => {
    const { population: devices, tally } = population({ devices: 200, spec: { ...RARELY, sessions } })
    devices.loseSessions(0, 0)
    devices.advance(800)
    assert.deepEqual(
      [tally.counts.deviceConnects, tally.counts.sessionsRefused, tally.sessions],
      [200, 150, 50],
    )
    devices.advance(60_000)
    const { deviceConnects, sessionsRefused, sessionsOpened } = tally.counts
    assert.equal(tally.sessions, 200)
    assert.equal(sessionsOpened, 200)
    assert.equal(deviceConnects, sessionsRefused + sessionsOpened)
  })

  it('find nobody while its door is closed, which is no refusal', () => {
    const { population: devices, tally, attachment } = population({ devices: 20 })
    attachment.door.isOpen = false
    devices.loseSessions(0, 0)
    devices.advance(5000)
    assert.deepEqual([tally.counts.deviceConnects, tally.counts.sessionsRefused, tally.sessions], [200, 0, 0])
    attachment.door.isOpen = true
    devices.advance(5500)
    assert.equal(tally.sessions, 20)
  })

  it('are all back soon with full jitter, and long after when each tries again at once', () => {
    const secondsUntilBack = (reconnect: object) => {
      const spec = { ...RARELY, sessions }
      const { population: devices, tally, attachment } = population({ devices: 160, spec })
      attachment.door.isOpen = false
      devices.loseSessions(0, 0, fleetSchema.parse({ devices: 1, reconnect }).reconnect)
      devices.advance(10_000)
      attachment.door.isOpen = true
      let seconds = 0
      while (tally.sessions < 160 && seconds < 120) devices.advance(10_000 + ++seconds * 1000)
      return seconds
    }
    const jitter = secondsUntilBack({ policy: 'exponential-full-jitter', baseMs: 200, maxMs: 4000 })
    const immediate = secondsUntilBack({ policy: 'immediate' })
    assert.ok(jitter <= 10, `${jitter} s with full jitter`)
    assert.ok(immediate >= 15, `${immediate} s at once`)
  })
})

describe('the table of devices', () => {
  it('gives every gateway an even block of devices, and every gateway devices of every partition', () => {
    const table = new DeviceTable(20, 6)
    const blocks = Array.from({ length: 6 }, (_, gateway) => [...table.devicesOf(gateway)])
    assert.deepEqual(
      blocks.flat(),
      Array.from({ length: 20 }, (_, device) => device),
    )
    for (const [gateway, block] of blocks.entries()) {
      assert.ok(block.length === 3 || block.length === 4)
      for (const device of block) assert.equal(table.gatewayOf(device), gateway)
      assert.equal(table.countOf(gateway), block.length)
    }
    const partitions = new Set([...new DeviceTable(60, 6).devicesOf(2)].map(device => device % 6))
    assert.equal(partitions.size, 6)
  })
})
