import assert from 'node:assert/strict'
import * as zlib from 'node:zlib'
import kafkajs, { type CompressionTypes } from 'kafkajs'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { COMPRESSIONS } from '../../../chaos/core/fleet-settings.ts'
import { compressionNumber, learnCompression } from '../../../chaos/kafka/compression.ts'
import { requireCompression } from '../../../chaos/kafka/compressors.ts'
import { uncompress } from '../../../chaos/kafka/uncompress.ts'

const { CompressionCodecs } = kafkajs
const HAS_ZSTD = 'zstdCompress' in zlib
const BYTES = Buffer.from(`a record of a device; ${'ab'.repeat(4000)}`)

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}
const codecOf = (number: number): Codec => {
  const made: unknown = CompressionCodecs[number as CompressionTypes.GZIP]
  return typeof made === 'function' ? (made as () => Codec)() : (made as Codec)
}

describe('compression of what gateways send', () => {
  it('has the numbers of Kafka', () => {
    assert.deepEqual(COMPRESSIONS.map(compressionNumber), [0, 1, 2, 3, 4])
  })

  for (const name of COMPRESSIONS.slice(1).filter(one => one !== 'zstd' || HAS_ZSTD))
    it(`is made smaller by ${name}, and is what it was when kafkajs or our own reader reads it`, async () => {
      learnCompression()
      const codec = codecOf(compressionNumber(name))
      const small = await codec.compress({ buffer: BYTES })
      assert.ok(small.length < BYTES.length / 10, `${small.length} bytes`)
      assert.deepEqual(await codec.decompress(small), BYTES)
      assert.deepEqual(uncompress(compressionNumber(name), small), BYTES)
    })

  it('is refused with what to do where this Node.js has none', () => {
    for (const name of COMPRESSIONS.filter(one => one !== 'zstd' || HAS_ZSTD)) requireCompression(name)
    if (HAS_ZSTD) return
    assert.throws(
      () => requireCompression('zstd'),
      (error: unknown) =>
        error instanceof AftershockError &&
        error.code === 'unavailable' &&
        /since 22\.15/.test(error.hint ?? ''),
    )
  })
})
