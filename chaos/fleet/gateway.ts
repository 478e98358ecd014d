import type { FleetSpec } from '../core/drill.ts'
import { VERSION_1 } from '../core/firmware.ts'
import { SENT_HEADER } from '../record/history.ts'
import type { Random } from '../core/random.ts'
import type { NodeId } from '../core/topology.ts'
import type { ShardWriter } from '../record/shard-writer.ts'
import type { DeviceTable } from './device-table.ts'
import type { EdgeBuffer } from './edge-buffer.ts'
import { type Firmware, idOfUnreadable } from './firmware.ts'
import { planRequests, type RequestPlan } from './partition-groups.ts'
import type { Load, PartitionQueue } from './partition-queue.ts'
import { type ReconnectPolicy, reconnectDelayMs } from './reconnect-delay.ts'
import type { RecordText } from './record-text.ts'
import { outcomeLine, type PartOutcome, partOutcomes, type SendReport } from './send-outcome.ts'
import type { ProducePart, Sender } from './sender.ts'
import type { SendPace } from './send-pace.ts'
import type { ZoneTally } from './tally.ts'

export interface GatewayOptions {
  readonly name: string
  readonly zone: string
  readonly queues: readonly PartitionQueue[]
  readonly edge: EdgeBuffer
  readonly devices: DeviceTable
  readonly text: RecordText
  readonly firmware: Firmware
  readonly shard: ShardWriter
  readonly tally: ZoneTally
  readonly random: Random
  readonly reconnect: ReconnectPolicy
  /** Whose time a record carries as its timestamp. */
  readonly stamps: FleetSpec['timestamps']
  readonly now: () => number
  readonly leaderOf: (topic: string, partition: number) => NodeId | null
  readonly senderFor: (leader: NodeId | null) => Sender
  /** Of the whole fleet. @default no limit */
  readonly pace?: SendPace | undefined
}

/** A way to one leader. Its delay holds suspect partitions back, never healthy ones. */
interface Lane {
  readonly sender: Sender
  failures: number
  retryAt: number
  /** Requests that fail together are one failure: the round moves on with the first. */
  round: number
  /**
   * A request for its healthy partitions is under way. A broker answers the requests of one connection in order,
   * and an acks=all request waits for its replicas: a second one would only queue behind the first (at 100 ms of
   * delay, 1, 2 and 3 at once took 106, 215 and 321 ms).
   */
  busy: boolean
}

interface Request {
  readonly op: number
  readonly lane: Lane
  readonly round: number
  readonly suspect: boolean
  readonly queues: readonly PartitionQueue[]
  readonly loads: readonly Load[]
}

/** Collects what its devices deliver and sends it on; keeps the history of every attempt. */
export class Gateway {
  readonly name: string
  readonly zone: string
  isUp = true
  /** Records that its cluster has acknowledged. */
  acked = 0
  /** Records of sends that it refused or did not answer; who sends one again and fails again counts it twice. */
  unanswered = 0
  #options: GatewayOptions
  readonly #lanes = new Map<NodeId | null, Lane>()
  readonly #inFlight = new Set<Request>()
  #nextOp = 0

  constructor(options: GatewayOptions) {
    this.name = options.name
    this.zone = options.zone
    this.#options = options
  }

