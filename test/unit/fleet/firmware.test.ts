import assert from 'node:assert/strict'
import type { FirmwareDeeds } from '../../../chaos/core/firmware.ts'
import type { HistoryLine } from '../../../chaos/record/history.ts'
import { recordIdOf } from '../../../chaos/replay/record-id.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { fleetSchema } from '../../../chaos/core/drill.ts'
import { Firmware } from '../../../chaos/fleet/firmware.ts'
import { type Attachment, DevicePopulation } from '../../../chaos/fleet/device-population.ts'
import { DeviceTable } from '../../../chaos/fleet/device-table.ts'
import { EdgeBuffer } from '../../../chaos/fleet/edge-buffer.ts'
import { PartitionQueue } from '../../../chaos/fleet/partition-queue.ts'
import { RecordText } from '../../../chaos/fleet/record-text.ts'
import { SessionDoor } from '../../../chaos/fleet/session-door.ts'
import { TOPICS_PER_DEVICE } from '../../../chaos/fleet/streams.ts'
import { Tally } from '../../../chaos/fleet/tally.ts'
import { ACKED, FakeGateway } from './fake-fleet.ts'

/** Devices that send telemetry once a second, and nothing else. */
function fleetOf(devices: number, capacity = 1000) {
  const spec = fleetSchema.parse({
    devices,
    telemetry: { intervalMs: 1000, jitter: 0 },
    stateChangeEveryMs: 1e9,
    commandEveryMs: 1e9,
    operationEveryMs: 1e9,
    integrationEveryMs: 1e9,
    reconnect: { policy: 'immediate' },
  })
  const table = new DeviceTable(devices, 1)
  const lists = devices * TOPICS_PER_DEVICE
  const edge = new EdgeBuffer({ lists, capacity, whenFull: 'drop-oldest' })
  const shared = { maxRecords: 1e6, edge, devices: table, queued: new Uint8Array(lists) }
  const queues = [0, 1, 2, 3].map(topicIndex => [
    new PartitionQueue({ topic: `t${topicIndex}`, topicIndex, partition: 0, ...shared }),
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
  const firmware = new Firmware(seededRandom(3))
  const text = new RecordText(spec, [], seededRandom(1), 1_700_000_000_000, undefined, firmware)
  const random = seededRandom(7)
  const rest = { spec, devices: table, edge, attachments: [attachment], firmware, random, startMs: 0 }
  const population = new DevicePopulation(rest)
  /** What waits, as its gateway would send it: the id that the history has, and its device's own time. */
  const deliver = () => {
    const queue = queues[0]?.[0] as PartitionQueue
    const load = queue.take()
    const sent = load.records.map((record, i) => {
      const device = load.devices[i] as number
      const [sequence, flaw] = [edge.sequenceOf(record), edge.flawOf(record)]
      const id = firmware.isMalformed(flaw)
        ? firmware.malformedId(device, sequence)
        : table.recordId(device, sequence, edge.epochOf(record))
      return { id, device, at: text.timeOf(device, edge.madeOf(record), flaw) }
    })
    queue.release(load)
    return sent
  }
  const install = (devicesOf: readonly number[], deeds: FirmwareDeeds, now: number) =>
    population.install('one', devicesOf, { deeds, dataClass: 'telemetry' }, now)
  return { population, deliver, install, faulty: attachment.faulty[0], drops: attachment.drops, table }
}

describe('devices with wrong firmware', () => {
  it('flood with so many times as many records, and stop when it is mended', () => {
    const { population, deliver, install } = fleetOf(10)
    const countOf = (device: number, to: number) => {
      population.advance(to)
      return deliver().filter(sent => sent.device === device).length
    }
    assert.equal(countOf(3, 10_000), 10)
    install([3], { flood: 5 }, 10_000)
    const flooded = countOf(3, 20_000)
    assert.ok(flooded >= 45 && flooded <= 51, `${flooded} records`)
    population.remove('one', 20_000)
    population.advance(21_000)
    deliver()
    assert.equal(countOf(3, 31_000), 10)
  })

  it('say so of each record that they publish twice, before it is sent', () => {
    const { population, deliver, install, faulty } = fleetOf(10)
    install([3, 4], { repeats: 0.5 }, 0)
    population.advance(20_000)
    const ids = deliver().map(({ id }) => id)
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i)
    assert.ok(twice.length > 10 && twice.length < 30, `${twice.length} repeats`)
    assert.deepEqual(faulty?.repeat.toSorted(), twice.toSorted())
    assert.deepEqual(new Set(twice.map(id => id.split('/')[0])), new Set(['d3', 'd4']))
  })

  it('send bytes in a record’s place, which take none of the device’s sequence and are told by what they hold', () => {
    const { population, deliver, install, faulty } = fleetOf(2)
    install([1], { malformed: 0.5 }, 0)
    population.advance(20_000)
    const sent = deliver().filter(({ device }) => device === 1)
    const records = sent.filter(({ id }) => !id.startsWith('?'))
    assert.deepEqual(
      records.map(({ id }) => id),
      records.map((_, i) => `d1/1/${i}`),
    )
    const garbage = sent.filter(({ id }) => id.startsWith('?')).map(({ id }) => id)
    assert.ok(garbage.length > 3)
    assert.equal(new Set(garbage).size, garbage.length)
    assert.deepEqual(faulty?.malformed, garbage)
  })

  it('are in history what a reader makes of their bytes', () => {
    const firmware = new Firmware(seededRandom(3))
    for (const [device, sequence] of [
      [1, 1],
      [1, 2],
      [20_000, 2],
    ] as const) {
      const value = Buffer.from(firmware.malformedValue(device, sequence))
      assert.equal(recordIdOf(value), firmware.malformedId(device, sequence))
    }
  })

  it('count from 0 in the same epoch and say which ids they use again; mended, they begin a new one', () => {
    const { population, deliver, install, faulty, table } = fleetOf(2)
    population.advance(5000)
    deliver()
    install([1], { restartsSequence: true }, 5000)
    population.advance(12_100)
    const again = deliver().flatMap(({ id, device }) => (device === 1 ? [id] : []))
    assert.deepEqual(again.slice(0, 6), ['d1/1/0', 'd1/1/1', 'd1/1/2', 'd1/1/3', 'd1/1/4', 'd1/1/5'])
    assert.deepEqual(faulty?.restart, again.slice(0, 5))
    population.remove('one', 12_100)
    population.advance(15_000)
    assert.equal(table.epochOf(1), 2)
    assert.equal(deliver().find(({ device }) => device === 1)?.id, 'd1/2/0')
    assert.equal(faulty?.restart.length, 5)
  })

  it('date their records by their own clock, those also that are sent after it was mended', () => {
    const { population, deliver, install } = fleetOf(2)
    install([1], { clock: -7_200_000 }, 0)
    population.advance(2000)
    population.remove('one', 2000)
    population.advance(3000)
    const off = (device: number) =>
      deliver === undefined
        ? []
        : sent.filter(one => one.device === device).map(({ at }) => at - 1_700_000_000_000 < 0)
    const sent = deliver()
    assert.deepEqual(off(0), [false, false, false])
    assert.deepEqual(off(1), [true, true, false])
  })

  it('count from 1970 when the clock is dead', () => {
    const { population, deliver, install } = fleetOf(1)
    install([0], { clock: 'dead' }, 0)
    population.advance(3000)
    for (const { at } of deliver()) assert.ok(at >= 0 && at <= 3000, `${at}`)
  })

  it('are named by what they hold where a full buffer throws it away', () => {
    const { population, install, faulty, drops } = fleetOf(1, 3)
    install([0], { malformed: 1 }, 0)
    population.advance(5000)
    assert.deepEqual(drops[0], faulty?.malformed.slice(0, 2))
  })

  it('are mended once, and by the tag that they were given', () => {
    const firmware = new Firmware(seededRandom(1))
    const wrong = { deeds: { flood: 2 }, dataClass: 'telemetry' as const }
    assert.equal(firmware.install('a', [1], wrong, 0), true)
    assert.equal(firmware.install('a', [2], wrong, 0), false)
    assert.equal(firmware.of(2, 0), null)
    assert.equal(firmware.remove('b'), null)
    assert.deepEqual([...(firmware.remove('a')?.devices ?? [])], [1])
    assert.equal(firmware.remove('a'), null)
    assert.equal(firmware.of(1, 0), null)
  })
})

describe('a gateway that passes on what is no record', () => {
  it('sends its bytes, and has them in its history by their digest', async () => {
    const fake = new FakeGateway()
    fake.firmware.install('one', [0], { deeds: { malformed: 1 }, dataClass: 'telemetry' }, 0)
    const wrong = fake.firmware.of(0, 0)
    assert.ok(wrong)
    const { sequence, flaw } = fake.firmware.nextMalformed(wrong)
    fake.edge.add(fake.devices.listOf(0, 0), sequence, 0, 0, 1, 0, flaw)
    fake.queues[0]?.enqueue(0)
    fake.flushAt(100)
    const [message] = fake.requests[0]?.parts[0]?.messages ?? []
    const id = recordIdOf(Buffer.from(message?.value ?? ''))
    assert.match(id, /^\?/)
    await fake.requests[0]?.answer(ACKED(0))
    const invoke = (await fake.history()).find(
      (line): line is Extract<HistoryLine, { kind: 'invoke' }> => line.kind === 'invoke',
    )
    assert.deepEqual(invoke?.parts[0]?.[3], [id])
    assert.equal(message?.key, 'd0')
  })
})

describe('a gateway that is given records of the next version', () => {
  it('sends them so, and says before it does that no consumer reads them', async () => {
    const fake = new FakeGateway()
    fake.firmware.install('one', [0], { deeds: { version2: true }, dataClass: 'telemetry' }, 0)
    const { flaw } = fake.firmware.of(0, 0) ?? { flaw: 0 }
    fake.edge.add(fake.devices.listOf(0, 0), 7, 0, 0, 1, 0, flaw)
    fake.queues[0]?.enqueue(0)
    fake.flushAt(100)
    const value = fake.requests[0]?.parts[0]?.messages[0]?.value ?? ''
    assert.match(value, /^\{"recordId":"d0\/1\/7",/)
    const id = recordIdOf(Buffer.from(value))
    assert.deepEqual(
      (await fake.history())
        .slice(1)
        .map(line => (line.kind === 'faulty' ? [line.what, line.records] : line.kind)),
      [['malformed', [id]], 'invoke'],
    )
  })

  it('sends those of other topics as ever', () => {
    const firmware = new Firmware(seededRandom(1))
    firmware.install('one', [0], { deeds: { version2: true }, dataClass: 'integration' }, 0)
    const flaw = firmware.of(0, 0)?.flaw ?? 0
    assert.deepEqual([firmware.isVersion2(flaw, 0), firmware.isVersion2(flaw, 3)], [false, true])
    assert.equal(firmware.isVersion2(0, 3), false)
  })
})
