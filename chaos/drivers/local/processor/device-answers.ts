import type { Consumer, Producer } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import type { RegionName } from '../../../core/regions.ts'
import { within } from '../../../core/wait.ts'
import type { ZoneName } from '../../../core/topology.ts'
import {
  ACKNOWLEDGEMENTS_TOPIC,
  commandIn,
  COMMANDS_TOPIC,
  DEVICES_GROUP,
} from '../../../platforms/processor.ts'
import type { GivenCommand } from '../../../record/processor-evidence.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { zoneClient } from '../lab/zone-client.ts'

const END_MS = 5000
const TELL_MS = 20_000

/** What devices know, wherever they are connected: every command that they were given, and the newest of each. */
export class DeviceMemory {
  readonly given: GivenCommand[] = []
  readonly #newest = new Map<string, { readonly partition: number; readonly value: string; rank: number }>()

  take(region: RegionName, partition: number, offset: string, value: Buffer | null): void {
    const text = value?.toString('utf8') ?? ''
    const command = commandIn(text)
    this.given.push([region, partition, Number(offset), command?.id ?? '?'])
    if (!command) return
    const { device, epoch, number } = command
    const rank = epoch * 1e9 + number
    if ((this.#newest.get(device)?.rank ?? -1) < rank)
      this.#newest.set(device, { partition, value: text, rank })
  }

  /** One acknowledgement of each device: of what it was told last. */
  last(): { readonly key: string; readonly value: string; readonly partition: number }[] {
    return [...this.#newest].map(([key, { partition, value }]) => ({ key, value, partition }))
  }
}

export interface AnswersOptions {
  readonly layout: LabLayout
  readonly zone: ZoneName
  readonly region: RegionName
  readonly memory: DeviceMemory
  readonly clock: Clock
}

/**
 * Stands for the devices: reads the commands as they are given to readers of committed records, over its zone's links,
 * and acknowledges each one. What it acknowledges goes to the partition of the command, where the device's twin is. It
 * may answer one command twice: a device may too, and an acknowledgement that is repeated changes nothing.
 */
export class DeviceAnswers {
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #options: AnswersOptions
  #hasLeft = false

  constructor(options: AnswersOptions) {
    this.#options = options
    const { layout, zone } = options
    // A platform that breaks is what a drill is about: they go on when it is back.
    const kafka = zoneClient(layout, { clientId: DEVICES_GROUP, zone, principal: 'device', retries: 1000 })
    this.#consumer = kafka.consumer({ groupId: DEVICES_GROUP, sessionTimeout: 10_000 })
    this.#producer = kafka.producer({ idempotent: false })
  }

  async start(): Promise<void> {
    const { memory, region } = this.#options
    await Promise.all([this.#consumer.connect(), this.#producer.connect()])
    await this.#consumer.subscribe({ topic: COMMANDS_TOPIC, fromBeginning: true })
    await this.#consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        // Whoever is connected elsewhere is given nothing here.
        if (this.#hasLeft) return
        const messages = batch.messages.map(({ key, value }) => ({ key, value, partition: batch.partition }))
        for (const { offset, value } of batch.messages) memory.take(region, batch.partition, offset, value)
        if (messages.length > 0)
          await this.#producer.send({ topic: ACKNOWLEDGEMENTS_TOPIC, acks: -1, messages })
      },
    })
  }

  /**
   * Devices that come from elsewhere say what they did last, before anything is sent to them.
   * @returns how many did
   */
  async tellLast(): Promise<number> {
    const { memory, clock } = this.#options
    const messages = memory.last()
    if (messages.length === 0) return 0
    const tell = async () => {
      await this.#producer.connect()
      await this.#producer.send({ topic: ACKNOWLEDGEMENTS_TOPIC, acks: -1, messages })
    }
    await within('devices to tell what they did last', tell(), { clock, deadlineMs: TELL_MS })
    return messages.length
  }

  async end(): Promise<void> {
    this.#hasLeft = true
    const all = Promise.allSettled([this.#consumer.disconnect(), this.#producer.disconnect()])
    const limits = { clock: this.#options.clock, deadlineMs: END_MS }
    await within('the devices to hang up', all, limits).catch(() => {})
  }
}
