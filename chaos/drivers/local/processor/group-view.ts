import type { Clock } from '../../../core/clock.ts'
import { instancesOf, type NodeId, type Topology } from '../../../core/topology.ts'
import type { ProcessorSpec } from '../../../core/processor.ts'
import { ACKNOWLEDGEMENTS_TOPIC, PROCESSOR_GROUP, WRITER_GROUP } from '../../../platforms/processor.ts'
import { type GroupOffsets, readOffsets } from '../connect/sink-offsets.ts'
import { KeptAdmin } from '../lab/kept-admin.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { clientIdOf } from './instance-node.ts'

/** What the brokers say of a group of the processor: its members, and how far it came. */
export class GroupView {
  readonly #topology: Topology
  readonly #topics: readonly string[]
  readonly #group: string
  readonly #admin: KeptAdmin

  /** @param layout with the processor's links @param topics that it reads */
  constructor(layout: LabLayout, group: string, topics: readonly string[], clock: Clock) {
    this.#topology = layout.topology
    this.#group = group
    this.#topics = topics
    this.#admin = new KeptAdmin(layout, clock)
  }

  /** null when no broker answered in time. */
  members(): Promise<Readonly<Record<NodeId, number>> | null> {
    return this.#admin.ask(this.#topics, async admin => {
      const { groups } = await admin.describeGroups([this.#group])
      const clients = groups.flatMap(({ members }) => members.map(({ clientId }) => clientId))
      return membersOf(this.#topology, clients)
    })
  }

  /** null when no broker answered in time. */
  offsets(): Promise<GroupOffsets[] | null> {
    return this.#admin.ask(this.#topics, admin => readOffsets(admin, this.#group, this.#topics))
  }

  end(): Promise<void> {
    return this.#admin.end()
  }
}

/** By the names that members gave themselves: `device-twin-az-a`, or more, as `device-twin-az-a-StreamThread-1-consumer`. */
export function membersOf(topology: Topology, clients: readonly string[]): Record<NodeId, number> {
  return Object.fromEntries(
    instancesOf(topology).map(({ id, zone }) => [
      id,
      clients.filter(client => `${client}-`.startsWith(`${clientIdOf(zone)}-`)).length,
    ]),
  )
}

/** Of the processor itself: it reads records, and what its devices answer. */
export const groupView = (layout: LabLayout, { topic }: ProcessorSpec, clock: Clock): GroupView =>
  new GroupView(layout, PROCESSOR_GROUP, [topic, ACKNOWLEDGEMENTS_TOPIC], clock)

/** Of those that write to a database. */
export const writerView = (layout: LabLayout, { topic }: ProcessorSpec, clock: Clock): GroupView =>
  new GroupView(layout, WRITER_GROUP, [topic], clock)
