import assert from 'node:assert/strict'
import {
  featuresRequest,
  readFeatureAnswer,
  readFeatures,
  updateFeaturesRequest,
} from '../../../chaos/kafka/features-wire.ts'

const int16 = (value: number) => [(value >> 8) & 0xff, value & 0xff]
const int32 = (value: number) => [0, 0, ...int16(value)]
const text = (value: string) => [value.length + 1, ...Buffer.from(value)]
const tag = (number: number, body: readonly number[]) => [number, body.length, ...body]

/** An answer to ApiVersions v4 of one known request, with these tagged fields. */
const answered = (fields: readonly (readonly number[])[], error = 0) =>
  Buffer.from([
    ...int32(1),
    ...int16(error),
    2,
    ...int16(18),
    ...int16(0),
    ...int16(4),
    0,
    ...int32(0),
    fields.length,
    ...fields.flat(),
  ])
const supported = tag(0, [
  3,
  ...text('group.version'),
  ...int16(0),
  ...int16(1),
  0,
  ...text('metadata.version'),
  ...int16(7),
  ...int16(33),
  0,
])
const epoch = tag(1, [0, 0, 0, 0, 0, 0, 0, 9])
const finalized = tag(2, [2, ...text('metadata.version'), ...int16(30), ...int16(30), 0])

describe('what a broker says of its features', () => {
  it('has the levels that its release knows, the one that is finalized, and since when', () => {
    assert.deepEqual(readFeatures(answered([supported, epoch, finalized])), {
      supported: { 'group.version': { min: 0, max: 1 }, 'metadata.version': { min: 7, max: 33 } },
      finalized: { 'metadata.version': 30 },
      epoch: 9n,
    })
  })

  it('passes over what it does not know, and says nothing of what is not there', () => {
    const other = tag(9, [1, 2, 3])
    assert.deepEqual(readFeatures(answered([supported, other]))?.finalized, {})
    assert.deepEqual(readFeatures(answered([other, finalized]))?.finalized, { 'metadata.version': 30 })
    assert.equal(readFeatures(answered([]))?.epoch, -1n)
  })

  it('is nothing where the broker answers with an error', () => {
    assert.equal(readFeatures(answered([supported, finalized], 35)), null)
  })

  it('is asked in the version that tells features whose lowest level is 0', () => {
    const asked = featuresRequest(7)
    assert.equal(asked.readInt32BE(0), asked.length - 4)
    assert.deepEqual([asked.readInt16BE(4), asked.readInt16BE(6), asked.readInt32BE(8)], [18, 4, 7])
  })
})

describe('the request for another level', () => {
  const update = { levels: { 'metadata.version': 33 }, timeoutMs: 10_000 } as const
  const body = (change: 'upgrade' | 'downgrade') =>
    updateFeaturesRequest(1, { ...update, change }).subarray(-28)

  it('names the feature, the level and whether it goes up', () => {
    const expected = (change: number) =>
      Buffer.from([...int32(10_000), 2, ...text('metadata.version'), ...int16(33), change, 0, 0, 0])
    assert.deepEqual(body('upgrade'), expected(1))
    // Safe: Kafka itself refuses where something that was written would be lost.
    assert.deepEqual(body('downgrade'), expected(2))
  })

  it('names several in one request, so that Kafka takes all of them or none', () => {
    const levels = { 'metadata.version': 33, 'share.version': 2 }
    const each = (name: string, level: number) => [...text(name), ...int16(level), 1, 0]
    const expected = [3, ...each('metadata.version', 33), ...each('share.version', 2), 0, 0]
    const asked = updateFeaturesRequest(1, { levels, change: 'upgrade', timeoutMs: 10_000 })
    assert.deepEqual(asked.subarray(-expected.length), Buffer.from(expected))
  })

  /** @param own error and words for the feature itself */
  const reply = (error: number, words: string | null, own?: readonly [number, string | null]) => {
    const said = (message: string | null) => (message === null ? [0] : text(message))
    const each = own ? [2, ...text('metadata.version'), ...int16(own[0]), ...said(own[1]), 0] : [1]
    return Buffer.from([...int32(1), 0, ...int32(0), ...int16(error), ...said(words), ...each, 0])
  }

  it('has Kafka’s own words, of the feature where there are some', () => {
    assert.deepEqual(readFeatureAnswer(reply(0, null)), { error: 0, message: null })
    assert.deepEqual(readFeatureAnswer(reply(0, null, [0, null])), { error: 0, message: null })
    assert.deepEqual(readFeatureAnswer(reply(41, 'not me')), { error: 41, message: 'not me' })
    assert.deepEqual(readFeatureAnswer(reply(0, null, [95, 'Invalid update version 30'])), {
      error: 95,
      message: 'Invalid update version 30',
    })
  })
})