  get recordsInFlight(): number {
    let records = 0
    for (const request of this.#inFlight) for (const load of request.loads) records += load.records.length
    return records
  }

  /** By topic, when the oldest record of all requests under way was due. */
  oldestInFlight(): ReadonlyMap<string, number> {
    const oldest = new Map<string, number>()
    for (const { queues, loads } of this.#inFlight) {
      for (const [i, { topic }] of queues.entries()) {
        for (const record of loads[i]?.records ?? [])
          oldest.set(topic, Math.min(oldest.get(topic) ?? Infinity, this.#options.edge.dueOf(record)))
      }
    }
    return oldest
  }

  /** One request per leader that has none under way, for every partition with records. */
  flush(): void {
    const { queues, leaderOf, shard, pace } = this.#options
    if (!this.isUp) return
    for (const { sender } of this.#lanes.values()) sender.expire()
    if (shard.isFull) return
    const now = this.#options.now()
    const waiting = queues.filter(queue => queue.hasWork && !queue.busy)
    for (const plan of planRequests(waiting, leaderOf)) {
      const lane = this.#lane(plan.leader)
      if (plan.suspect ? now < lane.retryAt : lane.busy) continue
      if (pace?.isOpen(now) === false) return
      this.#noteLeader(lane, plan)
      this.#send(lane, plan.queues, plan.suspect)
    }
  }

  /**
   * Dies without closing anything: what was in flight is unknown, and goes back to the devices, whose
   * sessions must have been ended before.
   */
  crash(reason: string): void {
    if (!this.isUp) return
    this.isUp = false
    for (const lane of this.#lanes.values()) lane.sender.destroy()
    this.#lanes.clear()
    for (const queue of this.#options.queues) queue.clear()
    for (const request of this.#inFlight) {
      this.#conclude(
        request,
        request.queues.map(() => ({ kind: 'unknown', error: reason })),
      )
    }
    this.#inFlight.clear()
  }

  restart(): void {
    this.isUp = true
  }

  /** Another cluster from now on, with a history of its own. It must have crashed: nothing is in flight. */
  moveTo(place: Pick<GatewayOptions, 'shard' | 'leaderOf' | 'senderFor'>): void {
    this.#options = { ...this.#options, ...place }
    this.acked = 0
    this.unanswered = 0
  }

  #lane(leader: NodeId | null): Lane {
    let lane = this.#lanes.get(leader)
    if (!lane) {
      lane = { sender: this.#options.senderFor(leader), busy: false, failures: 0, retryAt: 0, round: 0 }
      this.#lanes.set(leader, lane)
    }
    return lane
  }

  /** A partition that comes from another leader is one that this lane's metadata may still have there. */
  #noteLeader(lane: Lane, { leader, queues }: RequestPlan<PartitionQueue>): void {
    if (queues.some(queue => queue.leader !== undefined && queue.leader !== leader)) lane.sender.renew()
    for (const queue of queues) queue.leader = leader
  }

  #send(lane: Lane, waiting: readonly PartitionQueue[], suspect: boolean): void {
    // A device may have lost its session since it was enqueued.
    const taken = waiting
      .map(queue => ({ queue, load: queue.take() }))
      .filter(({ load }) => load.records.length > 0)
    if (taken.length === 0) return
    const [queues, loads] = [taken.map(({ queue }) => queue), taken.map(({ load }) => load)]
    const request: Request = { op: this.#nextOp, lane, round: lane.round, suspect, queues, loads }
    this.#nextOp += 1
    const parts = this.#render(request)
    this.#options.pace?.spend(parts.reduce((sum, part) => sum + bytesOf(part), 0))
    for (const queue of queues) queue.busy = true
    if (!suspect) lane.busy = true
    this.#inFlight.add(request)
    this.#options.tally.counts.sends += 1
    // Nothing is sent that is not written down: whoever is killed now leaves no record that nobody has sent.
    this.#options.shard.writeNow()
    lane.sender.send(parts).then(
      report => this.#settle(request, report),
      // A sender never rejects; should it, the records must not vanish.
      (error: unknown) =>
        this.#settle(request, { wrote: [], answers: queues.map(() => undefined), error: String(error) }),
    )
  }

  /**
   * Builds the messages, and writes the line that says what is about to be sent. A part is due when the first of its
   * records was; those of wrong clocks count only where there are no others.
   */
  #render(request: Request): ProducePart[] {
    const { edge, devices, text, firmware, shard, now, stamps } = this.#options
    const sent = String(text.wallMs(now()))
    const unreadable = new Map<string, string[]>()
    const ofWrongClocks = new Map<string, string[]>()
    let line = `{"kind":"invoke","op":${request.op},"t":${Math.round(now())},"parts":[`
    const parts = request.queues.map((queue, i): ProducePart => {
      const { devices: owners, records } = request.loads[i] as Load
      const { topic, partition, topicIndex } = queue
      let due = Number.POSITIVE_INFINITY
      let dueOfWrong = Number.POSITIVE_INFINITY
      let ids = ''
      const each: string[] = []
      const messages = records.map((record, j) => {
        const device = owners[j] as number
        const sequence = edge.sequenceOf(record)
        const dueOf = edge.dueOf(record)
        const made = edge.madeOf(record)
        const flaw = edge.flawOf(record)
        const number = devices.numberOf(device)
        const isMalformed = firmware.isMalformed(flaw)
        const own = devices.recordId(device, sequence, edge.epochOf(record))
        const at = text.timeOf(device, made, flaw)
        const value = isMalformed
          ? firmware.malformedValue(number, sequence)
          : text.render(own, edge.streamOf(record), made, sequence, at, firmware.isVersion2(flaw, topicIndex))
        const isReadable = value.startsWith(VERSION_1)
        const id = isReadable ? own : idOfUnreadable(value)
        if (!isReadable && !isMalformed) append(unreadable, topic, id)
        if (text.hasWrongClock(device, flaw)) dueOfWrong = Math.min(dueOfWrong, dueOf)
        else due = Math.min(due, dueOf)
        each.push(id)
        ids += j === 0 ? `"${id}"` : `,"${id}"`
        return {
          key: `d${number}`,
          value,
          partition,
          ...(stamps === 'event' && { timestamp: stampOf(at), headers: { [SENT_HEADER]: sent } }),
        }
      })
      if (!Number.isFinite(due)) ofWrongClocks.set(topic, [...(ofWrongClocks.get(topic) ?? []), ...each])
      line += `${i === 0 ? '' : ','}[${JSON.stringify(topic)},${partition},${Math.round(Number.isFinite(due) ? due : dueOfWrong)},[${ids}]]`
      return { topic, partition, messages }
    })
    for (const [what, byTopic] of [
      ['malformed', unreadable],
      ['clock', ofWrongClocks],
    ] as const)
      for (const [topic, records] of byTopic)
        shard.append({ kind: 'faulty', t: Math.round(now()), topic, what, records })
    shard.appendText(`${line}]}`)
    return parts
  }

  #settle(request: Request, report: SendReport): void {
    if (!this.#inFlight.delete(request)) return
    if (!request.suspect) request.lane.busy = false
    this.#conclude(request, partOutcomes(report))
  }

  /** Writes down what became of each part, and does with its records what was written: nothing else. */
  #conclude(request: Request, answers: readonly PartOutcome[]): void {
    const { shard, now } = this.#options
    const t = now()
    const outcomes = request.queues.map((queue, i) => judged(answers[i] as PartOutcome, queue))
    shard.append(outcomeLine(request.op, Math.round(t), outcomes))
    request.queues.forEach((queue, i) => {
      const load = request.loads[i] as Load
      const { kind } = outcomes[i] as PartOutcome
      this.#count(load, kind, t)
      if (kind === 'acked') queue.release(load)
      else if (kind === 'refused') queue.refuse(load)
      else queue.restore(load)
      queue.busy = false
      queue.suspect = kind === 'failed' || kind === 'unknown'
    })
    if (outcomes.some(({ kind }) => kind === 'failed' || kind === 'unknown'))
      this.#backOff(request, Math.round(t))
    else this.#worked(request)
    // Whoever was refused together with a bad record has waited long enough.
    if (request.queues.some(queue => queue.isSplit)) this.flush()
  }

  #count(load: Load, kind: PartOutcome['kind'], t: number): void {
    const { tally, edge, text } = this.#options
    const { length } = load.records
    tally.counts[kind === 'refused' ? 'failed' : kind] += length
    if (kind === 'refused' && length === 1) tally.counts.refused += 1
    if (kind !== 'acked') {
      this.unanswered += length
      return
    }
    this.acked += length
    load.records.forEach((record, i) => {
      if (text.hasWrongClock(load.devices[i] as number, edge.flawOf(record))) tally.counts.wrongClocks += 1
      else tally.latency.record(t - edge.dueOf(record))
    })
  }

  #worked({ lane, suspect }: Request): void {
    if (!suspect && this.#options.queues.some(queue => queue.suspect)) return
    lane.failures = 0
    lane.retryAt = 0
  }

  #backOff({ lane, round }: Request, now: number): void {
    if (lane.round !== round) return
    lane.round += 1
    lane.retryAt = now + reconnectDelayMs(this.#options.reconnect, lane.failures, this.#options.random)
    lane.failures += 1
  }
}

/** Of a record beside its key and its value: its batch's part, and its headers. */
const RECORD_OVERHEAD_BYTES = 60

/** What a part is on the wire, compression left out. */
const bytesOf = ({ messages }: ProducePart): number =>
  messages.reduce((sum, { key, value }) => sum + key.length + value.length + RECORD_OVERHEAD_BYTES, 0)

/** Where a topic refuses everything, no record is to blame. */
function judged(answer: PartOutcome, { refusals }: PartitionQueue): PartOutcome {
  return answer.kind === 'refused' && refusals.isHopeless ? { kind: 'failed', error: answer.error } : answer
}

/** kafkajs 2.2.4 sorts times as texts: all must have as many digits (protocol/requests/produce/v3/request.js). */
const stampOf = (at: number): string => (at < 0 ? String(at) : String(at).padStart(13, '0'))

function append(lists: Map<string, string[]>, key: string, item: string): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}
