import type { InstanceTasks, Processor, ProcessReading } from '../../../chaos/drivers/driver.ts'

interface FakeInstance {
  state: 'running' | 'stopped' | 'absent'
  pid: number
  stateBytes: number
  active: readonly number[]
}

/** Two instances, as faults see and change them. */
export type FakeInstances = Map<number, FakeInstance>

/** The part of a world in memory that the processor is in. */
interface FakeWorld {
  readonly obeys: boolean
  readonly instances: FakeInstances
  readonly noise: () => { readonly lost: boolean }
}

/** As `instancesOf` numbers those of the first two zones. */
export const fakeInstances = (): FakeInstances =>
  new Map([31, 32].map(id => [id, { state: 'running', pid: 3000 + id, stateBytes: 4096, active: [0, 1, 2] }]))

export function fakeProcessor(world: FakeWorld): Processor {
  const instance = (id: number): FakeInstance => {
    const found = world.instances.get(id)
    if (!found) throw new Error(`there is no instance ${id}`)
    return found
  }
  const change = async (id: number, apply: (one: FakeInstance) => void) => {
    if (world.obeys) apply(instance(id))
  }
  return {
    instances: {
      kill: id => change(id, one => void (one.state = 'absent')),
      pause: id => change(id, one => void (one.state = 'stopped')),
      resume: id =>
        change(id, one => {
          if (one.state === 'stopped') one.state = 'running'
        }),
      start: id =>
        change(id, one => {
          if (one.state !== 'absent') return
          one.state = 'running'
          one.pid += 100
          one.stateBytes = 4096
        }),
      look: async id => lookAt(world, instance(id)),
    },
    wipe: id =>
      change(id, one => {
        if (one.state !== 'absent') throw new Error(`the state of ${id} is in use`)
        one.stateBytes = 0
      }),
    state: async id => {
      const { stateBytes: bytes } = instance(id)
      return { files: bytes > 0 ? 3 : 0, bytes }
    },
    members: async () => {
      if (world.noise().lost) return null
      // One that hangs is a member until its session ends, which a world in memory does not wait for.
      return Object.fromEntries(
        [...world.instances].map(([id, { state }]) => [id, state === 'running' ? 1 : 0]),
      )
    },
    tasks: async (id): Promise<InstanceTasks | null> => {
      if (instance(id).state !== 'running' || world.noise().lost) return null
      return { state: 'RUNNING', active: instance(id).active, standby: [3, 4, 5] }
    },
  }
}

function lookAt(world: FakeWorld, { state, pid }: FakeInstance): ProcessReading {
  const answers = { running: 'answered', stopped: 'silent', absent: 'refused' } as const
  const answer = world.noise().lost ? 'silent' : answers[state]
  return { state, process: state === 'absent' ? null : { pid, startedAt: String(pid) }, answer }
}
