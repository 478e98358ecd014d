import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { waitFor } from '../../../core/wait.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import { databaseMark } from '../lab/supervisor.ts'
import type { Postgres } from '../setup/postgres.ts'
import { runTool } from '../setup/tool.ts'
import { databaseDir, isRoot, removeDatabase } from './database-dir.ts'
import { askDatabase, OWNER, SINK_DATABASE, SINK_USER, SOURCE_USER } from './database-session.ts'

const ROLE = 'database'
const READY_DEADLINE_MS = 60_000
/** It ends sessions by itself, and writes what it holds. */
const END_DEADLINE_MS = 10_000

/** Small: rows of a few minutes, and one session or two a task. What a crash would lose is nobody's question. */
const SETTINGS = [
  'unix_socket_directories=',
  'max_connections=60',
  'shared_buffers=32MB',
  'fsync=off',
  'jit=off',
  'track_counts=on',
  // A source reads the log; when a row was committed is what it is judged by.
  'wal_level=logical',
  'track_commit_timestamp=on',
  // A host that is cut off silently is noticed, as a managed database would.
  'tcp_keepalives_idle=10',
] as const

/**
 * Starts an empty server, and resolves when it answers. @throws AftershockError `unavailable` when it does not get
 * ready.
 */
export async function startDatabase(lab: StartedLab, server: Postgres, signal?: AbortSignal): Promise<void> {
  const { layout, clock, supervisor } = lab
  const home = databaseDir(layout)
  const data = join(home, 'data')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const owner = isRoot() ? unprivileged() : null
  if (owner) chownSync(home, owner.uid, owner.gid)
  const { initdb, postgres } = owner && server.source === 'portable' ? withinReach(server, home) : server
  const ofNobody = ['-A', 'trust', '-U', OWNER, '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions']
  await runTool(initdb, ['-D', data, ...ofNobody], {
    cwd: home,
    env: { ...process.env, LC_ALL: 'C' },
    ...owner,
    ...(signal && { signal }),
  })
  const { host, port } = layout.databaseAddress
  const settings = [`listen_addresses=${host}`, ...SETTINGS, databaseMark(layout.dir)]
  rmSync(layout.logFile(ROLE), { force: true })
  supervisor.start({
    role: ROLE,
    node: null,
    program: postgres,
    args: ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])],
    cwd: home,
    logFile: layout.logFile(ROLE),
    env: { LC_ALL: 'C' },
    ...owner,
  })
  let seen = 'it was not asked'
  await waitFor(
    'PostgreSQL to answer',
    async () => {
      assertAlive(lab, ROLE, null)
      try {
        await askOwner(lab, 'SELECT 1', 1000, 'postgres')
        return true
      } catch (error) {
        seen = String(error)
        return false
      }
    },
    { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 100, lastSeen: () => seen, ...(signal && { signal }) },
  )
  const roles = `CREATE ROLE ${SINK_USER} LOGIN; CREATE ROLE ${SOURCE_USER} LOGIN REPLICATION`
  await askOwner(lab, roles, 5000, 'postgres')
  await askOwner(lab, `CREATE DATABASE ${SINK_DATABASE}`, 10_000, 'postgres')
}

/** Asked directly, and not over links. */
export function askOwner(
  { layout, clock }: Pick<StartedLab, 'layout' | 'clock'>,
  sql: string,
  timeoutMs: number,
  database: string = SINK_DATABASE,
) {
  return askDatabase(layout.databaseAddress, { user: OWNER, database, sql, timeoutMs }, clock)
}

/** After its clients. */
export async function endDatabase({ supervisor, layout }: StartedLab): Promise<void> {
  await supervisor.end(ROLE, null, 'SIGINT', END_DEADLINE_MS)
  removeDatabase(layout)
}

/** Whether a process of this lab's database is alive. */
export const isDatabaseAlive = ({ supervisor }: StartedLab): boolean =>
  supervisor.alive(ROLE, null) !== undefined

/** Whoever runs the server where we are root: initdb wants him to have a name. */
function unprivileged(): { readonly uid: number; readonly gid: number } {
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next one may be there.
    }
  }
  throw new AftershockError('unavailable', 'PostgreSQL refuses to run as root, and there is no user nobody', {
    hint: 'run as an ordinary user',
  })
}

/** A copy that the unprivileged user reaches: the cache may be in root's home. */
function withinReach({ postgres }: Postgres, home: string): Pick<Postgres, 'initdb' | 'postgres'> {
  const copy = join(home, 'server')
  cpSync(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}
