import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LineScan, type TextShape } from './line-scan.ts'
import { LIMITS } from '../record/limits.ts'

/** The seal itself, and the lock of a healing: neither is evidence. */
export const NOT_SEALED: ReadonlySet<string> = new Set(['bundle.json', 'heal.lock'])

/** What is in a run's folder, without following a link or opening a file. */
export interface Listing {
  /** Regular files, relative, with forward slashes, sorted by code units. */
  readonly files: readonly string[]
  /** What has no place in a run's folder: links, devices, sockets, and what is too deep or too much. */
  readonly troubles: readonly { readonly name: string; readonly what: string }[]
}

export async function listFiles(dir: string): Promise<Listing> {
  const files: string[] = []
  const troubles: { name: string; what: string }[] = []
  let entries = 0
  const walk = async (prefix: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(dir, prefix), { withFileTypes: true })) {
      if (++entries > 2 * LIMITS.subjects) return
      const name = `${prefix}${entry.name}`
      if (NOT_SEALED.has(name)) continue
      if (entry.isFile()) files.push(name)
      else if (!entry.isDirectory()) {
        const kind = entry.isSymbolicLink() ? 'a symbolic link' : 'not a regular file'
        troubles.push({ name, what: `is ${kind}, and is not read` })
      } else if (depth >= LIMITS.folderDepth) {
        troubles.push({ name, what: `is deeper than ${LIMITS.folderDepth} folders` })
      } else await walk(`${name}/`, depth + 1)
    }
  }
  await walk('', 1)
  if (entries > 2 * LIMITS.subjects || files.length > LIMITS.subjects) {
    troubles.push({ name: '.', what: `has more than ${LIMITS.subjects} files` })
  }
  return { files: files.sort(), troubles }
}

export interface FileFacts {
  readonly name: string
  readonly sizeBytes: number
  readonly sha256: string
  /** Of `.json` and `.jsonl` files. */
  readonly shape: TextShape | null
  /** Of shards of a history. */
  readonly shard: ShardFacts | null
}
export interface ShardFacts {
  /** Empty when it is longer than a header or an end ever is. */
  readonly firstLine: string
  readonly lastLine: string
  /** SHA-256 (hex) of every byte before the last line. */
  readonly sha256BeforeLast: string | null
}

const CHUNK_BYTES = 1 << 20
const EDGE_BYTES = 4096

export const isShard = (name: string): boolean => /^history\/[^/]+\.jsonl$/.test(name)

/** One pass over a file. It is opened so that neither a link nor a pipe can lead elsewhere or wait. */
export async function readFacts(dir: string, name: string): Promise<FileFacts> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await open(join(dir, name), flags)
  try {
    const { size } = await file.stat()
    const edges = isShard(name) ? await readEdges(file, size) : null
    const scan = /\.jsonl?$/.test(name) ? new LineScan(name.endsWith('l')) : null
    const hash = createHash('sha256')
    let sha256BeforeLast: string | null = null
    let at = 0
    for await (const chunk of chunksOf(file)) {
      scan?.update(chunk)
      const cut = edges ? edges.lastLineAt - at : -1
      if (cut >= 0 && cut < chunk.length) {
        hash.update(chunk.subarray(0, cut))
        sha256BeforeLast = hash.copy().digest('hex')
        hash.update(chunk.subarray(cut))
      } else hash.update(chunk)
      at += chunk.length
    }
    return {
      name,
      sizeBytes: at,
      sha256: hash.digest('hex'),
      shape: scan?.finish() ?? null,
      shard: edges && { firstLine: edges.firstLine, lastLine: edges.lastLine, sha256BeforeLast },
    }
  } finally {
    await file.close()
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** A header and an end are short; a longer line is something else. `lastLineAt` is -1 then. */
async function readEdges(
  file: FileHandle,
  size: number,
): Promise<{ firstLine: string; lastLine: string; lastLineAt: number }> {
  const readAt = async (position: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, position)
    return buffer.subarray(0, bytesRead)
  }
  const head = await readAt(0)
  const firstEnd = head.indexOf('\n')
  const tailAt = Math.max(0, size - EDGE_BYTES)
  const tail = await readAt(tailAt)
  const body = tail.at(-1) === 0x0a ? tail.subarray(0, -1) : tail
  const before = body.lastIndexOf('\n')
  const isWhole = before >= 0 || tailAt === 0
  return {
    firstLine: firstEnd < 0 ? '' : head.toString('utf8', 0, firstEnd),
    lastLine: isWhole ? body.toString('utf8', before + 1) : '',
    lastLineAt: isWhole ? tailAt + before + 1 : -1,
  }
}

/** Total size before anything is read, so that a folder which is too large costs nothing. */
export async function totalBytes(dir: string, files: readonly string[]): Promise<number> {
  let total = 0
  for (const name of files) {
    // What cannot be asked for its size cannot be read either, and reading says why.
    total += await lstat(join(dir, name)).then(
      stat => stat.size,
      () => 0,
    )
  }
  return total
}
