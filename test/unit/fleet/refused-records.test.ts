import assert from 'node:assert/strict'
import type { PartAnswer } from '../../../chaos/kafka/produce-wire.ts'
import type { ProducePart } from '../../../chaos/fleet/sender.ts'
import { ACKED, FakeGateway, SILENT } from './fake-fleet.ts'

const INVALID_TIMESTAMP = 32
const idsOf = (part: ProducePart) =>
  part.messages.map(({ value }) => (JSON.parse(value) as { id: string }).id)

/** A leader that stores a batch whole, or refuses it whole because of a device whose clock is wrong. */
class Leader {
  readonly stored: string[] = []
  /** Batches that it was sent. */
  batches = 0
  readonly #fake: FakeGateway
  readonly #refuses: (id: string) => boolean

  constructor(fake: FakeGateway, refuses: (id: string) => boolean) {
    this.#fake = fake
    this.#refuses = refuses
  }

  /** Answers everything that is under way, and what the gateway sends thereupon. */
  async answerAll(): Promise<void> {
    for (;;) {
      const request = this.#fake.requests.shift()
      if (!request) return
      const answers = request.parts.map(part => this.#store(idsOf(part)))
      await request.answer({ wrote: answers.map(() => true), answers })
    }
  }

  #store(ids: readonly string[]): PartAnswer {
    this.batches += 1
    if (ids.some(this.#refuses)) return { errorCode: INVALID_TIMESTAMP, baseOffset: -1 }
    this.stored.push(...ids)
    return { errorCode: 0, baseOffset: this.stored.length - ids.length }
  }
}

const ofDevice = (device: number) => (id: string) => id.startsWith(`d${device}/`)

describe('a gateway among whose devices one has a wrong clock', () => {
  it('stores the records of all others, and gives up that one record: 49 of 50', async () => {
    const fake = new FakeGateway({ devices: 100 })
    const leader = new Leader(fake, ofDevice(34))
    for (let device = 0; device < 100; device += 2) fake.record(device)
    fake.flushAt(100)
    await leader.answerAll()
    assert.equal(leader.stored.length, 49)
    assert.deepEqual([fake.edge.waiting, fake.edge.taken], [0, 0])
    const { acked, refused } = fake.tally.counts
    assert.deepEqual({ acked, refused }, { acked: 49, refused: 1 })
    assert.ok(leader.batches <= 15, `${leader.batches} batches`)
    const alone = (await fake.history()).flatMap(line =>
      line.kind === 'settled' && line.parts.some(([outcome]) => outcome === 'refused') ? [line] : [],
    )
    assert.deepEqual(alone.at(-1)?.parts, [['refused', 'INVALID_TIMESTAMP']])
  })

  it('stores all of them where the topic takes any timestamp', async () => {
    const fake = new FakeGateway({ devices: 100 })
    const leader = new Leader(fake, () => false)
    for (let device = 0; device < 100; device += 2) fake.record(device)
    fake.flushAt(100)
    await leader.answerAll()
    assert.deepEqual([leader.stored.length, leader.batches, fake.tally.counts.refused], [50, 1, 0])
  })

  it('keeps the order of every device, whatever is taken apart', async () => {
    const fake = new FakeGateway()
    const leader = new Leader(fake, id => id === 'd2/1/3')
    for (let i = 0; i < 6; i++) for (const device of [0, 2]) fake.record(device)
    fake.flushAt(0)
    await leader.answerAll()
    const mine = (device: number) => leader.stored.filter(ofDevice(device))
    assert.deepEqual(
      mine(0),
      [0, 1, 2, 3, 4, 5].map(i => `d0/1/${i}`),
    )
    assert.deepEqual(
      mine(2),
      [0, 1, 2, 4, 5].map(i => `d2/1/${i}`),
    )
  })

  it('sends what such a device makes next apart from the others, until it is stored', async () => {
    const fake = new FakeGateway()
    let isWrong = true
    const leader = new Leader(fake, id => isWrong && ofDevice(2)(id))
    const round = async (now: number) => {
      for (const device of [0, 2]) fake.record(device)
      for (const then of [now, now + 1]) {
        fake.flushAt(then)
        await leader.answerAll()
      }
    }
    await round(0)
    leader.batches = 0
    await round(100)
    assert.equal(leader.batches, 2, 'nobody is refused together with it')
    isWrong = false
    await round(200)
    leader.batches = 0
    await round(300)
    assert.deepEqual([leader.batches, leader.stored.filter(ofDevice(2)).length], [1, 2])
  })

  it('does not wait or take the partition for sick: its broker has answered', async () => {
    const fake = new FakeGateway()
    const leader = new Leader(fake, ofDevice(2))
    for (const device of [0, 2, 1]) fake.record(device)
    fake.flushAt(0)
    await leader.answerAll()
    for (const device of [0, 1]) fake.record(device)
    fake.flushAt(1)
    assert.equal(fake.requests[0]?.parts.length, 2)
  })
})

describe('a topic that refuses everything', () => {
  it('is not blamed on its records: devices keep them, and deliver when it is mended', async () => {
    const fake = new FakeGateway({ devices: 200 })
    let refusesAll = true
    const leader = new Leader(fake, () => refusesAll)
    for (let device = 0; device < 200; device += 2) fake.record(device)
    fake.flushAt(0)
    await leader.answerAll()
    const { refused } = fake.tally.counts
    assert.equal(refused, 20)
    assert.equal(fake.edge.waiting, 80)
    assert.equal((await fake.history()).at(-1)?.kind, 'fail')
    refusesAll = false
    fake.flushAt(400)
    await leader.answerAll()
    assert.deepEqual([leader.stored.length, fake.edge.waiting, fake.tally.counts.refused], [80, 0, 20])
  })
})

describe('a load that is being taken apart', () => {
  const refuseFirst = async () => {
    const fake = new FakeGateway()
    for (let i = 0; i < 8; i++) fake.record(0)
    fake.flushAt(0)
    const answers = [{ errorCode: INVALID_TIMESTAMP, baseOffset: -1 }]
    await fake.requests[0]?.answer({ wrote: [true], answers })
    assert.equal(fake.sent(1)[0]?.length, 4)
    return fake
  }

  it('goes back whole and in order when nobody answers for a piece of it', async () => {
    const fake = await refuseFirst()
    await fake.requests[1]?.answer(SILENT())
    fake.flushAt(1000)
    assert.deepEqual(fake.sent(2), [Array.from({ length: 8 }, (_, i) => `d0/1/${i}`)])
    await fake.requests[2]?.answer(ACKED(0))
    assert.deepEqual([fake.edge.waiting, fake.edge.taken], [0, 0])
  })

  it('goes back to its devices when the gateway crashes', async () => {
    const fake = await refuseFirst()
    fake.devices.disconnect(0)
    fake.gateway.crash('the gateway crashed')
    assert.deepEqual([fake.edge.waiting, fake.edge.taken], [8, 0])
    fake.gateway.restart()
    fake.devices.connect(0)
    fake.queues[0]?.enqueue(0)
    fake.flushAt(2000)
    assert.deepEqual(fake.sent(), [Array.from({ length: 8 }, (_, i) => `d0/1/${i}`)])
  })
})
