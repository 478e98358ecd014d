import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import kafkajs, { CompressionTypes } from 'kafkajs'
import type { Compression } from '../core/fleet-settings.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { uncompress } from './uncompress.ts'

const load = createRequire(import.meta.url)
// An import by name sees what CommonJS exports in a simple way, and not this.
const { CompressionCodecs } = kafkajs

type Compress = (bytes: Buffer) => Promise<Buffer>

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

/**
 * Whether gateways can compress so, before anything starts.
 * @throws AftershockError `unavailable` with what is missing, and what there is
 */
export function requireCompression(name: Compression): void {
  if (name !== 'none' && name !== 'gzip') compressorOf(name)
}

const compressors = new Map<Compression, Compress>()

function compressorOf(name: 'snappy' | 'lz4' | 'zstd'): Compress {
  const known = compressors.get(name)
  if (known) return known
  const made = name === 'zstd' ? zstd() : native(name)
  compressors.set(name, made)
  return made
}

function zstd(): Compress {
  const { zstdCompress } = zlib as {
    readonly zstdCompress?: (bytes: Buffer, done: (error: Error | null, bytes: Buffer) => void) => void
  }
  if (zstdCompress) return promisify(zstdCompress)
  throw new AftershockError(
    'unavailable',
    `gateways cannot compress with zstd: this is Node ${process.version}`,
    {
      hint: 'Node has zstd since 22.15; or set fleet.compression to lz4, snappy or gzip',
    },
  )
}

/** Libraries with a part in machine code for each kind of machine, loaded when a drill asks for them. */
function native(name: 'snappy' | 'lz4'): Compress {
  try {
    if (name === 'snappy') return (load('snappy') as typeof import('snappy')).compress
    return (load('lz4-napi') as typeof import('lz4-napi')).compressFrame
  } catch (error) {
    throw new AftershockError(
      'unavailable',
      `gateways cannot compress with ${name}: its library does not load here: ${messageOf(error)}`,
      {
        cause: error,
        hint: 'install the optional packages of aftershock, too; or set fleet.compression to gzip',
      },
    )
  }
}
