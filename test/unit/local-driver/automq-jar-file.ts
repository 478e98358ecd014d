import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync } from 'node:zlib'

/** A zip archive, as far as reading it goes: its checksums are zero. */
export function jarBytes(entries: Readonly<Record<string, Buffer>>): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = deflateRawSync(content)
    // From the version that is needed to the length of the extra field: the same in both places.
    const said = Buffer.alloc(26)
    said.writeUInt16LE(20, 0)
    said.writeUInt16LE(8, 4)
    said.writeUInt32LE(data.length, 14)
    said.writeUInt32LE(content.length, 18)
    said.writeUInt16LE(Buffer.byteLength(name), 22)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    said.copy(entry, 6)
    entry.writeUInt32LE(offset, 42)
    directory.push(entry, Buffer.from(name))
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), said, Buffer.from(name), data])
    files.push(file)
    offset += file.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(entries).length, 8)
  end.writeUInt16LE(Object.keys(entries).length, 10)
  end.writeUInt32LE(index.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, index, end])
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
