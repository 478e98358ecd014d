import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { QuarantinedRecord } from '../drivers/environment.ts'
import { BrokerLane } from '../fleet/broker-lane.ts'
import { outcomeLine, type PartOutcome, partOutcomes } from '../fleet/send-outcome.ts'
import type { ProducePart } from '../fleet/sender.ts'
import { openBrokerSocket } from '../kafka/broker-login.ts'
import { seedsOf } from '../kafka/broker-seeds.ts'
import { SENT_HEADER, SHARD_FORMAT } from '../record/history.ts'
import { ShardWriter } from '../record/shard-writer.ts'
import type { ReaderOptions } from '../replay/reading.ts'

/** As it is stored. */
export interface Quarantined extends QuarantinedRecord {
  readonly key: string
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, unknown>> | undefined
  readonly timestamp: string
}

/** Its id and its value in today’s version. */
export interface Mended extends Quarantined {
  readonly id: string
  readonly text: string
}

export interface PublishOptions {
  readonly place: ReaderOptions
  readonly clock: Clock
  /** From 1: one run may repair several times. */
  readonly number: number
}

const SEND_DEADLINE_MS = 60_000
const BETWEEN_TRIES_MS = 500
const EXPIRE_EVERY_MS = 200
const MOST_AT_ONCE = 200

/**
 * Publishes records where their devices would have, each batch with its line in the job's own history before it is sent.
 * What is not known to be stored is sent again until its time is over.
 * @returns how many were acknowledged
 */
export async function publishMended(
  mended: readonly Mended[],
  options: PublishOptions,
  signal: AbortSignal,
): Promise<number> {
  const { place, clock, number } = options
  const process = number === 1 ? 'repair' : `repair-${number}`
  const shard = await ShardWriter.create(
    join(place.historyDir, `${process}.jsonl`),
    { kind: 'header', format: SHARD_FORMAT, process, role: 'repair', zone: place.zone },
    place.onTrouble,
    'ahead',
  )
  const lane = laneOf(process, options)
  const over = new AbortController()
  const expiring = expire(lane, clock, over.signal)
  const job: Job = { shard, lane, clock, signal, nextOp: 0 }
  let published = 0
  try {
    for (const batch of batchesOf(mended)) if (await sendBatch(batch, job)) published += batch.length
  } finally {
    over.abort()
    await expiring
    lane.destroy()
    await shard.end(clock.now())
  }
  return published
}

interface Job {
  readonly shard: ShardWriter
  readonly lane: BrokerLane
  readonly clock: Clock
  readonly signal: AbortSignal
  nextOp: number
}

/** @returns whether it was acknowledged */
async function sendBatch(batch: readonly Mended[], job: Job): Promise<boolean> {
  const { shard, lane, clock, signal } = job
  const { topic, partition } = batch[0] as Mended
  const ids = batch.map(({ id }) => id)
  const of = batch.map(record => [record.partition, record.offset] as const)
  shard.append({ kind: 'repair', t: Math.round(clock.now()), topic, records: ids, of })
  const until = clock.now() + SEND_DEADLINE_MS
  for (;;) {
    signal.throwIfAborted()
    const op = job.nextOp++
    const t = Math.round(clock.now())
    shard.append({ kind: 'invoke', op, t, parts: [[topic, partition, t, ids]] })
    shard.writeNow()
    const report = await lane.send([partOf(batch, clock)])
    const outcome = partOutcomes(report)[0] as PartOutcome
    shard.append(outcomeLine(op, Math.round(clock.now()), [outcome]))
    if (outcome.kind === 'acked') return true
    if (outcome.kind === 'refused' || clock.now() >= until) return false
    lane.renew()
    await clock.sleep(BETWEEN_TRIES_MS, signal)
  }
}

/** By partition, in the order in which they are stored. */
function* batchesOf(mended: readonly Mended[]): Generator<readonly Mended[]> {
  const byPartition = new Map<string, Mended[]>()
  for (const record of mended) {
    const key = `${record.topic}/${record.partition}`
    byPartition.set(key, [...(byPartition.get(key) ?? []), record])
  }
  for (const records of byPartition.values()) {
    const inOrder = records.toSorted((a, b) => a.offset - b.offset)
    for (let at = 0; at < inOrder.length; at += MOST_AT_ONCE) yield inOrder.slice(at, at + MOST_AT_ONCE)
  }
}

/** With the time of the event where the record has one, and the time of sending it now. */
function partOf(batch: readonly Mended[], clock: Clock): ProducePart {
  const { topic, partition } = batch[0] as Mended
  const sent = String(Math.round(clock.wallMs()))
  const messages = batch.map(({ key, text, headers, timestamp }) => ({
    key,
    value: text,
    partition,
    ...(headers?.[SENT_HEADER] !== undefined && { timestamp, headers: { [SENT_HEADER]: sent } }),
  }))
  return { topic, partition, messages }
}

function laneOf(process: string, { place, clock }: PublishOptions): BrokerLane {
  const { topology, dial, zone, login = null } = place
  return new BrokerLane({
    clientId: place.clientId ?? process,
    login,
    seeds: seedsOf(topology.nodes, zone, dial),
    now: () => clock.now(),
    openSocket: ({ host, port }) => {
      const socket = openBrokerSocket(dial(zone, host, 'client', port), host, login)
      socket.setMaxListeners(0)
      return socket
    },
  })
}

async function expire(lane: BrokerLane, clock: Clock, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    lane.expire()
    await clock.sleep(EXPIRE_EVERY_MS, over).catch(() => {})
  }
}
