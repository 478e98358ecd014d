import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { SendPace } from '../../../chaos/fleet/send-pace.ts'

describe('the pace of a fleet', () => {
  it('lets a second’s worth go at once, and then as much as comes in', () => {
    const pace = new SendPace(1000, 0)
    const sent = (forMs: number, each: number) => {
      let bytes = 0
      for (let now = 0; now <= forMs; now += 10)
        while (pace.isOpen(now)) {
          pace.spend(each)
          bytes += each
        }
      return bytes
    }
    const bytes = sent(10_000, 50)
    assert.ok(bytes > 10_900 && bytes <= 11_050, String(bytes))
  })

  it('keeps no more than a second, however long nobody sends', () => {
    const pace = new SendPace(1000, 0)
    assert.ok(pace.isOpen(60_000))
    pace.spend(1000)
    assert.ok(!pace.isOpen(60_000))
  })

  it('holds whoever comes after a large request until it is paid for', () => {
    const pace = new SendPace(1000, 0)
    pace.spend(3000)
    assert.ok(!pace.isOpen(1990))
    assert.ok(pace.isOpen(2010))
  })

  it('says how long somebody waited, and not that nobody had anything to send', () => {
    const pace = new SendPace(1000, 0)
    pace.spend(2000)
    assert.equal(pace.takeHeldMs(500), 0)
    assert.ok(!pace.isOpen(600))
    assert.equal(pace.takeHeldMs(800), 200)
    assert.equal(pace.takeHeldMs(900), 100)
    assert.ok(pace.isOpen(1100))
    assert.equal(pace.takeHeldMs(1200), 200)
    assert.equal(pace.takeHeldMs(2000), 0)
  })
})
