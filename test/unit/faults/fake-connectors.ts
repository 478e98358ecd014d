import type { Connectors, ProcessReading, TableReading, TasksReading } from '../../../chaos/drivers/driver.ts'

/** Two workers with one sink, as faults see and change them. */
export interface FakeConnect {
  readonly workers: Map<number, { state: 'running' | 'stopped' | 'absent'; pid: number }>
  stopped: boolean
  mayWrite: boolean
  failed: boolean
}

/** The part of a world in memory that connectors are in. */
interface FakeWorld {
  readonly obeys: boolean
  readonly connect: FakeConnect
  readonly noise: () => { readonly lost: boolean }
}

/** As `workersOf` numbers those of the first two zones. */
const workerIds = (): number[] => [21, 22]
export const FAKE_SINK = 'rows'

export function fakeConnect(): FakeConnect {
  return {
    workers: new Map(workerIds().map(id => [id, { state: 'running', pid: 2000 + id }])),
    stopped: false,
    mayWrite: true,
    failed: false,
  }
}

export function fakeConnectors(world: FakeWorld): Connectors {
  const { connect } = world
  const change = async (apply: () => void) => {
    if (world.obeys) apply()
  }
  const worker = (id: number) => {
    const found = connect.workers.get(id)
    if (!found) throw new Error(`there is no worker ${id}`)
    return found
  }
  return {
    names: [FAKE_SINK],
    workers: {
      kill: id => change(() => void (worker(id).state = 'absent')),
      pause: id => change(() => void (worker(id).state = 'stopped')),
      resume: id =>
        change(() => {
          if (worker(id).state === 'stopped') worker(id).state = 'running'
        }),
      start: id =>
        change(() => {
          if (worker(id).state !== 'absent') return
          worker(id).state = 'running'
          worker(id).pid += 100
        }),
      look: async id => lookAt(world, worker(id)),
    },
    stop: () => change(() => void (connect.stopped = true)),
    resume: () => change(() => void (connect.stopped = false)),
    restartFailed: () => change(() => void (connect.failed = !connect.mayWrite)),
    forbid: () =>
      change(() => {
        connect.mayWrite = false
        connect.failed = true
      }),
    permit: () => change(() => void (connect.mayWrite = true)),
    tasks: async () => readTasks(world),
    table: async () => readTable(world),
  }
}

function lookAt(
  world: FakeWorld,
  { state, pid }: { state: 'running' | 'stopped' | 'absent'; pid: number },
): ProcessReading {
  const answers = { running: 'answered', stopped: 'silent', absent: 'refused' } as const
  const answer = world.noise().lost ? 'silent' : answers[state]
  return { state, process: state === 'absent' ? null : { pid, startedAt: String(pid) }, answer }
}

/** What a survivor says: a worker that is gone or hung still has its task, which reads RUNNING. */
function readTasks({ connect, noise }: FakeWorld): TasksReading {
  if (noise().lost || [...connect.workers.values()].every(({ state }) => state !== 'running'))
    return { state: null, tasks: [] }
  if (connect.stopped) return { state: 'STOPPED', tasks: [] }
  const state = connect.failed ? 'FAILED' : 'RUNNING'
  const trace = connect.failed ? 'permission denied' : ''
  return { state: 'RUNNING', tasks: workerIds().map((worker, id) => ({ id, state, worker, trace })) }
}

/** Of a worker that hangs the sessions stay: nobody has closed them. */
function readTable({ connect, noise }: FakeWorld): TableReading {
  if (noise().lost) return { rows: null, writes: null, mayWrite: null, sessions: {} }
  const open = [...connect.workers].filter(([, { state }]) => state !== 'absent' && !connect.stopped)
  return {
    rows: 100,
    writes: 100,
    mayWrite: connect.mayWrite,
    sessions: Object.fromEntries(open.map(([id]) => [id, 1])),
  }
}
