import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { copyRecordId, recordIdOf } from '../../../chaos/replay/record-id.ts'

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

describe('the id of a record, copied from its bytes', () => {
  const copied = (text: Buffer): string => {
    const out = Buffer.alloc(300)
    const end = copyRecordId(text, 0, text.length, out, 10)
    return end < 0 ? recordIdOf(text) : out.toString('latin1', 10, end)
  }

  it('is the same', () => {
    const near = fc
      .tuple(
        fc.constantFrom('{"id":"d', '{"id":"', '{"id" ', 'x'),
        fc.array(fc.constantFrom('d', '0', '1', '9', '/', '"', 'x')),
      )
      .map(([head, rest]) => Buffer.from(head + rest.join('')))
    const fleets = fc
      .tuple(fc.nat(), fc.nat(), fc.nat())
      .map(([device, epoch, sequence]) => Buffer.from(`{"id":"d${device}/${epoch}/${sequence}","x":1}`))
    fc.assert(
      fc.property(fc.oneof(near, fleets), text => {
        assert.equal(copied(text), recordIdOf(text))
      }),
      { numRuns: 1000 },
    )
  })
})
