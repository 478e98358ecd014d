import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { seededRandom } from '../chaos/core/random.ts'

/**
 * Histories of a fleet that behaves: 2,000 devices, two readers, one send in a hundred unknown and sent
 * again. An operation is one send or one poll, from its invocation to its outcome. In the open format a send
 * has one record, as Jepsen's mostly do; in a run a request has four.
 */
const DEVICES = 2000
const PARTITIONS = 6
const RECORDS_PER_REQUEST = 4
const RECORDS_PER_POLL = 20

class Lines {
  readonly #stream
  #waiting: string[] = []
  count = 0

  constructor(path: string) {
    this.#stream = createWriteStream(path)
  }

  async write(line: unknown): Promise<void> {
    this.count++
    this.#waiting.push(JSON.stringify(line), '\n')
    if (this.#waiting.length < 20_000) return
    const text = this.#waiting.join('')
    this.#waiting = []
    if (!this.#stream.write(text)) await new Promise<void>(resolve => this.#stream.once('drain', resolve))
  }

  async end(): Promise<void> {
    this.#stream.end(this.#waiting.join(''))
    await finished(this.#stream)
  }
}

/** The records of one send: neighbours among the devices of one partition. */
class Fleet {
  readonly #random = seededRandom('audit-bench')
  readonly #sequences = new Int32Array(DEVICES)
  readonly #ends = new Float64Array(PARTITIONS)

  /** Chance of one in `n`. */
  oneIn(n: number): boolean {
    return this.#random.integer(n) === 0
  }

  /** Where the next `count` records of the partition are stored. */
  append(partition: number, count: number): number {
    const base = this.end(partition)
    this.#ends[partition] = base + count
    return base
  }

  end(partition: number): number {
    return this.#ends[partition] as number
  }

  partition(): number {
    return this.#random.integer(PARTITIONS)
  }

  records(partition: number, count: number): string[] {
    const start = this.#random.integer(DEVICES)
    return Array.from({ length: count }, (_, i) => {
      const near = (start + i * PARTITIONS) % DEVICES
      const device = near - (near % PARTITIONS) + partition
      const sequence = this.#sequences[device % DEVICES] as number
      this.#sequences[device % DEVICES] = sequence + 1
      return `d${device % DEVICES}/1/${sequence}`
    })
  }
}

/** `operations` of them in the open format: sends, and polls of two readers that keep up. */
export async function generateOpen(path: string, operations: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const lines = new Lines(path)
  const fleet = new Fleet()
  const unread: [number, string][][][] = [0, 1].map(() => Array.from({ length: PARTITIONS }, () => []))
  let index = 0
  const both = async (process: number, f: string, invoked: unknown, type: string, value: unknown) => {
    await lines.write({ index, process, time: index, type: 'invoke', f, value: invoked })
    await lines.write({ index: index + 1, process, time: index + 1, type, f, value })
    index += 2
  }
  for (let operation = 0; operation < operations; operation++) {
    const partition = fleet.partition()
    const key = `telemetry-${partition}`
    const reader = operation % 2
    const waiting = unread[reader]?.[partition] as [number, string][]
    if (waiting.length >= RECORDS_PER_POLL) {
      const given = { [key]: waiting.splice(0, RECORDS_PER_POLL) }
      await both(100 + reader, 'poll', [['poll']], 'ok', [['poll', given]])
      continue
    }
    const records = fleet.records(partition, 1)
    const invoked = records.map(record => ['send', key, record])
    const copies = fleet.oneIn(100) ? ['info', 'ok'] : ['ok']
    for (const type of copies) {
      const base = fleet.append(partition, records.length)
      const stored = records.map((record, i) => [base + i, record] as [number, string])
      for (const each of unread) each[partition]?.push(...stored)
      const value = type === 'ok' ? stored.map(pair => ['send', key, pair]) : invoked
      await both(partition, 'send', invoked, type, value)
    }
  }
  for (const [reader, partitions] of unread.entries()) {
    const rest = Object.fromEntries(partitions.map((pairs, p) => [`telemetry-${p}`, pairs]))
    await both(100 + reader, 'poll', [['poll']], 'ok', [['poll', rest]])
  }
  await lines.end()
}

/** The same as a run's folder: six gateways, a tail consumer, a replay and the final read. */
export async function generateRun(dir: string, operations: number): Promise<void> {
  await mkdir(join(dir, 'history'), { recursive: true })
  const telemetry = {
    duplicates: 'tolerated',
    cleanup: 'delete',
    replayWindow: 14_400_000,
    partitions: PARTITIONS,
  }
  const topics = { telemetry }
  await writeFile(join(dir, 'run.json'), JSON.stringify({ drill: { contract: { topics } } }))
  const names = Array.from({ length: PARTITIONS }, (_, i) => `gateway-${i}`)
  await writeFile(
    join(dir, 'journal.jsonl'),
    `${JSON.stringify({ kind: 'fleet.started', devices: DEVICES, gateways: names })}\n`,
  )
  const shard = async (process: string, role: string) => {
    const lines = new Lines(join(dir, 'history', `${role === 'final-read' ? 'stored' : process}.jsonl`))
    await lines.write({ kind: 'header', format: 1, process, role, zone: 'az-a' })
    return lines
  }
  const gateways = await Promise.all(names.map(name => shard(name, 'gateway')))
  const readers = [await shard('tail', 'tail'), await shard('recovery', 'recovery')]
  const stored = await shard('final-read', 'final-read')
  const fleet = new Fleet()
  const unread: string[][] = Array.from({ length: PARTITIONS }, () => [])
  const poll = async (partition: number) => {
    const records = unread[partition] as string[]
    if (records.length === 0) return 0
    const base = fleet.end(partition) - records.length
    for (const lines of [...readers, stored])
      await lines.write({ kind: 'poll', t: 1000, runs: [['telemetry', partition, base, records]] })
    unread[partition] = []
    return 3
  }
  for (let done = 0; done < operations; ) {
    const partition = fleet.partition()
    const lines = gateways[partition] as Lines
    const records = fleet.records(partition, RECORDS_PER_REQUEST)
    const copies = fleet.oneIn(100) ? ['info', 'ok'] : ['ok']
    for (const kind of copies) {
      const op = lines.count
      const base = fleet.append(partition, records.length)
      const outcome = kind === 'ok' ? { offsets: [base] } : { error: 'timed out' }
      await lines.write({ kind: 'invoke', op, t: 1000, parts: [['telemetry', partition, 990, records]] })
      await lines.write({ kind, op, t: 1001, ...outcome })
      unread[partition]?.push(...records)
      done++
    }
    if ((unread[partition] as string[]).length >= RECORDS_PER_POLL) done += await poll(partition)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) await poll(partition)
  const partitions = unread.map((_, partition) => ['telemetry', partition, 0, fleet.end(partition)])
  await stored.write({ kind: 'bounds', t: 2000, partitions })
  for (const lines of [...gateways, ...readers, stored])
    await lines.write({ kind: 'end', t: 3000, lines: lines.count })
  for (const lines of [...gateways, ...readers, stored]) await lines.end()
}
