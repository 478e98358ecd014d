import type { Mirror } from '../../../chaos/drivers/driver.ts'

/** A mirror between two regions, as faults see and change it. */
export interface FakeMirror {
  state: 'running' | 'absent'
  pid: number
  isPaused: boolean
}

interface FakeWorld {
  readonly obeys: boolean
  readonly mirror: FakeMirror
  readonly noise: () => { readonly lost: boolean }
}

export const newMirror = (): FakeMirror => ({ state: 'running', pid: 4000, isPaused: false })

/** Devices write to region a all the time. */
export function fakeMirror(world: FakeWorld): Mirror {
  const { mirror } = world
  const change = async (apply: () => void) => {
    if (world.obeys) apply()
  }
  return {
    kill: () => change(() => void (mirror.state = 'absent')),
    start: () =>
      change(() => {
        if (mirror.state === 'absent') mirror.pid += 100
        mirror.state = 'running'
      }),
    pause: () => change(() => void (mirror.isPaused = true)),
    resume: () => change(() => void (mirror.isPaused = false)),
    async watch() {
      const isThere = mirror.state === 'running'
      const { lost } = world.noise()
      return {
        worker: {
          state: mirror.state,
          process: isThere ? { pid: mirror.pid, startedAt: `then, ${mirror.pid}` } : null,
          answer: isThere ? (lost ? 'silent' : 'answered') : 'refused',
        },
        connectors: isThere ? { 'mirror-source': mirror.isPaused ? 'PAUSED' : 'RUNNING' } : {},
        cameInA: 40,
        cameInB: isThere && !mirror.isPaused ? 38 : 0,
      }
    },
  }
}
