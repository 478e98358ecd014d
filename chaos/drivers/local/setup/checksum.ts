import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** File name → SHA-256 in hex, of all files of one flat folder. */
export type Checksums = Readonly<Record<string, string>>

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** The first difference between a folder and what it should hold, in words; undefined when there is none. */
export async function difference(folder: string, expected: Checksums): Promise<string | undefined> {
  const names = (await readdir(folder)).filter(name => name !== CHECKSUMS_FILE)
  const extra = names.find(name => !Object.hasOwn(expected, name))
  if (extra !== undefined) return `${extra} does not belong there`
  const missing = Object.keys(expected).find(name => !names.includes(name))
  if (missing !== undefined) return `${missing} is missing`
  for (const name of names) {
    const actual = await sha256(join(folder, name))
    if (actual !== expected[name]) return `${name} has SHA-256 ${actual}, expected ${expected[name]}`
  }
  return undefined
}

const CHECKSUMS_FILE = 'SHA256SUMS'

/** Writes what the folder holds now, for things whose checksum cannot be known before they are made here. */
export async function recordChecksums(folder: string): Promise<void> {
  const lines = []
  for (const name of (await readdir(folder)).sort())
    lines.push(`${await sha256(join(folder, name))}  ${name}\n`)
  await writeFile(join(folder, CHECKSUMS_FILE), lines.join(''))
}

/** The folder against its own record (also readable by `sha256sum -c`). */
export async function differenceFromRecord(folder: string): Promise<string | undefined> {
  const record = await readFile(join(folder, CHECKSUMS_FILE), 'utf8').catch(() => undefined)
  if (record === undefined) return `${CHECKSUMS_FILE} is missing`
  const entries = record
    .split('\n')
    .filter(line => line !== '')
    .map(line => [line.slice(66), line.slice(0, 64)] as const)
  return difference(folder, Object.fromEntries(entries))
}
