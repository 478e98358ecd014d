import type { FleetSpec } from '../core/drill.ts'
import type { FaultyWhat, RecordId } from '../record/history.ts'
import type { Random } from '../core/random.ts'
import type { DeviceTable } from './device-table.ts'
import { drawDevices } from './draw-devices.ts'
import type { EdgeBuffer } from './edge-buffer.ts'
import { type Firmware, type FirmwareOf, SOUND } from './firmware.ts'
import { type LastRecord, LastRecords } from './last-records.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { type ReconnectPolicy, reconnectDelayMs } from './reconnect-delay.ts'
import type { SessionDoor } from './session-door.ts'
import { meanGapsMs, STREAMS, TELEMETRY, TOPICS_PER_DEVICE } from './streams.ts'
import type { ZoneTally } from './tally.ts'
import { TimingWheel } from './timing-wheel.ts'

/** Entries of the wheel per device: its streams, its next attempt to get a session back, and its next reboot. */
const ENTRIES = STREAMS.length + 2
const RECONNECT = STREAMS.length
const REBOOT = STREAMS.length + 1
/** Even an immediate attempt takes a device's radio and network about this long. */
const ATTEMPT_MS = 50

/** What a device sees of its gateway. */
export interface Attachment {
  readonly isUp: () => boolean
  readonly door: SessionDoor
  readonly tally: ZoneTally
  /** By topic, then by partition. */
  readonly queues: readonly (readonly PartitionQueue[])[]
  /** Records that devices threw away since they were last written to the history, by topic. */
  readonly drops: RecordId[][]
  /** Records that devices published again on purpose since that was last written to the history, by topic. */
  readonly repeats: RecordId[][]
  /** What wrong firmware did to records since that was last written to the history, by topic. */
  readonly faulty: Record<Exclude<FaultyWhat, 'clock'>, RecordId[]>[]
}

export interface PopulationOptions {
  readonly spec: FleetSpec
  readonly devices: DeviceTable
  readonly edge: EdgeBuffer
  readonly attachments: readonly Attachment[]
  readonly firmware: Firmware
  readonly random: Random
  readonly startMs: number
}

/** The devices' own lives: records become due, sessions are lost and sought again. One wheel drives all. */
export class DevicePopulation {
  readonly #options: PopulationOptions
  readonly #wheel: TimingWheel
  readonly #gaps: readonly number[]
  readonly #last: LastRecords
  readonly #rebootRandom: Random
  /** By gateway: how its devices seek a session since they last lost one. */
  readonly #policies: ReconnectPolicy[]
  #generating = true

