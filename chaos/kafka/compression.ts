import kafkajs, { CompressionTypes } from 'kafkajs'
import type { Compression } from '../core/fleet-settings.ts'
import { compressorOf } from './compressors.ts'
import { uncompress } from './uncompress.ts'

// An import by name sees what CommonJS exports in a simple way, and not this.
const { CompressionCodecs } = kafkajs

/** As Kafka counts them in a batch's attributes, and kafkajs in its requests. */
const NUMBERS: Readonly<Record<Compression, number>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

export const compressionNumber = (name: Compression): number => NUMBERS[name]

/**
 * Teaches kafkajs, which knows gzip, what producers in the field use: to read all of them, and to write them where this
 * Node.js and this installation can. Once is enough; more does no harm.
 */
export function learnCompression(): void {
  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    const codec = NUMBERS[name]
    CompressionCodecs[codec as CompressionTypes.Snappy] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => compressorOf(name)(buffer),
      decompress: (bytes: Buffer) => Promise.resolve(uncompress(codec, bytes)),
    })
  }
}
