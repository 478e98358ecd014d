import { z } from 'zod'
import type { Observation } from '../core/observation.ts'
import type { Outcome } from '../core/network.ts'
import { type NodeId, workersOf, ZONES, type ZoneName } from '../core/topology.ts'
import type { Random } from '../core/random.ts'
import type { Connectors, Driver, ProcessReading, TableReading, TasksReading } from '../drivers/driver.ts'
import { AftershockError } from '../core/errors.ts'
import { processWords, required } from './broker-reading.ts'
import type { TargetBase } from './fault.ts'

/** How long a worker may take to serve again on a busy machine: a JVM, and a group to join. */
export const WORKER_WITHIN_MS = 180_000
/** How long the states of tasks may take to tell of a change: a session and a delayed rebalance, 20 s. */
export const TASKS_WITHIN_MS = 60_000

export const workerSelector = z
  .union([
    z.literal('random'),
    z.strictObject({ zone: z.enum(ZONES) }),
    z
      .strictObject({ runs: z.string().min(1) })
      .describe('That which runs a task of this sink or source when the fault begins.'),
  ])
  .default('random')
  .describe(
    'Which worker of Kafka Connect: that of a zone, that which runs a connector, or one drawn at random.',
  )
  .meta({ examples: [{ zone: 'az-a' }] })

export const connectorSelector = z
  .string()
  .min(1)
  .optional()
  .describe('Which sink, by its name in `connectors`. Default: every sink.')

export interface WorkerTarget extends TargetBase {
  readonly workers: readonly NodeId[]
}

export interface SinkTarget extends TargetBase {
  /** null: every sink that the run has. */
  readonly connector: string | null
}

export function connectorsOf(driver: Driver): Connectors {
  return required(driver.connectors, 'connectors')
}

/** @throws AftershockError `refused` when there is no such worker. */
export async function chooseWorker(
  driver: Driver,
  selector: z.output<typeof workerSelector>,
  random: Random,
): Promise<WorkerTarget> {
  const all = workersOf(driver.topology)
  const fits = await fitting(driver, all, selector, random)
  if (fits.length === 0) throw noWorker(all.map(({ zone }) => zone))
  return {
    summary: `Connect worker ${fits.map(({ id, zone }) => `${id} (${zone})`).join(', ')}`,
    zones: fits.map(({ zone }) => zone),
    nodes: [],
    links: [],
    workers: fits.map(({ id }) => id),
  }
}

type Worker = ReturnType<typeof workersOf>[number]

async function fitting(
  driver: Driver,
  all: readonly Worker[],
  selector: z.output<typeof workerSelector>,
  random: Random,
): Promise<readonly Worker[]> {
  if (selector === 'random') return random.sample(all, Math.min(1, all.length))
  if ('zone' in selector) return all.filter(({ zone }) => zone === selector.zone)
  const { state, tasks } = await connectorsOf(driver).tasks(selector.runs)
  const [first] = tasks.flatMap(({ worker }) => worker ?? [])
  if (first !== undefined) return all.filter(({ id }) => id === first)
  throw new AftershockError(
    'refused',
    `no worker runs ${selector.runs}: ${state ?? 'its state is unknown'}`,
    {
      hint: 'name a sink or a source of `connectors` in `worker: { runs: … }`',
    },
  )
}

function noWorker(zones: readonly ZoneName[]): AftershockError {
  return new AftershockError('refused', 'no Connect worker fits', {
    hint: zones.length > 0 ? `there are workers in ${zones.join(', ')}` : 'give the drill `connectors`',
  })
}

export const chooseSink = (connector: string | undefined): SinkTarget => ({
  summary: connector === undefined ? 'every sink' : `the sink ${connector}`,
  zones: [],
  nodes: [],
  links: [],
  connector: connector ?? null,
})

/** @throws AftershockError `refused` when the run has no sink of that name. */
export function sinksOf(driver: Driver, { connector }: SinkTarget): readonly string[] {
  const { names } = connectorsOf(driver)
  if (connector === null) return names
  if (names.includes(connector)) return [connector]
  throw new AftershockError('refused', `there is no sink ${connector}`, {
    hint: `there is ${names.join(', ')}`,
  })
}

/** What is seen of a sink: its tasks by REST, and its sessions and rows by the database itself. */
export interface SinkLook extends TasksReading, TableReading {}

/** Processes and REST of workers, and every sink. */
export interface ConnectReading {
  readonly workers: Readonly<Record<NodeId, ProcessReading>>
  readonly sinks: Readonly<Record<string, SinkLook>>
}

export async function readConnect(
  driver: Driver,
  workers: readonly NodeId[],
  sinks: readonly string[],
): Promise<ConnectReading> {
  const connectors = connectorsOf(driver)
  const [processes, looks] = await Promise.all([
    Promise.all(workers.map(async id => [id, await connectors.workers.look(id)] as const)),
    Promise.all(
      sinks.map(async name => {
        const [tasks, table] = await Promise.all([connectors.tasks(name), connectors.table(name)])
        return [name, { ...tasks, ...table }] as const
      }),
    ),
  ])
  return { workers: Object.fromEntries(processes), sinks: Object.fromEntries(looks) }
}

