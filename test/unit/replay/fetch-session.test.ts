import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { FetchSession } from '../../../chaos/replay/log/fetch-session.ts'

const asked = (partition: number, offset: number) => ({ topic: 't', partition, offset, maxBytes: 100 })

describe('a session of fetches', () => {
  it('asks for everything at first, and for what differs from then on', () => {
    const session = new FetchSession()
    const all = [asked(0, 5), asked(1, 5)]
    assert.deepEqual(session.question(all), { session: 0, epoch: 0, partitions: all, forgotten: [] })
    session.answered(77)
    const next = [asked(0, 5), asked(1, 9)]
    const second = session.question(next)
    assert.deepEqual(second, { session: 77, epoch: 1, partitions: [asked(1, 9)], forgotten: [] })
    session.answered(77)
    const third = session.question([asked(1, 9)])
    assert.deepEqual(third, { session: 77, epoch: 2, partitions: [], forgotten: [asked(0, 5)] })
  })

  it('asks for everything each time of a broker that keeps no session', () => {
    const session = new FetchSession()
    const all = [asked(0, 5)]
    session.question(all)
    session.answered(0)
    assert.deepEqual(session.question(all), { session: 0, epoch: 0, partitions: all, forgotten: [] })
  })

  it('begins anew when the broker has lost it', () => {
    const session = new FetchSession()
    session.question([asked(0, 5)])
    session.answered(77)
    session.lost()
    const again = session.question([asked(0, 6)])
    assert.deepEqual(again, { session: 0, epoch: 0, partitions: [asked(0, 6)], forgotten: [] })
  })
})
