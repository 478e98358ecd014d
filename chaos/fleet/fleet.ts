import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { FleetSpec } from '../core/drill.ts'
import { messageOf } from '../core/errors.ts'
import type { RecordId } from '../record/history.ts'
import type { Dial } from '../core/network.ts'
import type { Random } from '../core/random.ts'
import type { RegionName } from '../core/regions.ts'
import type { FleetSample } from '../record/samples.ts'
import type { NodeId, Topology } from '../core/topology.ts'
import type { FleetClients } from '../drivers/driver.ts'
import type { ShardWriter } from '../record/shard-writer.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { DeviceClocks } from './device-clocks.ts'
import { type Attachment, DevicePopulation } from './device-population.ts'
import { DeviceTable } from './device-table.ts'
import { EdgeBuffer } from './edge-buffer.ts'
import { Firmware } from './firmware.ts'
import { Gateway, type GatewayOptions } from './gateway.ts'
import { gatewayClients } from './gateway-clients.ts'
import { brokerLanes, createShard, seedsFor } from './gateway-lanes.ts'
import { gatewayPlaces } from './gateway-places.ts'
import { GatewaySockets } from './gateway-sockets.ts'
import { bufferedByZone, type HeldRecords, waitingRecords } from './held-records.ts'
import { PartitionQueue } from './partition-queue.ts'
import { recordsPerPart } from './records-per-part.ts'
import { RecordText } from './record-text.ts'
import { Refusals } from './refusals.ts'
import { HeldBack } from './send-pace.ts'
import { SessionDoor } from './session-door.ts'
import type { FleetCluster, Station } from './station.ts'
import type { StartedFleet } from './started-fleet.ts'
import { type FleetTopic, fleetTopics, TOPICS_PER_DEVICE } from './streams.ts'
import { Tally } from './tally.ts'

export interface FleetOptions {
  readonly spec: FleetSpec
  readonly contract: Contract
  /** Its nodes may change while the fleet runs: they are looked up for each new connection. */
  readonly topology: Topology
  readonly dial: Dial
  /** `now()` is milliseconds since the run's zero. */
  readonly clock: Clock
  readonly random: Random
  /** `<gateway>.jsonl` is written here, one shard a gateway. */
  readonly historyDir: string
  /** The best knowledge of the moment; a wrong answer costs a request, never a record. */
  readonly leaderOf: (topic: string, partition: number) => NodeId | null
  readonly onTrouble: (message: string) => void
  /** How clients of a zone call themselves, where the platform asks for it. @default the gateway's name */
  readonly clientIdOf?: ((zone: string) => string) | undefined
  /** @default null: brokers that ask nobody who they are */
  readonly login?: BrokerLogin | null
  /** What all its devices together send a second at most, also when they have much to send again. @default no limit */
  readonly bytesPerSecond?: number | undefined
  /**
   * Which part of a larger fleet this is: its first device, the gateways of its zones that come before, and the boot
   * epoch that all its devices are in. @default the first device, no gateway, epoch 1
   */
  readonly part?: { readonly firstDevice: number; readonly gatewaysBefore: number; readonly epoch: number }
}

const TICK_MS = 10
const HISTORY_FLUSH_MS = 1000
const LOOP_RESOLUTION_MS = 10

/** Starts with every device connected; sessions that exist from the start are not counted as connects. */
export async function startFleet(options: FleetOptions): Promise<StartedFleet> {
  const fleet = await Fleet.create(options)
  fleet.start()
  return fleet
}

const FAULTY = ['repeat', 'restart', 'malformed'] as const

class Fleet implements StartedFleet {
  readonly gateways: readonly { readonly name: string; readonly zone: string }[]
  readonly clients: FleetClients
  readonly #options: FleetOptions
  readonly #topics: readonly FleetTopic[]
  readonly #devices: DeviceTable
  readonly #edge: EdgeBuffer
  readonly #tally: Tally
  readonly #sockets: GatewaySockets
  readonly #stations: readonly Station[]
  readonly #population: DevicePopulation
  /** By topic. */
  readonly #refusals = Array.from({ length: TOPICS_PER_DEVICE }, () => new Refusals())
  readonly #stop = new AbortController()
  readonly #loopDelay: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  #loop: Promise<void> = Promise.resolve()
  #nextHistoryFlush = 0
  readonly #heldBack: HeldBack

  static async create(options: FleetOptions): Promise<Fleet> {
    const { spec, topology, historyDir, onTrouble, part } = options
    const places = gatewayPlaces(spec, topology, part?.gatewaysBefore)
    const shards = await Promise.all(
      places.map(({ name, zone }) => createShard(historyDir, name, { zone }, onTrouble)),
    )
    return new Fleet(options, places, shards)
  }

