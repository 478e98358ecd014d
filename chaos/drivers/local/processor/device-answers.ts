import type { Consumer, Producer } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { within } from '../../../core/wait.ts'
import type { ZoneName } from '../../../core/topology.ts'
import { ACKNOWLEDGEMENTS_TOPIC, COMMANDS_TOPIC, DEVICES_GROUP } from '../../../platforms/processor.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { zoneClient } from '../lab/zone-client.ts'

const END_MS = 5000

/**
 * Stands for the devices: reads the commands as they are given to readers of committed records, over its zone's links,
 * and acknowledges each one. What it acknowledges goes to the partition of the command, where the device's twin is. It
 * may answer one command twice: a device may too, and an acknowledgement that is repeated changes nothing.
 */
export class DeviceAnswers {
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #clock: Clock

  constructor(layout: LabLayout, zone: ZoneName, clock: Clock) {
    // A platform that breaks is what a drill is about: they go on when it is back.
    const kafka = zoneClient(layout, { clientId: DEVICES_GROUP, zone, principal: 'device', retries: 1000 })
    this.#consumer = kafka.consumer({ groupId: DEVICES_GROUP, sessionTimeout: 10_000 })
    this.#producer = kafka.producer({ idempotent: false })
    this.#clock = clock
  }

  async start(): Promise<void> {
    await Promise.all([this.#consumer.connect(), this.#producer.connect()])
    await this.#consumer.subscribe({ topic: COMMANDS_TOPIC, fromBeginning: true })
    await this.#consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        const messages = batch.messages.map(({ key, value }) => ({ key, value, partition: batch.partition }))
        if (messages.length > 0)
          await this.#producer.send({ topic: ACKNOWLEDGEMENTS_TOPIC, acks: -1, messages })
      },
    })
  }

  async end(): Promise<void> {
    const all = Promise.allSettled([this.#consumer.disconnect(), this.#producer.disconnect()])
    await within('the devices to hang up', all, { clock: this.#clock, deadlineMs: END_MS }).catch(() => {})
  }
}