  constructor(options: PopulationOptions) {
    this.#options = options
    this.#gaps = meanGapsMs(options.spec)
    this.#wheel = new TimingWheel(options.devices.count * ENTRIES, options.startMs)
    this.#policies = options.attachments.map(() => options.spec.reconnect)
    for (const [gateway, { tally }] of options.attachments.entries())
      tally.sessions += options.devices.countOf(gateway)
    for (let device = 0; device < options.devices.count; device++) {
      for (let stream = 0; stream < STREAMS.length; stream++) {
        // A uniform first telemetry spreads the devices over the interval; the rare streams have no memory.
        const first =
          stream === TELEMETRY ? options.random.next() * (this.#gaps[stream] as number) : this.#gap(stream)
        this.#wheel.schedule(device * ENTRIES + stream, options.startMs + first)
      }
    }
    // Of its own: what devices send is the same with reboots and without.
    this.#rebootRandom = options.random.fork('reboots')
    const { reboots, devices: count } = options.spec
    this.#last = new LastRecords(options.devices.count * TOPICS_PER_DEVICE, reboots?.resendLast ?? 0)
    if (!reboots) return
    for (const device of drawDevices(count, reboots.share, this.#rebootRandom))
      this.#wheel.schedule(device * ENTRIES + REBOOT, options.startMs + (reboots.at ?? this.#rebootGap()))
  }

  stopGenerating(): void {
    this.#generating = false
  }

  advance(now: number): void {
    this.#wheel.advance(now, (entry, due) => this.#fire(entry, due))
  }

  /** The gateway's devices lose their sessions; each seeks a new one by the policy. @default the fleet's */
  loseSessions(gateway: number, now: number, reconnect = this.#options.spec.reconnect): void {
    const { devices } = this.#options
    this.#policies[gateway] = reconnect
    for (const device of devices.devicesOf(gateway)) this.#loseSession(device, now)
  }

  /** From now on the devices do as it says; one whose count restarts reboots. */
  install(...[tag, devices, firmware, now]: Parameters<Firmware['install']>): void {
    if (!this.#options.firmware.install(tag, devices, firmware, now)) return
    if (firmware.deeds.restartsSequence !== true) return
    for (const device of devices) {
      this.#options.devices.restartSequence(device)
      this.#loseSession(device, now)
    }
  }

  /** They are given sound firmware, and those whose count had restarted boot into a new epoch. */
  remove(tag: string, now: number): void {
    const removed = this.#options.firmware.remove(tag)
    if (removed?.deeds.restartsSequence !== true) return
    for (const device of removed.devices) {
      this.#options.devices.reboot(device, false)
      this.#loseSession(device, now)
    }
  }

  #fire(entry: number, due: number): void {
    const device = Math.floor(entry / ENTRIES)
    const stream = entry % ENTRIES
    if (stream === RECONNECT) {
      this.#reconnect(device, due)
    } else if (stream === REBOOT) {
      if (this.#generating) this.#reboot(device, due)
    } else if (this.#generating) {
      this.#write(device, stream, due)
      const topicIndex = topicOf(stream)
      const firmware = this.#options.firmware.of(device, topicIndex)
      const times = (firmware?.isOfTopic && firmware.deeds.flood) || 1
      this.#wheel.schedule(entry, due + this.#gap(stream) / times)
    }
  }

  #write(device: number, stream: number, due: number): void {
    const { devices, firmware } = this.#options
    const topicIndex = topicOf(stream)
    const wrong = firmware.of(device, topicIndex)
    if (wrong?.isOfTopic && firmware.draws(wrong.deeds.malformed))
      this.#writeMalformed(device, stream, due, wrong)
    else this.#writeRecord(device, stream, due, wrong)
    if (devices.isConnected(device)) this.#queue(this.#attachment(device), device, topicIndex).enqueue(device)
  }

  #writeRecord(device: number, stream: number, due: number, wrong: FirmwareOf | null): void {
    const { devices, firmware } = this.#options
    const topicIndex = topicOf(stream)
    const { faulty } = this.#attachment(device)
    const sequence = devices.nextSequence(device, topicIndex)
    const record = { sequence, made: due, stream }
    const epoch = devices.epochOf(device)
    const flaw = wrong?.flaw ?? SOUND
    this.#last.note(devices.listOf(device, topicIndex), record)
    if (devices.isUsed(device, topicIndex, sequence))
      faulty[topicIndex]?.restart.push(devices.recordId(device, sequence))
    this.#hold(device, topicIndex, record, due, epoch, flaw)
    if (!wrong?.isOfTopic || !firmware.draws(wrong.deeds.repeats)) return
    faulty[topicIndex]?.repeat.push(devices.recordId(device, sequence))
    this.#hold(device, topicIndex, record, due, epoch, flaw)
  }

  #writeMalformed(device: number, stream: number, due: number, wrong: FirmwareOf): void {
    const { devices, firmware } = this.#options
    const topicIndex = topicOf(stream)
    const { sequence, flaw } = firmware.nextMalformed(wrong)
    const id = firmware.malformedId(devices.numberOf(device), sequence)
    this.#attachment(device).faulty[topicIndex]?.malformed.push(id)
    this.#hold(device, topicIndex, { sequence, made: due, stream }, due, devices.epochOf(device), flaw)
  }

  #hold(
    device: number,
    topicIndex: number,
    record: LastRecord,
    due: number,
    epoch: number,
    flaw: number = SOUND,
  ): void {
    const { devices, edge, firmware } = this.#options
    const { tally, drops } = this.#attachment(device)
    const { sequence, made, stream } = record
    tally.counts.due += 1
    const dropped = edge.add(devices.listOf(device, topicIndex), sequence, due, stream, epoch, made, flaw)
    if (dropped < 0) return
    tally.counts.dropped += 1
    drops[topicIndex]?.push(
      firmware.isMalformed(edge.droppedFlaw)
        ? firmware.malformedId(devices.numberOf(device), dropped)
        : devices.recordId(device, dropped, edge.droppedEpoch),
    )
  }

