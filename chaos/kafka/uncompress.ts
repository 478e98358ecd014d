import { createRequire } from 'node:module'
import * as zlib from 'node:zlib'
import { AftershockError, messageOf } from '../core/errors.ts'
import { uncompressLz4 } from './lz4.ts'
import { uncompressSnappy } from './snappy.ts'

type Uncompress = (bytes: Buffer) => Buffer

/** By the number in a batch's attributes. */
const CODECS: readonly (Uncompress | null)[] = [
  null,
  bytes => zlib.gunzipSync(bytes),
  uncompressSnappy,
  uncompressLz4,
  bytes => uncompressZstd(bytes),
]
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** The records of a batch as they were before it was compressed. @throws AftershockError where they cannot be had */
export function uncompress(codec: number, bytes: Buffer): Buffer {
  const how = CODECS[codec]
  if (how === null) return bytes
  if (how === undefined)
    throw new AftershockError(
      'unavailable',
      `a batch is compressed in a way of number ${codec}, which is unknown`,
    )
  try {
    return how(bytes)
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError(
      'unavailable',
      `a batch says that it is compressed with ${NAMES[codec]}, and is not: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

/** Node.js has its own since 22.15; before that, a small library in JavaScript, loaded when it is needed. */
let uncompressZstd: Uncompress = bytes => {
  const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: Uncompress }
  if (zstdDecompressSync) {
    uncompressZstd = zstdDecompressSync
    return zstdDecompressSync(bytes)
  }
  const { decompress } = createRequire(import.meta.url)('fzstd') as {
    readonly decompress: (from: Uint8Array) => Uint8Array
  }
  uncompressZstd = from => {
    const { buffer, byteOffset, byteLength } = decompress(from)
    return Buffer.from(buffer, byteOffset, byteLength)
  }
  return uncompressZstd(bytes)
}
