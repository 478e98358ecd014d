import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Compression } from '../core/fleet-settings.ts'

const load = createRequire(import.meta.url)

type Compress = (bytes: Buffer) => Promise<Buffer>

/**
 * Whether gateways can compress so, before anything starts.
 * @throws AftershockError `unavailable` with what is missing, and what there is
 */
export function requireCompression(name: Compression): void {
  if (name !== 'none' && name !== 'gzip') compressorOf(name)
}

const compressors = new Map<Compression, Compress>()

/** @throws AftershockError `unavailable` as `requireCompression` */
export function compressorOf(name: 'snappy' | 'lz4' | 'zstd'): Compress {
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
