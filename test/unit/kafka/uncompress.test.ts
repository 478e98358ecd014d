import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { uncompressLz4 } from '../../../chaos/kafka/lz4.ts'
import { uncompressSnappy } from '../../../chaos/kafka/snappy.ts'
import { uncompress } from '../../../chaos/kafka/uncompress.ts'

const TEXT = Array.from(
  { length: 40 },
  (_, i) => `{"id":"d${i % 7}/1/${i}","class":"telemetry"}${'a'.repeat(24)}`,
).join('')

/** The text, as Kafka 4.3's own producer compresses it (`Compression.wrapForOutput`). By the number in batches. */
const BY_JAVA: readonly (readonly [name: string, codec: number, base64: string])[] = [
  [
    'gzip',
    1,
    'H4sIAAAAAAAA/53VvQ6CQBBF4XfZ2gRmBvDnbQhQmGAjNIb47u6d2Fp4KDe51fmWPcp9Lrcyt401bTmVaR23rR7sy7o8lv35' +
      'Ku/xx3d8p1anxqZep86mUafBpl2ddmza12nPpkOdDmyqOGce58LjXHkcg5xUx6An5TEISn0MilIgg6Ty+kBTSmQQVTaCqrIR' +
      'ZJWNoCs1cuhKjRy6UiOHrvIfB12pkUNXauTQlRo5dJWNoKtsBF1lI+hKjQK6yocIulKjgK7UKKArNQroSo0CulKjgK6yEXSV' +
      'jaCrbPSnqw+p0KndVgkAAA==',
  ],
  [
    'snappy',
    2,
    'glNOQVBQWQAAAAABAAAAAQAAATvWEpB7ImlkIjoiZDAvMS8wIiwiY2xhc3MiOiJ0ZWxlbWV0cnkifWFhVgIAETsQMS8xLzHW' +
      'OwAQMi8xLzLWOwAQMy8xLzPWOwAQNC8xLzTWOwAQNS8xLzXWOwAQNi8xLzbWOwAhnQA31jsAIZ0AONY7ACGdADnWOwAhnQAx' +
      '2k8CIZ4EMTHWeAAhnwAx2lECIaAAMdpSAiGhADHaUwIhogAx2lQCIaMAMdpVAiWk2lYCJaTaVwIlpNpYAiGkADLaWAIhpAQy' +
      'MdZYAiGkADLaWAIhpAAy2lgCIaQAMtpYAiGkADLaWAIhpAAy2lgCJaTaWAIlpNpYAiWk2lgCIaQAM9pYAiGkBDMx1lgCIaQA' +
      'M9pYAiGkADPaWAIhpAAz2lgCIaQAM9pYAiGkADPaWAIlpNpYAiWk2lgCJaS6WAI=',
  ],
  [
    'lz4',
    3,
    'BCJNGGBAgmcBAAD/FXsiaWQiOiJkMC8xLzAiLCJjbGFzcyI6InRlbGVtZXRyeSJ9YQEABAQ7AF8xLzEvMTsAI18yLzEvMjsA' +
      'I18zLzEvMzsAI180LzEvNDsAI181LzEvNTsAI182LzEvNjsAIwCdAR83OwAjAJ0BHzg7ACMAnQEfOTsAIwCdAR8xTwIkAJ4B' +
      'HzFQAiQAnwEfMVECJACgAR8xUgIkAKEBHzFTAiQAogEfMVQCJACjAR8xVQIkAaQBD1YCJAGkAQ9XAiQBpAEPWAIkAKQBHzJY' +
      'AiQApAEfMlgCJACkAR8yWAIkAKQBHzJYAiQApAEfMlgCJACkAR8yWAIkAKQBHzJYAiQBpAEPWAIkAaQBD1gCJAGkAQ9YAiQA' +
      'pAEfM1gCJACkAR8zWAIkAKQBHzNYAiQApAEfM1gCJACkAR8zWAIkAKQBHzNYAiQApAEfM1gCJAGkAQ9YAiQBpAEPWAIkAaQB' +
      'D1gCF1BhYWFhYQAAAAA=',
  ],
  [
    'zstd',
    4,
    'KLUv/QBYLAYAAokYGYClTQdxdSt1GM6HgBmAGzURIVukb6OR2GlLJXTnzN31eOWWSqinpteWLV0qcV7OC+eI82M4vzWvmjPN' +
      'C5qjMz9mbm5+nZdzEgMWAJAYBeMwEhsMQYhjYAIr81LYYAXBBAIsIJAzSjqbAulQYpDan+1n+9n+bD/bn+2nQDqUGKT2Z/vZ' +
      'frY/28/2Z/spkA5Z+PStJZZO5RWfEIoAaEWnZhVOTSo6lVMusF5KOfWceqfeqffUO/WeeqfeqZeP+jewrk8BAAA=',
  ],
]

const isUnavailable = (error: unknown) => error instanceof AftershockError && error.code === 'unavailable'

describe('compressed batches', () => {
  for (const [name, codec, base64] of BY_JAVA) {
    const bytes = Buffer.from(base64, 'base64')

    it(`are read that Kafka's producer compressed with ${name}`, () => {
      assert.equal(uncompress(codec, bytes).toString('latin1'), TEXT)
    })

    it(`are refused with a reason when ${name} was cut short or is something else`, () => {
      for (const broken of [bytes.subarray(0, bytes.length >> 1), Buffer.from('no such thing at all')])
        assert.throws(() => uncompress(codec, broken), isUnavailable)
    })
  }

  it('of ways that nobody knows are refused', () => {
    assert.throws(() => uncompress(7, Buffer.from('x')), /a way of number 7/)
  })

  it('are nothing else when they are not compressed', () => {
    assert.equal(uncompress(0, Buffer.from('x')).toString(), 'x')
  })

  it('never read or write outside of what there is, whatever the bytes say', () => {
    for (const read of [uncompressSnappy, uncompressLz4])
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasHead) => {
          const head = read === uncompressLz4 && hasHead ? LZ4_HEAD : []
          try {
            read(Buffer.from([...head, ...bytes]))
          } catch (error) {
            assert.ok(isUnavailable(error), String(error))
          }
        }),
      )
  })

  it('of snappy without frames are read, as clients of librdkafka write them', () => {
    // "ab", then four bytes from two back: a copy that overlaps what it writes.
    assert.equal(uncompressSnappy(Buffer.from([6, 0x04, 0x61, 0x62, 0x01, 0x02])).toString(), 'ababab')
  })
})

/** Magic, version 1 with independent blocks, blocks of 64 KiB, checksum of the head. */
const LZ4_HEAD = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]
