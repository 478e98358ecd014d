import assert from 'node:assert/strict'
import { SessionDoor } from '../../../chaos/fleet/session-door.ts'

const door = (maxAcceptPerSecond: number, refusalCost = 0) =>
  new SessionDoor({ handshakeMs: 0, maxAcceptPerSecond, refusalCost })

/** How many of those who ask so often a second are let in, by second. */
function accepted(at: SessionDoor, perSecond: number, seconds: number): number[] {
  return Array.from({ length: seconds }, (_, second) => {
    let count = 0
    for (let i = 0; i < perSecond; i++) if (at.admits(second * 1000 + (i * 1000) / perSecond)) count += 1
    return count
  })
}

describe('the door of a gateway', () => {
  it('lets everybody in where no limit is stated', () => {
    assert.deepEqual(accepted(new SessionDoor(undefined), 5000, 1), [5000])
    assert.deepEqual(accepted(new SessionDoor({ handshakeMs: 9, refusalCost: 1 }), 5000, 1), [5000])
  })

  it('lets in what it has saved up in a second, and then so many a second', () => {
    const [first = 0, ...later] = accepted(door(100), 1000, 4)
    assert.ok(first >= 195 && first <= 201, `${first}`)
    for (const count of later) assert.ok(count >= 99 && count <= 101, `${count}`)
  })

  it('lets in fewer the more it refuses, and a tenth of what it can however many those are', () => {
    const second = (perSecond: number) => accepted(door(100, 0.1), perSecond, 5).at(-1) ?? 0
    assert.ok(second(100) >= 99)
    const some = second(500)
    assert.ok(some > 20 && some < 70, `${some}`)
    for (const many of [2000, 20_000]) assert.ok(second(many) >= 9 && second(many) <= 11, `${second(many)}`)
  })

  it('is itself again within two seconds after the crowd has gone', () => {
    const at = door(100, 0.1)
    accepted(at, 20_000, 3)
    let count = 0
    for (let i = 0; i < 100; i++) if (at.admits(5000 + i * 10)) count += 1
    assert.equal(count, 100)
  })

  it('lets one in now and then where it can do less than one a second', () => {
    const seconds = accepted(door(0.5), 10, 20)
    const count = seconds.reduce((sum, one) => sum + one)
    assert.ok(count >= 8 && count <= 11, `${count}`)
  })
})
