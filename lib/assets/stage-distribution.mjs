#!/usr/bin/env node
// Brings one distribution to the deploying machine, checks it, and prints where it is. `cdk deploy` runs it for
// each file that a node needs and uploads the result to the asset bucket: the nodes have no way to the internet.
//
//   stage-distribution.mjs <source> <sha256 | unset>
//
// source: maven-jars:<folder with a pom.xml, from the root>   the jars that it resolves to, in one archive, always the same bytes
//         maven-file:<group:artifact:version:type[:classifier]>   one file of a repository
//         https://...                           one file
//         file:<path>                           one file on this machine
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { download } from './download.mjs'

const EXIT = { usage: 64, input: 65, unavailable: 69 }
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aftershock', 'distributions')

class Stop extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

const [source = '', expected = ''] = process.argv.slice(2)
try {
  process.stdout.write(`${await staged()}\n`)
} catch (error) {
  // Not by itself: a connection that hangs would keep this process.
  process.stderr.write(`${error instanceof Stop ? error.message : error.stack}\n`, () =>
    process.exit(error.status ?? EXIT.unavailable),
  )
}

async function staged() {
  if (!/^(maven-jars|maven-file|https|file):/.test(source) || !/^([0-9a-f]{64}|unset)$/.test(expected))
    stop(EXIT.usage, 'usage: stage-distribution.mjs <source> <sha256 | unset>')
  const kept = join(cache, expected)
  if (expected !== 'unset' && existsSync(kept) && (await sha256(kept)) === expected) return kept
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'work-'))
  try {
    const file = await fetchInto(work)
    const actual = await sha256(file)
    if (actual !== expected) refuse(actual)
    renameSync(file, kept)
    return kept
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function fetchInto(work) {
  const rest = source.slice(source.indexOf(':') + 1)
  if (source.startsWith('maven-jars:')) return archiveOfJars(join(root, rest), work)
  if (source.startsWith('maven-file:')) return mavenFile(rest, work)
  const target = join(work, 'file')
  if (source.startsWith('file:') && !existsSync(resolve(rest)))
    stop(EXIT.input, `${source}: there is no such file; a path is from ${process.cwd()}`)
  if (source.startsWith('file:')) await pipeline(createReadStream(resolve(rest)), createWriteStream(target))
  else await download(source, target).catch(error => stop(EXIT.unavailable, `${source}: ${causeOf(error)}`))
  return target
}

async function archiveOfJars(folder, work) {
  const libs = join(work, 'libs')
  if (!existsSync(join(folder, 'pom.xml'))) stop(EXIT.input, `${source}: there is no pom.xml in ${folder}`)
  maven([
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${libs}`,
  ])
  const target = join(work, 'jars.tar')
  await pipeline(Readable.from(tarBlocks(libs)), createWriteStream(target))
  return target
}

function mavenFile(coordinates, work) {
  const folder = join(work, 'artifact')
  maven([
    'dependency:copy',
    `-Dartifact=${coordinates}`,
    `-DoutputDirectory=${folder}`,
    '-Dmdep.useBaseVersion=true',
  ])
  return join(folder, readdirSync(folder)[0])
}

function maven(args) {
  const { status, error } = spawnSync('mvn', ['-q', '-B', ...args], { stdio: ['ignore', 2, 2] })
  if (error)
    stop(EXIT.unavailable, `mvn cannot be started (${error.message}): ${source} needs Maven and a JDK`)
  if (status !== 0) stop(EXIT.unavailable, `mvn failed (exit ${status}) on ${source}; what it said is above`)
}

/** A tar of `libs/`, in order of name and without times or owners, so that its digest names its content. */
function* tarBlocks(folder) {
  for (const name of readdirSync(folder).sort()) {
    const content = readFileSync(join(folder, name))
    yield tarHeader(`libs/${basename(name)}`, content.length)
    yield content
    yield Buffer.alloc((512 - (content.length % 512)) % 512)
  }
  yield Buffer.alloc(1024)
}

function tarHeader(name, size) {
  if (name.length > 100) stop(EXIT.input, `${name} is too long a name for this archive`)
  const header = Buffer.alloc(512)
  const octal = (value, width) => `${value.toString(8).padStart(width - 1, '0')}\0`
  const fields = [
    [0, name],
    [100, octal(0o644, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(size, 12)],
    [136, octal(0, 12)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\x0000'],
  ]
  for (const [offset, text] of fields) header.write(text, offset, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

async function sha256(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function refuse(actual) {
  const advice =
    expected === 'unset'
      ? 'no checksum is set for it; compare this one with what its publisher says, and write it into the environment file'
      : `expected ${expected}: this is not the file that was reviewed`
  stop(EXIT.input, `${source}\nhas the SHA-256 ${actual}\n${advice}`)
}

/** `fetch failed` says nothing; what it failed of does. */
function causeOf({ message, cause }) {
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

function stop(status, message) {
  throw new Stop(status, message)
}
