import { AftershockError } from '../../../core/errors.ts'
import { type NodeId, workersOf, type ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import type { Connectors, TableReading, TasksReading } from '../../driver.ts'
import { askOwner } from '../database/database-node.ts'
import { SINK_USER } from '../database/database-session.ts'
import type { StartedLab } from '../lab/lab.ts'
import { roleProcesses } from '../lab/role-processes.ts'
import { type ClusterSoftware, workerCommand, workerNamed } from './cluster-node.ts'
import { type ConnectRest, connectRest, type Said } from './connect-rest.ts'
import { WORKER_ROLE } from './worker-process.ts'
import { forbidStatement, permitStatement, sessionPrefix, tableOf } from './sink-configuration.ts'

const REST_TIMEOUT_MS = 1500
const DATABASE_TIMEOUT_MS = 3000
/** A group that rebalances refuses commands for as long. */
const COMMAND_DEADLINE_MS = 60_000

/** The cluster of Connect workers as faults touch it. @param lab its layout has the workers' links */
export function clusterControl(
  lab: StartedLab,
  software: ClusterSoftware,
  names: readonly string[],
): Connectors {
  const { layout } = lab
  const workers = workersOf(layout.topology)
  const rests = workers.map(({ zone }) => connectRest(layout.workerAddress(zone)))
  const command = (connector: string, method: 'PUT' | 'POST', what: string) =>
    untilTaken(lab, rests, `${connector} to be told: ${what}`, rest => rest.command(method, connector, what))
  const ask = (sql: string) => askOwner(lab, sql, DATABASE_TIMEOUT_MS)
  return {
    names,
    workers: roleProcesses(lab, {
      role: WORKER_ROLE,
      noun: 'worker',
      command: worker => workerCommand(layout, worker, software.connect),
      addressOf: worker => layout.workerAddress(zoneOfWorker(lab, worker)),
      timeoutMs: REST_TIMEOUT_MS,
    }),
    stop: connector => command(connector, 'PUT', 'stop'),
    resume: connector => command(connector, 'PUT', 'resume'),
    restartFailed: connector => command(connector, 'POST', 'restart?includeTasks=true&onlyFailed=true'),
    async forbid(connector) {
      await ask(forbidStatement(connector))
    },
    async permit(connector) {
      await ask(permitStatement(connector))
    },
    tasks: connector => readTasks(lab, rests, connector),
    table: connector => readTable(lab, connector),
  }
}

/** Any worker's answer, of those that answer. */
async function readTasks(
  { layout }: StartedLab,
  rests: readonly ConnectRest[],
  connector: string,
): Promise<TasksReading> {
  const said = await Promise.all(rests.map(rest => rest.tasks(connector, REST_TIMEOUT_MS)))
  const answer = said.find(one => one !== null)
  if (!answer) return { state: null, tasks: [] }
  return {
    state: answer.state,
    tasks: answer.tasks.map(({ worker, ...task }) => ({ ...task, worker: workerNamed(layout, worker) })),
  }
}

export async function readTable(
  lab: Pick<StartedLab, 'layout' | 'clock'>,
  connector: string,
): Promise<TableReading> {
  const table = tableOf(connector)
  const sql = [
    `SELECT 'rows', count(*)::text FROM ${table}`,
    `SELECT 'writes', (n_tup_ins + n_tup_upd)::text FROM pg_stat_user_tables WHERE relname = '${table}'`,
    `SELECT 'mayWrite', has_table_privilege('${SINK_USER}', '${table}', 'INSERT')::text`,
    `SELECT application_name, count(*)::text FROM pg_stat_activity WHERE application_name LIKE '${sessionPrefix(connector)}%' GROUP BY 1`,
  ].join(' UNION ALL ')
  try {
    const answers = new Map(await askOwner(lab, sql, DATABASE_TIMEOUT_MS).then(rows => rows.map(pair)))
    const count = (name: string) => (answers.has(name) ? Number(answers.get(name)) : null)
    const prefix = sessionPrefix(connector)
    return {
      rows: count('rows'),
      writes: count('writes'),
      mayWrite: answers.get('mayWrite') === 'true',
      sessions: Object.fromEntries(
        [...answers].flatMap(([name, value]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), Number(value)]] : [],
        ),
      ),
    }
  } catch (error) {
    if (!(error instanceof AftershockError)) throw error
    return { rows: null, writes: null, mayWrite: null, sessions: {} }
  }
}

const pair = ([name, value]: readonly (string | null)[]): [string, string] => [name ?? '', value ?? '']

/** Asks each worker in turn until one takes it: one that is hung or gone takes nothing. */
export async function untilTaken(
  { clock }: Pick<StartedLab, 'clock'>,
  rests: readonly ConnectRest[],
  what: string,
  ask: (rest: ConnectRest) => Promise<Said>,
  signal?: AbortSignal,
): Promise<void> {
  let seen = ''
  await waitFor(
    what,
    async () => {
      for (const rest of rests) {
        const { done, said } = await ask(rest)
        seen = said
        if (done) return true
      }
      return false
    },
    { clock, deadlineMs: COMMAND_DEADLINE_MS, everyMs: 300, lastSeen: () => seen, ...(signal && { signal }) },
  )
}

/** @throws AftershockError `internal` when there is no such worker. */
function zoneOfWorker(lab: Pick<StartedLab, 'layout'>, worker: NodeId): ZoneName {
  const found = workersOf(lab.layout.topology).find(({ id }) => id === worker)
  if (!found) throw new AftershockError('internal', `there is no Connect worker ${worker}`)
  return found.zone
}
