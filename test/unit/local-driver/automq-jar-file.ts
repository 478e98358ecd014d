import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync } from 'node:zlib'

export interface JarOptions {
  /** @default true */
  readonly deflated?: boolean
  /** The record for archives of more than 65535 entries. @default false */
  readonly zip64?: boolean
  /** After the end record. @default none */
  readonly comment?: string
}

/** A zip archive, as far as reading it goes: its checksums are zero. */
export function jarBytes(entries: Readonly<Record<string, Buffer>>, options: JarOptions = {}): Buffer {
  const { deflated = true, zip64 = false, comment = '' } = options
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = deflated ? deflateRawSync(content) : content
    // The local header has an extra field that the directory has not, as archives do have them.
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(Buffer.byteLength(name), 26)
    header.writeUInt16LE(4, 28)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(deflated ? 8 : 0, 10)
    entry.writeUInt32LE(data.length, 20)
    entry.writeUInt32LE(content.length, 24)
    entry.writeUInt16LE(Buffer.byteLength(name), 28)
    entry.writeUInt32LE(offset, 42)
    const whole = [header, Buffer.from(name), Buffer.from([1, 0, 0, 0]), data]
    parts.push(...whole)
    directory.push(entry, Buffer.from(name))
    offset += whole.reduce((sum, part) => sum + part.length, 0)
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const count = Object.keys(entries).length
  return Buffer.concat([
    ...parts,
    ...directory,
    ...(zip64 ? zip64Records(count, size, offset) : []),
    endRecord(zip64 ? 0xffff : count, zip64 ? 0xffffffff : size, zip64 ? 0xffffffff : offset, comment),
    Buffer.from(comment),
  ])
}

function zip64Records(count: number, size: number, offset: number): Buffer[] {
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(size), 40)
  record.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + size), 8)
  return [record, locator]
}

function endRecord(count: number, size: number, offset: number, comment: string): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  return end
}

/** A class file, as far as anyone looks: its magic number and its own name. */
export function classFile(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]), Buffer.from(name)])
}

export function classes(...names: string[]): Record<string, Buffer> {
  return Object.fromEntries(names.map(name => [`${name}.class`, classFile(name)]))
}

/** The names of `count` classes of a package. */
export function manyClasses(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${folder}/Class${index}`)
}

export function kafkaVersionFile(version: string): Record<string, Buffer> {
  return { 'kafka/kafka-version.properties': Buffer.from(`commitId=0123456789abcdef\nversion=${version}\n`) }
}

/** A folder in the layout of a release: scripts that start nothing, and these jars. */
export function writeDistribution(home: string, jars: Readonly<Record<string, Buffer>>): string {
  for (const name of ['kafka-server-start.sh', 'kafka-run-class.sh']) {
    const path = join(home, 'bin', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  }
  mkdirSync(join(home, 'libs'), { recursive: true })
  for (const [name, bytes] of Object.entries(jars)) writeFileSync(join(home, 'libs', name), bytes)
  return home
}
