import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { recordIdOf } from '../../../chaos/replay/record-id.ts'

const digest = (value: Buffer | string) => `?${createHash('sha256').update(value).digest('hex')}`

describe('the id of a record that was read', () => {
  it('is what the fleet put first', () => {
    assert.equal(recordIdOf(Buffer.from('{"id":"d17/1/42","class":"telemetry"}')), 'd17/1/42')
  })

  it('is the digest of the value for anything that is no record of the fleet', () => {
    const strangers = [
      '',
      '{}',
      '{"id":"',
      '{"id":"d17/1/42',
      '{"id":"d17/1/x"}',
      '{ "id":"d17/1/42"}',
      'text',
    ]
    for (const text of strangers) assert.equal(recordIdOf(Buffer.from(text)), digest(text), text)
    const binary = Buffer.from([0xff, 0x00, 0x7b])
    assert.equal(recordIdOf(binary), digest(binary))
  })

  it('is the digest of nothing for a tombstone', () => {
    assert.equal(recordIdOf(null), digest(''))
  })
})
