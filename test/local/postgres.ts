import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const PROGRAMS = ['initdb', 'postgres', 'psql', 'openssl'] as const
const OWNER = { name: 'owner', password: 'ofTheServer' } as const

/** A server of its own that takes logins over TLS only, as RDS does. */
export interface Postgres extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What the owner of the server is answered. */
  query(sql: string, database?: string): Promise<string>
}

/** Why there can be no server here, or null. */
export function postgresIsMissing(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const missing = PROGRAMS.find(program => !folders.some(folder => existsSync(join(folder, program))))
  if (missing !== undefined) return `${missing} is not on the PATH`
  if (process.getuid?.() !== 0) return null
  // The server refuses to run as root.
  return ownIds() ? null : 'there is no user postgres'
}

export async function startPostgres(host: string, port: number): Promise<Postgres> {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-postgres-'))
  const ids = process.getuid?.() === 0 ? ownIds() : {}
  const data = join(dir, 'data')
  const log = join(dir, 'postgres.log')
  let server: ChildProcess | undefined
  const postgres: Postgres = {
    host,
    port,
    async query(sql, database = 'postgres') {
      const url = `host=${host} port=${port} user=${OWNER.name} dbname=${database} sslmode=require`
      const { stdout } = await promisify(execFile)('psql', ['-AtX', '-c', sql, url], {
        env: { PATH: process.env.PATH, PGPASSWORD: OWNER.password },
      })
      return stdout.trim()
    },
    async [Symbol.asyncDispose]() {
      if (server) await end(server)
      rmSync(dir, { recursive: true, force: true })
    },
  }
  try {
    if (ids) execFileSync('chown', [`${ids.uid ?? ''}:${ids.gid ?? ''}`, dir])
    writeFileSync(join(dir, 'password'), OWNER.password)
    chmodSync(join(dir, 'password'), 0o644)
    const run = (program: string, ...args: string[]) =>
      promisify(execFile)(program, args, { ...ids, cwd: dir, env: { PATH: process.env.PATH } })
    await run(
      'initdb',
      '-D',
      data,
      '-U',
      OWNER.name,
      '-A',
      'scram-sha-256',
      '--pwfile',
      join(dir, 'password'),
    )
    const subject = ['-subj', '/CN=database', '-days', '2']
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(data, 'server.key')]
    await run('openssl', 'req', '-x509', ...key, '-out', join(data, 'server.crt'), ...subject)
    const rules = ['-c', 'ssl=on', '-c', `hba_file=${join(dir, 'hba')}`]
    writeFileSync(join(dir, 'hba'), 'hostssl all all 127.0.0.0/8 scram-sha-256\n')
    const where = ['-c', `listen_addresses=${host}`, '-p', String(port), '-c', 'unix_socket_directories=']
    const output = openSync(log, 'a')
    server = spawn('postgres', ['-D', data, ...where, ...rules], {
      ...ids,
      cwd: dir,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    await waitFor('PostgreSQL to answer', () => answers(postgres, server, log), {
      clock: systemClock,
      deadlineMs: 60_000,
      everyMs: 200,
    })
    return postgres
  } catch (error) {
    await postgres[Symbol.asyncDispose]()
    throw error
  }
}

async function answers(postgres: Postgres, server: ChildProcess | undefined, log: string): Promise<boolean> {
  if (!server || server.exitCode !== null)
    throw new Error(`PostgreSQL ended: ${readFileSync(log, 'utf8').slice(-2000)}`)
  try {
    return (await postgres.query('SELECT 1')) === '1'
  } catch {
    return false
  }
}

/** Whom the server runs as where we are root. */
function ownIds(): { readonly uid?: number; readonly gid?: number } | null {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

/** SIGQUIT: at once, without waiting for clients. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGQUIT')
  await gone
}