  private constructor(
    options: FleetOptions,
    places: readonly { name: string; zone: string }[],
    shards: readonly ShardWriter[],
  ) {
    const { spec, contract, topology, clock, random, dial } = options
    this.#options = options
    this.gateways = places
    this.#topics = fleetTopics(contract)
    const { firstDevice, epoch } = options.part ?? {}
    this.#devices = new DeviceTable(spec.devices, places.length, firstDevice, epoch)
    this.#edge = new EdgeBuffer({
      lists: spec.devices * TOPICS_PER_DEVICE,
      capacity: spec.edgeBuffer.records,
      whenFull: spec.edgeBuffer.whenFull,
    })
    this.#tally = new Tally(topology.zones)
    this.#sockets = new GatewaySockets(dial, options.login ?? null)
    const startMs = clock.now()
    this.#heldBack = new HeldBack(options.bytesPerSecond, startMs)
    const clocks = new DeviceClocks(spec, random.fork('clocks'))
    const wallOffsetMs = clock.wallMs() - startMs
    const firmware = new Firmware(random.fork('firmware'))
    const text = new RecordText(spec, this.#topics, random.fork('payload'), wallOffsetMs, clocks, firmware)
    const queued = new Uint8Array(spec.devices * TOPICS_PER_DEVICE)
    this.#stations = places.map((place, i) => {
      const nextFlush = startMs + (spec.lingerMs * (i + 1)) / places.length
      return this.#station(place, shards[i] as ShardWriter, { text, firmware, queued, nextFlush })
    })
    this.#population = new DevicePopulation({
      spec,
      devices: this.#devices,
      edge: this.#edge,
      attachments: this.#stations.map(station => station.attachment),
      firmware,
      random: random.fork('devices'),
      startMs,
    })
    this.clients = gatewayClients({
      stations: this.#stations.map(({ gateway, attachment: { door } }) => ({ gateway, door })),
      population: this.#population,
      devices: this.#devices,
      sockets: this.#sockets,
      clock,
    })
  }

  start(): void {
    this.#loopDelay.enable()
    this.#loop = this.#run()
  }

  take(): Omit<FleetSample, 't' | 'intervalMs'> {
    const worstMs = this.#loopDelay.max / 1e6
    this.#loopDelay.reset()
    const reading = this.#tally.take(bufferedByZone(this.#held()))
    // The monitor's timer measures from firing to firing, so its own interval is in every value.
    return {
      ...reading,
      waiting: waitingRecords(this.#held(), this.#options.clock.now()),
      loopDelayMs: Math.max(0, Math.round(worstMs - LOOP_RESOLUTION_MS)),
    }
  }

  takeHeldBack(): ReturnType<HeldBack['take']> {
    return this.#heldBack.take(this.#options.clock.now())
  }

  stopGenerating(): void {
    this.#population.stopGenerating()
  }

  async drain(deadlineMs: number): Promise<number> {
    const { clock } = this.#options
    const end = clock.now() + deadlineMs
    const left = () => this.#edge.waiting + this.#edge.taken
    while (left() > 0 && clock.now() < end) await clock.sleep(TICK_MS)
    return left()
  }

  async hold(deadlineMs: number): Promise<number> {
    const { clock } = this.#options
    for (const station of this.#stations) station.isHeld = true
    const end = clock.now() + deadlineMs
    const left = () => this.#stations.reduce((sum, { gateway }) => sum + gateway.recordsInFlight, 0)
    while (left() > 0 && clock.now() < end) await clock.sleep(TICK_MS)
    return left()
  }

  release(): void {
    for (const station of this.#stations) station.isHeld = false
  }

  async moveTo(cluster: FleetCluster, region: RegionName, gateways?: readonly string[]): Promise<void> {
    const { historyDir, onTrouble, clock } = this.#options
    const leaderOf: FleetCluster['leaderOf'] = (topic, partition) => cluster.leaderOf(topic, partition)
    const moved = this.#named(gateways)
    const shards = await Promise.all(
      moved.map(({ gateway: { name, zone }, regions }) => {
        const before = regions.filter(one => one === region).length
        const process = `${name}.${region}${before === 0 ? '' : before + 1}`
        return createShard(historyDir, process, { zone, ...(region === 'b' && { region }) }, onTrouble)
      }),
    )
    const left = moved.map((station, index) => {
      const { gateway, attachment, shard } = station
      this.#population.loseSessions(this.#stations.indexOf(station), clock.now())
      gateway.crash(`its devices moved to region ${region}`)
      this.#writeRecords('drop', attachment.drops, shard)
      station.shard = shards[index] as ShardWriter
      station.cluster = cluster
      station.regions.push(region)
      station.isHeld = false
      this.#sockets.redirect(gateway.name, cluster.dial)
      const senderFor = this.#senderFor(gateway, () => station.cluster)
      gateway.moveTo({ shard: station.shard, leaderOf, senderFor })
      gateway.restart()
      return shard
    })
    await Promise.all(left.map(shard => shard.end(clock.now())))
  }

  sinceMove(gateways?: readonly string[]): { acked: number; unanswered: number } {
    const moved = this.#named(gateways).filter(({ regions }) => regions.length > 1)
    const sum = (of: 'acked' | 'unanswered') => moved.reduce((all, { gateway }) => all + gateway[of], 0)
    return { acked: sum('acked'), unanswered: sum('unanswered') }
  }

  #named(gateways?: readonly string[]): Station[] {
    return this.#stations.filter(({ gateway }) => gateways?.includes(gateway.name) ?? true)
  }

  #held(): HeldRecords {
    const [devices, edge, topics] = [this.#devices, this.#edge, this.#topics]
    return { gateways: this.#stations.map(({ gateway }) => gateway), devices, edge, topics }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    this.#loopDelay.disable()
    await this.#loop
    for (const { gateway, attachment, shard } of this.#stations) {
      gateway.crash('the fleet was stopped')
      this.#writeRecords('drop', attachment.drops, shard)
    }
    await Promise.all(this.#stations.map(({ shard }) => shard.end(this.#options.clock.now())))
  }

  #station(
    { name, zone }: { name: string; zone: string },
    shard: ShardWriter,
    parts: {
      readonly text: RecordText
      readonly firmware: Firmware
      readonly queued: Uint8Array
      readonly nextFlush: number
    },
  ): Station {
    const { text, firmware, queued, nextFlush } = parts
    const { spec, clock, random, leaderOf } = this.#options
    const queues = this.#topics.map(({ topic, partitions }, topicIndex) =>
      Array.from({ length: partitions }, (_, partition) => {
        const maxRecords = recordsPerPart(spec, topicIndex)
        const refusals = this.#refusals[topicIndex] as Refusals
        const shared = { edge: this.#edge, devices: this.#devices, queued, refusals }
        return new PartitionQueue({ topic, topicIndex, partition, maxRecords, ...shared })
      }),
    )
    const tally = this.#tally.zone(zone)
    const gateway = new Gateway({
      name,
      zone,
      queues: queues.flat(),
      edge: this.#edge,
      devices: this.#devices,
      text,
      firmware,
      shard,
      tally,
      random: random.fork(`gateway/${name}`),
      reconnect: spec.reconnect,
      stamps: spec.timestamps,
      now: () => clock.now(),
      leaderOf,
      senderFor: this.#senderFor({ name, zone }, () => this.#options),
      pace: this.#heldBack.pace,
    })
    const attachment: Attachment = {
      isUp: () => gateway.isUp,
      door: new SessionDoor(spec.sessions),
      tally,
      queues,
      drops: this.#topics.map(() => []),
      repeats: this.#topics.map(() => []),
      faulty: this.#topics.map(() => ({ repeat: [], restart: [], malformed: [] })),
    }
    return { gateway, shard, attachment, nextFlush, cluster: this.#options, isHeld: false, regions: ['a'] }
  }

  /** @param at the cluster that it sends to, looked up for each new connection */
  #senderFor(
    { name, zone }: { readonly name: string; readonly zone: string },
    at: () => FleetCluster,
  ): GatewayOptions['senderFor'] {
    const { spec, clock, clientIdOf, login = null } = this.#options
    return brokerLanes({
      spec,
      clock,
      clientId: clientIdOf?.(zone) ?? name,
      login,
      seeds: leader => seedsFor(at(), zone, leader),
      openSocket: broker => {
        this.#tally.zone(zone).counts.brokerConnects += 1
        return this.#sockets.open(name, zone, broker)
      },
      onThrottled: this.#heldBack.throttled,
    })
  }

  async #run(): Promise<void> {
    const { clock, onTrouble } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        this.#tick(clock.now())
        await clock.sleep(TICK_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        onTrouble(`the fleet stumbled: ${messageOf(error)}`)
      }
    }
  }

  #tick(now: number): void {
    this.#population.advance(now)
    for (const station of this.#stations) {
      this.#writeRecords('repeat', station.attachment.repeats, station.shard)
      this.#writeFaulty(station)
      if (station.isHeld || now < station.nextFlush) continue
      station.nextFlush = Math.max(station.nextFlush + this.#options.spec.lingerMs, now)
      station.gateway.flush()
    }
    if (now < this.#nextHistoryFlush) return
    this.#nextHistoryFlush = now + HISTORY_FLUSH_MS
    for (const { attachment, shard, gateway } of this.#stations) {
      this.#writeRecords('drop', attachment.drops, shard)
      if (shard.isFull) this.#options.onTrouble(`the history of ${gateway.name} is written too slowly`)
      void shard.flush()
    }
  }

  #writeRecords(kind: 'drop' | 'repeat', byTopic: RecordId[][], shard: ShardWriter): void {
    this.#topics.forEach(({ topic }, topicIndex) => {
      const records = byTopic[topicIndex]
      if (!records || records.length === 0) return
      shard.append({ kind, t: Math.round(this.#options.clock.now()), topic, records })
      byTopic[topicIndex] = []
    })
  }

  #writeFaulty({ attachment: { faulty }, shard }: Station): void {
    const t = Math.round(this.#options.clock.now())
    this.#topics.forEach(({ topic }, topicIndex) => {
      const ofTopic = faulty[topicIndex]
      if (!ofTopic) return
      for (const what of FAULTY) {
        if (ofTopic[what].length === 0) continue
        shard.append({ kind: 'faulty', t, topic, what, records: ofTopic[what] })
        ofTopic[what] = []
      }
    })
  }
}
