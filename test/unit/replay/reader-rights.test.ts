import assert from 'node:assert/strict'
import type { ReaderEvent } from '../../../chaos/record/journal-events.ts'
import { ReaderRights } from '../../../chaos/replay/reader-rights.ts'

function rights(mayReadUntil?: number) {
  const told: ReaderEvent[] = []
  const now = { wallMs: 1000 }
  const clock = { now: () => 0, wallMs: () => now.wallMs, sleep: async () => {} }
  const of = new ReaderRights({
    process: 'governed',
    clock,
    onEvent: event => void told.push(event),
    ...(mayReadUntil !== undefined && { mayReadUntil }),
  })
  return { of, told, now }
}

describe('the rights of a reader', () => {
  it('hold for ever where nobody limits them, also after a broker has refused it once', () => {
    const { of, now } = rights()
    now.wallMs = Number.MAX_SAFE_INTEGER
    assert.equal(of.mayRead(), true)
    of.ended('Topic authorization failed')
    assert.equal(of.mayRead(), true)
  })

  it('end with its time, and that is told once', () => {
    const { of, told, now } = rights(2000)
    assert.equal(of.mayRead(), true)
    now.wallMs = 2000
    assert.equal(of.mayRead(), false)
    assert.equal(of.mayRead(), false)
    const why = 'its approval expired at 1970-01-01T00:00:02.000Z'
    assert.deepEqual(told, [{ kind: 'reader.unauthorised', reader: 'governed', why }])
    assert.equal(of.refusal, why)
  })

  it('are refused by a broker’s word, and by no other error', () => {
    const { of, told } = rights()
    of.ended(new Error('connection closed'))
    assert.equal(of.refusal, null)
    of.ended(Object.assign(new Error('Not authorized'), { type: 'TOPIC_AUTHORIZATION_FAILED' }))
    assert.equal(of.refusal, 'Not authorized')
    assert.equal(told.length, 1)
  })
})
