import type { WaitingRecords } from '../record/samples.ts'
import type { DeviceTable } from './device-table.ts'
import type { EdgeBuffer } from './edge-buffer.ts'
import type { Gateway } from './gateway.ts'
import { type FleetTopic, TOPICS_PER_DEVICE } from './streams.ts'

/** What devices and gateways hold that no broker has acknowledged. */
export interface HeldRecords {
  /** In the order of gateways in the table of devices. */
  readonly gateways: readonly Gateway[]
  readonly devices: DeviceTable
  readonly edge: EdgeBuffer
  readonly topics: readonly FleetTopic[]
}

const OVERDUE_MS = 1000

export function waitingRecords(
  { gateways, devices, edge, topics }: HeldRecords,
  now: number,
): WaitingRecords {
  const oldest = new Map<string, number>()
  const overdueByZone: Record<string, number> = {}
  const note = (topic: string, due: number) => oldest.set(topic, Math.min(oldest.get(topic) ?? now, due))
  gateways.forEach((gateway, index) => {
    let overdue = 0
    for (const [topic, due] of gateway.oldestInFlight()) note(topic, due)
    for (const device of devices.devicesOf(index)) {
      topics.forEach(({ topic }, topicIndex) => {
        const list = devices.listOf(device, topicIndex)
        const due = edge.oldestDueIn(list)
        if (due === null) return
        note(topic, due)
        if (now - due > OVERDUE_MS) overdue += edge.heldIn(list)
      })
    }
    overdueByZone[gateway.zone] = (overdueByZone[gateway.zone] ?? 0) + overdue
  })
  const overdue = Object.values(overdueByZone).reduce((sum, one) => sum + one, 0)
  const ages = [...oldest].map(([topic, due]) => [topic, Math.round(now - due)] as const)
  return { overdue, overdueByZone, oldestMs: Object.fromEntries(ages) }
}

export function bufferedByZone({ gateways, devices, edge }: HeldRecords): ReadonlyMap<string, number> {
  const buffered = new Map<string, number>()
  gateways.forEach((gateway, index) => {
    let held = -gateway.recordsInFlight
    for (const device of devices.devicesOf(index)) {
      for (let topic = 0; topic < TOPICS_PER_DEVICE; topic++)
        held += edge.heldIn(devices.listOf(device, topic))
    }
    buffered.set(gateway.zone, (buffered.get(gateway.zone) ?? 0) + held)
  })
  return buffered
}
