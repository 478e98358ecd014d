import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'

/**
 * What a jar holds, read from its central directory (APPNOTE.TXT 4.3): a few hundred kilobytes at the end of the
 * file, whatever its size. Only what was asked for is inflated.
 */
export interface JarEntry {
  readonly name: string
  /** 0: stored. 8: deflated. Jars have no others. */
  readonly method: number
  readonly compressedBytes: number
  readonly bytes: number
  readonly headerOffset: number
}

const END_MAGIC = 0x06054b50
const END64_LOCATOR_MAGIC = 0x07064b50
const END64_MAGIC = 0x06064b50
const ENTRY_MAGIC = 0x02014b50
const HEADER_MAGIC = 0x04034b50
const END_BYTES = 22
const LOCATOR_BYTES = 20
/** The end record is followed by a comment of up to 65535 bytes. */
const TAIL_BYTES = END_BYTES + 65_535 + LOCATOR_BYTES

/** By name. @throws Error when the file is not a whole zip archive. */
export async function readJar(path: string): Promise<ReadonlyMap<string, JarEntry>> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const { count, offset, bytes } = await directoryOf(file, size)
    return entriesOf(await readAt(file, offset, bytes), count)
  } finally {
    await file.close()
  }
}

/** The content of one entry of the jar. @throws Error when it is damaged. */
export async function readJarEntry(path: string, entry: JarEntry): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const header = await readAt(file, entry.headerOffset, 30)
    if (header.readUInt32LE(0) !== HEADER_MAGIC) throw new Error(`${entry.name} is not where it should be`)
    // The local header's own lengths: its extra field may differ from that of the directory.
    const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    const data = await readAt(file, start, entry.compressedBytes)
    if (entry.method === 0) return data
    return await promisify(inflateRaw)(data, { maxOutputLength: Math.max(1, entry.bytes) })
  } finally {
    await file.close()
  }
}

interface Directory {
  readonly count: number
  readonly offset: number
  readonly bytes: number
}

async function directoryOf(file: FileHandle, size: number): Promise<Directory> {
  const tailBytes = Math.min(size, TAIL_BYTES)
  const tail = await readAt(file, size - tailBytes, tailBytes)
  let end = tail.length - END_BYTES
  // Its comment may hold the same bytes; the record's own comment reaches to the end of the file.
  const isEnd = (at: number) =>
    tail.readUInt32LE(at) === END_MAGIC && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length
  while (end >= 0 && !isEnd(end)) end--
  if (end < 0) throw new Error('it has no end-of-directory record')
  const locator = end - LOCATOR_BYTES
  if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR_MAGIC) {
    const record = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56)
    if (record.readUInt32LE(0) !== END64_MAGIC) throw new Error('its zip64 record is not where it should be')
    return {
      count: Number(record.readBigUInt64LE(32)),
      bytes: Number(record.readBigUInt64LE(40)),
      offset: Number(record.readBigUInt64LE(48)),
    }
  }
  return {
    count: tail.readUInt16LE(end + 10),
    bytes: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  }
}

function entriesOf(directory: Buffer, count: number): Map<string, JarEntry> {
  const entries = new Map<string, JarEntry>()
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY_MAGIC)
      throw new Error(`its directory ends after ${index} of ${count} entries`)
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map(field =>
      directory.readUInt16LE(at + field),
    ) as [number, number, number]
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes)
    entries.set(name, {
      name,
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + extraBytes + commentBytes
  }
  return entries
}

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await file.read(buffer, 0, bytes, position)
  if (bytesRead !== bytes) throw new Error('it is cut off')
  return buffer
}
