import { type Random, seededRandom } from '../../../chaos/core/random.ts'
import { SHARD_FORMAT } from '../../../chaos/record/history.ts'

/** By the name of the file: its lines. */
export type PlantedRun = Readonly<Record<string, readonly object[]>>

export const PARTITIONS = { telemetry: 4, state: 8 } as const
type Topic = keyof typeof PARTITIONS
const DEVICES = 16
const REQUESTS = 60
const READ_AT = 20_000

interface Stored {
  readonly offset: number
  readonly record: string
}

/** A log, as the final read finds it. */
interface Log {
  readonly topic: Topic
  readonly partition: number
  next: number
  stored: Stored[]
}

/**
 * A run of two gateways that share all devices, a tail and a final read. Unless it is sound, much of it is wrong, as the
 * seed has it: records are lost, stored twice, out of order, removed, made up, or not told of.
 */
export function plantedRun(seed: number, { isSound = false } = {}): PlantedRun {
  return new Planter(seededRandom(`planted ${seed}`), isSound).run()
}

class Planter {
  readonly #random: Random
  readonly #isSound: boolean
  readonly #logs: Log[] = (Object.keys(PARTITIONS) as Topic[]).flatMap(topic =>
    Array.from({ length: PARTITIONS[topic] }, (_, partition) => ({ topic, partition, next: 0, stored: [] })),
  )
  readonly #sequences = new Map<string, number>()
  readonly #lines: Record<'gw-a' | 'gw-b', object[]> = { 'gw-a': [], 'gw-b': [] }
  #op = 0

  constructor(random: Random, isSound: boolean) {
    this.#random = random
    this.#isSound = isSound
  }

  run(): PlantedRun {
    for (let i = 0; i < REQUESTS; i++) this.#request(i % 2 === 0 ? 'gw-a' : 'gw-b', 100 + i * 10)
    const before = this.#logs.map(log => ({ ...log, stored: [...log.stored] }))
    if (!this.#isSound) for (const log of this.#logs) this.#damage(log)
    const topic = { duplicates: 'forbidden', replayWindow: 19_500 }
    const topics = {
      telemetry: { ...topic, cleanup: 'delete', partitions: PARTITIONS.telemetry },
      state: { ...topic, cleanup: 'compact,delete', partitions: PARTITIONS.state },
    }
    const history = (process: string, role: string, body: readonly object[]) => [
      { kind: 'header', format: SHARD_FORMAT, process, role, zone: 'az-a' },
      ...body,
      { kind: 'end', t: 30_000, lines: body.length + 1 },
    ]
    return {
      'run.json': [{ drill: { contract: { topics } } }],
      'journal.jsonl': [{ kind: 'fleet.started', devices: DEVICES, gateways: ['gw-a', 'gw-b'] }],
      'history/gw-a.jsonl': history('gw-a', 'gateway', this.#lines['gw-a']),
      'history/gw-b.jsonl': history('gw-b', 'gateway', this.#lines['gw-b']),
      'history/tail.jsonl': history('tail', 'tail', this.#tail(before)),
      'history/stored.jsonl': history('stored', 'final-read', this.#finalRead()),
    }
  }

  #chance(of: number): boolean {
    return !this.#isSound && this.#random.next() < of
  }

  #record(topic: Topic, device: number): string {
    const name = `${topic}/${device}`
    const sequence = this.#sequences.get(name) ?? 0
    this.#sequences.set(name, sequence + 1)
    return `d${device}/1/${sequence}`
  }

  /** Of a few partitions, a batch of each; what became of each batch, and what is stored of it. */
  #request(gateway: 'gw-a' | 'gw-b', t: number): void {
    const lines = this.#lines[gateway]
    const parts: unknown[] = []
    const answers: unknown[] = []
    for (const log of this.#random.sample(this.#logs, 1 + this.#random.integer(4))) {
      const { topic, partition } = log
      const devices = Array.from(
        { length: DEVICES / PARTITIONS[topic] },
        (_, i) => partition + i * PARTITIONS[topic],
      )
      let records = this.#random.sample(devices, 1 + this.#random.integer(3)).map(d => this.#record(topic, d))
      if (this.#chance(0.1)) lines.push({ kind: 'drop', t, topic, records: [records.shift()] })
      if (records.length === 0) continue
      const known = log.stored.at(-1)?.record
      if (known !== undefined && this.#chance(0.15)) records = [...records, known]
      if (known !== undefined && this.#chance(0.1)) {
        lines.push({ kind: 'repeat', t, topic, records: [known] })
        records = [...records, known]
      }
      if (this.#chance(0.05)) {
        const malformed = `?${partition}${t}`
        lines.push({ kind: 'faulty', t, topic, what: 'malformed', records: [malformed] })
        records = [...records, malformed]
      }
      parts.push([topic, partition, t, records])
      answers.push(this.#answer(log, records))
    }
    if (parts.length === 0) return
    const op = ++this.#op
    lines.push({ kind: 'invoke', op, t, parts }, { kind: 'settled', op, t: t + 5, parts: answers })
  }

  #answer(log: Log, records: readonly string[]): readonly [string, number | string] {
    const base = log.next
    const store = () => {
      for (const record of records) log.stored.push({ offset: log.next++, record })
    }
    if (this.#chance(0.08)) {
      if (this.#chance(0.3)) store()
      return ['failed', 'not leader']
    }
    if (this.#chance(0.12)) {
      if (this.#chance(0.5)) store()
      return ['unknown', 'timed out']
    }
    store()
    return ['acked', base]
  }

  /** What becomes of a log that should have stayed as it was. */
  #damage(log: Log): void {
    const { stored } = log
    if (this.#chance(0.2)) stored.splice(this.#random.integer(stored.length), 1)
    if (this.#chance(0.15)) stored.splice(0, this.#random.integer(3))
    if (this.#chance(0.1)) log.next -= stored.splice(-1, 1).length
    const at = this.#random.integer(stored.length)
    const [one] = stored.slice(at, at + 1)
    if (one && this.#chance(0.15)) stored[at] = { ...one, record: `d${log.partition}/9/0` }
    if (log.topic === 'state' && this.#chance(0.5)) log.stored = compacted(stored)
  }

  #finalRead(): object[] {
    const lows = this.#logs.map(({ topic, partition, next, stored }) => {
      const low = topic === 'telemetry' ? (stored[0]?.offset ?? next) : 0
      return [topic, partition, low, next]
    })
    const isBounded = () => !this.#chance(0.03)
    return [
      { kind: 'bounds', t: READ_AT, partitions: lows.filter(isBounded) },
      ...this.#logs.flatMap(({ topic, partition, stored }) =>
        stored.map(({ offset, record }) => ({
          kind: 'poll',
          t: READ_AT + 10,
          runs: [[topic, partition, offset, [record]]],
        })),
      ),
      {
        kind: 'starts',
        t: READ_AT + 100,
        partitions: lows.map(([topic, partition, low]) => [topic, partition, low]),
      },
    ]
  }

  /** A consumer of a group that reads several partitions at once, and may pass over some of it. */
  #tail(logs: readonly Log[]): object[] {
    const all = logs.map(({ topic, partition }) => [topic, partition])
    const lines: object[] = [{ kind: 'assign', t: 90, partitions: all, resumes: 'readers' }]
    for (let from = 0; from < 200; from += 7) {
      const runs = logs.flatMap(({ topic, partition, stored }) => {
        const given = stored.slice(from, from + 7)
        if (given.length === 0 || this.#chance(0.1)) return []
        return given.map(({ offset, record }) => [topic, partition, offset, [record]])
      })
      if (runs.length > 0) lines.push({ kind: 'poll', t: 1000 + from, runs })
      const offsets = logs.flatMap(({ topic, partition, stored }) => {
        const last = stored.slice(0, from + 7).at(-1)
        return last ? [[topic, partition, last.offset + 1 + (this.#chance(0.05) ? 2 : 0)]] : []
      })
      lines.push({ kind: 'commit', t: 1001 + from, group: 'readers', offsets })
    }
    return lines
  }
}

/** Of each device the newest, but for those of the end. */
function compacted(stored: readonly Stored[]): Stored[] {
  const deviceOf = ({ record }: Stored) => record.split('/')[0]
  const [cleaned, rest] = [stored.slice(0, -2), stored.slice(-2)]
  const isNewest = (one: Stored, at: number) =>
    !cleaned.slice(at + 1).some(other => deviceOf(other) === deviceOf(one))
  return [...cleaned.filter(isNewest), ...rest]
}
