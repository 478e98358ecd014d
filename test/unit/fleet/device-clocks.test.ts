import assert from 'node:assert/strict'
import { type FleetSpec, fleetSchema } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { DeviceClocks } from '../../../chaos/fleet/device-clocks.ts'
import { ACKED, FakeGateway } from './fake-fleet.ts'

const wrong = (devices: number, share: number, seed: number) => {
  const spec = fleetSchema.parse({ devices, clocks: { share, offset: '2h' } })
  const clocks = new DeviceClocks(spec, seededRandom(seed))
  return Array.from({ length: devices }, (_, device) => device).filter(
    device => clocks.offsetOf(device) !== 0,
  )
}

describe('the clocks of devices', () => {
  it('are wrong for exactly the share that the drill says, the same devices for the same seed', () => {
    assert.equal(wrong(1000, 0.02, 7).length, 20)
    assert.deepEqual(wrong(1000, 0.02, 7), wrong(1000, 0.02, 7))
    assert.notDeepEqual(wrong(1000, 0.02, 7), wrong(1000, 0.02, 8))
  })

  it('are wrong for one device at least, and for all when the share is 1', () => {
    assert.equal(wrong(50, 0.001, 1).length, 1)
    assert.equal(wrong(50, 1, 1).length, 50)
  })

  it('are right when the drill says nothing of them', () => {
    const clocks = new DeviceClocks(fleetSchema.parse({ devices: 5 }), seededRandom(1))
    assert.deepEqual(
      [0, 1, 2, 3, 4].map(device => clocks.offsetOf(device)),
      [0, 0, 0, 0, 0],
    )
  })

  it('are ahead or behind by a duration, and by nothing else', () => {
    const offset = (text: unknown) =>
      fleetSchema.parse({ devices: 1, clocks: { share: 1, offset: text } }).clocks?.offset
    assert.deepEqual([offset('2h'), offset('+90s'), offset('-30d')], [7_200_000, 90_000, -2_592_000_000])
    for (const text of ['0s', '8000d', '-8000d', '2', 'h', 5]) assert.throws(() => offset(text), `${text}`)
  })
})

describe('the timestamp of a record', () => {
  const made = 1000
  const spec = (more: object): Partial<FleetSpec> => fleetSchema.parse({ devices: 4, ...more })
  const sent = async (fleet: Partial<FleetSpec>) => {
    const fake = new FakeGateway({ timestamps: 'send', ...fleet })
    fake.now = made
    for (const device of [0, 1]) fake.record(device)
    fake.flushAt(9000)
    fake.now = 9040
    await fake.requests[0]?.answer(ACKED(0, 0))
    const messages = (fake.requests[0]?.parts ?? []).flatMap(part => part.messages)
    return { fake, messages, at: messages.map(({ value }) => (JSON.parse(value) as { at: number }).at) }
  }

  it('is left to the moment of sending, unless the drill says otherwise', async () => {
    const { messages, at } = await sent(spec({}))
    assert.deepEqual(
      messages.map(({ timestamp, headers }) => [timestamp, headers]),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    )
    assert.deepEqual(at, [made, made])
  })

  it('is the time at which its device made it, however late it is delivered', async () => {
    const { messages } = await sent(spec({ timestamps: 'event' }))
    assert.deepEqual(
      messages.map(({ timestamp }) => timestamp),
      ['0000000001000', '0000000001000'],
    )
  })

  it("is by the device's own clock, as `at` is; latency and the time of sending are by the right one", async () => {
    const clocks = { share: 1, offset: '-30d' }
    const { fake, messages, at } = await sent(spec({ timestamps: 'event', clocks }))
    const early = made - 30 * 86_400_000
    assert.deepEqual(
      messages.map(({ timestamp }) => timestamp),
      [String(early), String(early)],
    )
    assert.deepEqual(at, [early, early])
    assert.deepEqual(
      messages.map(({ headers }) => headers?.sent),
      ['9000', '9000'],
    )
    assert.equal(fake.tally.latency.take().max, 8040)
  })

  it('stays that of sending where only `at` is wrong', async () => {
    const { messages, at } = await sent(spec({ clocks: { share: 1, offset: '2h' } }))
    assert.equal(messages[0]?.timestamp, undefined)
    assert.deepEqual(at, [made + 7_200_000, made + 7_200_000])
  })
})

describe('latency', () => {
  it('leaves out devices whose clock is wrong where others are right, and counts their records', async () => {
    const clocks = { share: 0.5, offset: '-30d' }
    const fleet = fleetSchema.parse({ devices: 4, timestamps: 'event', clocks })
    const fake = new FakeGateway(fleet)
    for (const [now, devices] of [
      [1000, [0, 1, 2, 3]],
      [2000, [0, 1, 2, 3]],
    ] as const) {
      fake.now = now
      for (const device of devices) fake.record(device)
    }
    fake.flushAt(9000)
    await fake.requests[0]?.answer(ACKED(0, 0))
    assert.equal(fake.tally.counts.acked, 8)
    assert.equal(fake.tally.counts.wrongClocks, 4)
    assert.equal(fake.tally.latency.take().n, 4)
  })

  it('of a request that has none of another device is told apart, before it is sent', async () => {
    const fake = new FakeGateway({})
    fake.firmware.install('one', [0], { deeds: { clock: 'dead' }, dataClass: 'telemetry' }, 0)
    const flaw = fake.firmware.of(0, 0)?.flaw
    fake.edge.add(fake.devices.listOf(0, 0), 0, 1000, 0, 1, 1000, flaw)
    fake.queues[0]?.enqueue(0)
    fake.record(1)
    fake.flushAt(9000)
    const [, told, invoke] = await fake.history()
    assert.deepEqual(told, {
      kind: 'faulty',
      t: 9000,
      topic: 'telemetry',
      what: 'clock',
      records: ['d0/1/0'],
    })
    assert.equal(invoke?.kind, 'invoke')
  })

  it('of a request counts from the first record of a device whose clock is right', async () => {
    const fake = new FakeGateway({})
    fake.firmware.install('one', [0], { deeds: { clock: 'dead' }, dataClass: 'telemetry' }, 0)
    const flaw = fake.firmware.of(0, 0)?.flaw
    fake.edge.add(fake.devices.listOf(0, 0), 0, 1000, 0, 1, 1000, flaw)
    fake.queues[0]?.enqueue(0)
    fake.now = 3000
    fake.record(2)
    fake.flushAt(9000)
    const dues = (await fake.history()).flatMap(line =>
      line.kind === 'invoke' ? line.parts.map(([, , due]) => due) : [],
    )
    assert.deepEqual(dues, [3000])
  })
})
