import { type FleetSpec, fleetSchema } from '../../../chaos/core/drill.ts'
import { type HistoryLine, SHARD_FORMAT } from '../../../chaos/record/history.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { NodeId } from '../../../chaos/core/topology.ts'
import { ShardWriter } from '../../../chaos/record/shard-writer.ts'
import { DeviceClocks } from '../../../chaos/fleet/device-clocks.ts'
import { DeviceTable } from '../../../chaos/fleet/device-table.ts'
import { EdgeBuffer } from '../../../chaos/fleet/edge-buffer.ts'
import { Firmware } from '../../../chaos/fleet/firmware.ts'
import { Gateway } from '../../../chaos/fleet/gateway.ts'
import { PartitionQueue } from '../../../chaos/fleet/partition-queue.ts'
import { RecordText } from '../../../chaos/fleet/record-text.ts'
import { Refusals } from '../../../chaos/fleet/refusals.ts'
import type { SendReport } from '../../../chaos/fleet/send-outcome.ts'
import type { ProducePart, Sender } from '../../../chaos/fleet/sender.ts'
import { TOPICS_PER_DEVICE } from '../../../chaos/fleet/streams.ts'
import { Tally, type ZoneTally } from '../../../chaos/fleet/tally.ts'

/** A request that waits for the test to answer it. */
export interface OpenRequest {
  /** The history as it was on disk when the request was sent. */
  readonly written: string
  readonly leader: NodeId | null
  readonly parts: readonly ProducePart[]
  readonly answer: (report: SendReport) => Promise<void>
}

export const ACKED = (...offsets: number[]): SendReport => ({
  wrote: offsets.map(() => true),
  answers: offsets.map(baseOffset => ({ errorCode: 0, baseOffset })),
})
export const REFUSED = (parts = 1): SendReport => ({
  wrote: Array.from({ length: parts }, () => true),
  answers: Array.from({ length: parts }, () => ({ errorCode: 6, baseOffset: -1 })),
})
export const SILENT = (parts = 1): SendReport => ({
  wrote: Array.from({ length: parts }, () => true),
  answers: Array.from({ length: parts }, () => undefined),
  error: 'no answer',
})

/** One gateway with two partitions of telemetry, a clock that the test sets, and senders that it answers for. */
export class FakeGateway {
  now = 0
  leaders: (NodeId | null)[] = [1, 1]
  readonly requests: OpenRequest[] = []
  readonly renewed: (NodeId | null)[] = []
  readonly destroyed: (NodeId | null)[] = []
  readonly devices: DeviceTable
  readonly edge: EdgeBuffer
  readonly tally: ZoneTally
  readonly firmware = new Firmware(seededRandom(3))
  readonly gateway: Gateway
  readonly queues: readonly PartitionQueue[]
  #text = ''
  readonly #shard: ShardWriter

  constructor(spec: Partial<FleetSpec> = {}, maxRecords = 100) {
    const plain = fleetSchema.parse({ devices: 4, reconnect: { policy: 'fixed', baseMs: 200, maxMs: 200 } })
    const fleet = { ...plain, ...spec }
    const lists = fleet.devices * TOPICS_PER_DEVICE
    this.devices = new DeviceTable(fleet.devices, 1)
    this.edge = new EdgeBuffer({ lists, capacity: 100, whenFull: 'drop-oldest' })
    const tally = new Tally(['az-a'])
    this.tally = tally.zone('az-a')
    const queued = new Uint8Array(lists)
    const refusals = new Refusals()
    this.queues = [0, 1].map(
      partition =>
        new PartitionQueue({
          topic: 'telemetry',
          topicIndex: 0,
          partition,
          maxRecords,
          edge: this.edge,
          devices: this.devices,
          queued,
          refusals,
        }),
    )
    this.#shard = new ShardWriter({
      header: { kind: 'header', format: SHARD_FORMAT, process: 'gw', role: 'gateway', zone: 'az-a' },
      sink: {
        write: async () => {},
        writeNow: text => {
          this.#text += text
        },
        close: async () => {},
      },
      onError: message => {
        throw new Error(message)
      },
    })
    const topics = [{ topic: 'telemetry', dataClass: 'telemetry' as const, partitions: 2 }]
    this.gateway = new Gateway({
      name: 'gw',
      zone: 'az-a',
      queues: this.queues,
      edge: this.edge,
      devices: this.devices,
      text: new RecordText(
        fleet,
        topics,
        seededRandom(1),
        0,
        new DeviceClocks(fleet, seededRandom(1)),
        this.firmware,
      ),
      firmware: this.firmware,
      shard: this.#shard,
      tally: this.tally,
      random: seededRandom(1),
      reconnect: fleet.reconnect,
      stamps: fleet.timestamps,
      now: () => this.now,
      leaderOf: (_, partition) => this.leaders[partition] ?? null,
      senderFor: leader => this.#sender(leader),
    })
  }

  /** A record of the device becomes due now. */
  record(device: number): void {
    const sequence = this.devices.nextSequence(device, 0)
    this.edge.add(this.devices.listOf(device, 0), sequence, this.now, 0)
    if (this.devices.isConnected(device)) this.queues[device % 2]?.enqueue(device)
  }

  flushAt(now: number): void {
    this.now = now
    this.gateway.flush()
  }

  /** The records of the latest request, by part. */
  sent(index = this.requests.length - 1): string[][] {
    return (this.requests[index]?.parts ?? []).map(part =>
      part.messages.map(message => (JSON.parse(message.value) as { id: string }).id),
    )
  }

  async history(): Promise<HistoryLine[]> {
    await this.#shard.flush()
    return linesOf(this.#text)
  }

  /** @returns the history of what it sends there */
  moveTo({ leaders }: { readonly leaders: readonly NodeId[] }): () => Promise<HistoryLine[]> {
    let text = ''
    const shard = new ShardWriter({
      header: {
        kind: 'header',
        format: SHARD_FORMAT,
        process: 'gw.b',
        role: 'gateway',
        zone: 'az-a',
        region: 'b',
      },
      sink: { write: async () => {}, writeNow: more => (text += more), close: async () => {} },
      onError: message => {
        throw new Error(message)
      },
    })
    this.gateway.moveTo({
      shard,
      leaderOf: (_, partition) => leaders[partition] ?? null,
      senderFor: leader => this.#sender(leader),
    })
    return async () => {
      await shard.flush()
      return linesOf(text)
    }
  }

  #sender(leader: NodeId | null): Sender {
    return {
      send: parts => {
        let settle: (report: SendReport) => void = () => {}
        const result = new Promise<SendReport>(resolve => {
          settle = resolve
        })
        const answer = async (report: SendReport) => {
          settle(report)
          await result
          await Promise.resolve()
        }
        this.requests.push({ leader, parts, answer, written: this.#text })
        return result
      },
      expire: () => {},
      renew: () => this.renewed.push(leader),
      destroy: () => this.destroyed.push(leader),
    }
  }
}

const linesOf = (text: string): HistoryLine[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as HistoryLine)