  /** Power is gone and back: its session and its count are lost, and what it has stored is not. */
  #reboot(device: number, now: number): void {
    const { devices, spec } = this.#options
    const { repeats } = this.#attachment(device)
    const epoch = devices.epochOf(device)
    for (let topicIndex = 0; topicIndex < TOPICS_PER_DEVICE; topicIndex++) {
      const count = devices.madeIn(device, topicIndex)
      for (const record of this.#last.of(devices.listOf(device, topicIndex), count)) {
        repeats[topicIndex]?.push(devices.recordId(device, record.sequence, epoch))
        this.#hold(device, topicIndex, record, now, epoch)
      }
    }
    devices.reboot(device, spec.reboots?.keepsSequence ?? false)
    this.#loseSession(device, now)
    if (spec.reboots?.every !== undefined)
      this.#wheel.schedule(device * ENTRIES + REBOOT, now + this.#rebootGap())
  }

  #rebootGap(): number {
    return Math.max(1, -Math.log(1 - this.#rebootRandom.next()) * (this.#options.spec.reboots?.every ?? 0))
  }

  /** One without a session is seeking one already; a handshake that was under way ends as an attempt like others. */
  #loseSession(device: number, now: number): void {
    const { devices } = this.#options
    const wasConnected = devices.isConnected(device)
    devices.disconnect(device)
    if (!wasConnected) return
    const { tally } = this.#attachment(device)
    tally.sessions -= 1
    tally.counts.sessionsLost += 1
    this.#seekSession(device, now)
  }

  #reconnect(device: number, now: number): void {
    const { devices, spec } = this.#options
    if (devices.isInHandshake(device)) {
      this.#openSession(device)
      return
    }
    const { tally, door, isUp } = this.#attachment(device)
    tally.counts.deviceConnects += 1
    const isThere = isUp() && door.isOpen
    if (!isThere || !door.admits(now)) {
      if (isThere) tally.counts.sessionsRefused += 1
      this.#seekSession(device, now)
      return
    }
    const handshakeMs = spec.sessions?.handshakeMs ?? 0
    if (handshakeMs === 0) {
      this.#openSession(device)
      return
    }
    devices.beginHandshake(device)
    this.#wheel.schedule(device * ENTRIES + RECONNECT, now + handshakeMs)
  }

  #openSession(device: number): void {
    const { devices, edge } = this.#options
    const attachment = this.#attachment(device)
    devices.connect(device)
    attachment.tally.sessions += 1
    attachment.tally.counts.sessionsOpened += 1
    attachment.queues.forEach((_, topicIndex) => {
      if (!edge.isEmpty(devices.listOf(device, topicIndex))) {
        this.#queue(attachment, device, topicIndex).enqueue(device)
      }
    })
  }

  #seekSession(device: number, now: number): void {
    const { devices, random } = this.#options
    const policy = this.#policies[devices.gatewayOf(device)] as ReconnectPolicy
    const delay = reconnectDelayMs(policy, devices.countAttempt(device), random)
    this.#wheel.schedule(device * ENTRIES + RECONNECT, now + ATTEMPT_MS + delay)
  }

  #gap(stream: number): number {
    const { random, spec } = this.#options
    const mean = this.#gaps[stream] as number
    if (stream === TELEMETRY) return Math.max(1, mean * (1 + spec.telemetry.jitter * (2 * random.next() - 1)))
    return Math.max(1, -Math.log(1 - random.next()) * mean)
  }

  #attachment(device: number): Attachment {
    return this.#options.attachments[this.#options.devices.gatewayOf(device)] as Attachment
  }

  #queue(attachment: Attachment, device: number, topicIndex: number): PartitionQueue {
    const partitions = attachment.queues[topicIndex] as readonly PartitionQueue[]
    return partitions[this.#options.devices.numberOf(device) % partitions.length] as PartitionQueue
  }
}

const topicOf = (stream: number): number => (STREAMS[stream] as (typeof STREAMS)[number]).topicIndex
