import type { Settings } from '../../../chaos/drivers/driver.ts'

/** The part of a world in memory that settings of brokers are in. */
interface FakeWorld {
  readonly obeys: boolean
  readonly nodes: Map<number, { pid: number }>
  readonly settings: Map<number, { written: string | null; inForce: string }>
  /** By topic: what stands on it. */
  readonly onTopics: Map<string, string | null>
}

/** What brokers have for topics on which nothing stands. */
export const TOPIC_DEFAULT = '604800000'

/** A change restarts the broker, which is another process then. */
export function fakeSettings(world: FakeWorld): Settings {
  const of = (id: number) => {
    const found = world.settings.get(id)
    if (!found) throw new Error(`there is no node ${id}`)
    return found
  }
  return {
    look: async id => of(id).inForce,
    written: async id => of(id).written,
    async change(id, _, value, { expected }) {
      if (!world.obeys || (of(id).written === value && of(id).inForce === expected)) return
      world.settings.set(id, { written: value, inForce: expected })
      const node = world.nodes.get(id)
      if (node) node.pid += 100
    },
    async lookAtTopic(_, topic) {
      const written = world.onTopics.get(topic)
      return written === undefined ? null : { written, inForce: written ?? TOPIC_DEFAULT }
    },
    async changeTopic(topic, _, value) {
      if (world.obeys) world.onTopics.set(topic, value)
    },
  }
}