const GONE: ProcessReading = { state: 'absent', process: null, answer: 'refused' }

/** Several looks as one: what was not well in each of them was not well. */
export function combineConnect(looks: readonly ConnectReading[]): ConnectReading {
  const last = looks.at(-1) as ConnectReading
  const worstProcess = (id: NodeId): ProcessReading => {
    const parts = looks.flatMap(look => look.workers[id] ?? [])
    const isSame = parts.every(({ process }) => process?.startedAt === parts[0]?.process?.startedAt)
    const bad = parts.find(part => part.state !== 'running' || part.answer !== 'answered')
    const now = bad ?? last.workers[id] ?? GONE
    return isSame ? now : { ...now, state: 'absent' }
  }
  const worstSink = (name: string): SinkLook =>
    looks.flatMap(look => look.sinks[name] ?? []).find(look => !isWell(look)) ??
    (last.sinks[name] as SinkLook)
  return {
    workers: Object.fromEntries(Object.keys(last.workers).map(id => [id, worstProcess(Number(id))])),
    sinks: Object.fromEntries(Object.keys(last.sinks).map(name => [name, worstSink(name)])),
  }
}

/** Its tasks are said to run, and the database has sessions of it. */
export const isWell = ({ state, tasks, sessions, mayWrite }: SinkLook): boolean =>
  state === 'RUNNING' &&
  tasks.length > 0 &&
  tasks.every(task => task.state === 'RUNNING') &&
  mayWrite === true &&
  Object.keys(sessions).length > 0

/** What was not seen well before cannot be seen to break. */
export function doubtOfSinks({ sinks }: ConnectReading): string | null {
  const bad = Object.entries(sinks).find(([, look]) => !isWell(look))
  return bad ? `the sink ${bad[0]} was not well before: ${taskWords(bad[1])}` : null
}

export function doubtOfWorkers(reading: ConnectReading): string | null {
  const bad = Object.entries(reading.workers).find(
    ([, { state, answer }]) => state !== 'running' || answer !== 'answered',
  )
  return bad ? `worker ${bad[0]} was ${bad[1].state} and ${bad[1].answer} before` : doubtOfSinks(reading)
}

/** What was well before is well again; what was not, something else had broken. */
export const sinksAreWellAgain = (now: ConnectReading, before: ConnectReading): boolean =>
  Object.entries(now.sinks).every(([name, look]) => {
    const was = before.sinks[name]
    return isWell(look) || (was !== undefined && !isWell(was))
  })

export const workersServe = ({ workers }: ConnectReading): boolean =>
  Object.values(workers).every(({ state, answer }) => state === 'running' && answer === 'answered')

/** Sessions that the database has of these workers, of all sinks. */
export const sessionsOf = ({ sinks }: ConnectReading, workers: readonly NodeId[]): number | null =>
  Object.values(sinks).some(({ rows }) => rows === null)
    ? null
    : Object.values(sinks).reduce(
        (sum, { sessions }) => sum + workers.reduce((own, id) => own + (sessions[id] ?? 0), 0),
        0,
      )

export function describeConnect(now: ConnectReading, before: ConnectReading): Observation[] {
  return [
    ...Object.entries(now.workers).flatMap(([id, seen]) => [
      { what: `process of worker ${id}`, value: processWords(seen, before.workers[Number(id)]) },
      { what: `REST of worker ${id}`, value: seen.answer },
    ]),
    ...Object.entries(now.sinks).flatMap(([name, look]) => [
      { what: `tasks of ${name}, as a worker says`, value: taskWords(look) },
      { what: `sessions of ${name}, by the database`, value: sessionWords(look) },
      { what: `rows of ${name}, by the database`, value: look.rows ?? 'not reported' },
      ...(look.mayWrite === false ? [{ what: `${name} may write, by the database`, value: 'no' }] : []),
    ]),
  ]
}

function taskWords({ state, tasks }: SinkLook): string {
  if (state === null) return 'no worker answered'
  const each = tasks.map(({ id, state: said, worker, trace }) =>
    [`${id} ${said} on ${worker ?? 'nobody'}`, trace].filter(Boolean).join(': '),
  )
  return `${state}; ${each.join(', ') || 'no task'}`
}

const sessionWords = ({ rows, sessions }: SinkLook): string =>
  rows === null
    ? 'not reported'
    : Object.entries(sessions)
        .map(([worker, count]) => `${count} of worker ${worker}`)
        .join(', ') || 'none'

export const isGone = ({ state, answer }: { state: string; answer: Outcome }): boolean =>
  state === 'absent' && answer === 'refused'
