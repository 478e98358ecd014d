import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/** moto with what its CloudFormation lacks. */
const SERVER = packageFile('test', 'local', 'moto-server.py')
/** The account that moto says it is. */
export const MOTO_ACCOUNT = '123456789012'

/** A folder of programs that `.ci/run` installs: `python`, `moto_server`, `aws`, `shellcheck`. */
export interface PythonTools {
  readonly bin: string
}

/** Where the Python tools are, or why they are not: AFTERSHOCK_PYTHON, else what `.ci/run` made earlier. */
export function pythonTools(...programs: readonly string[]): PythonTools | string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const python = process.env.AFTERSHOCK_PYTHON ?? join(cache, 'aftershock', 'ci-python', 'bin', 'python')
  const bin = dirname(python)
  const missing = programs.find(program => !existsSync(join(bin, program)))
  return missing === undefined
    ? { bin }
    : `${missing} is not in ${bin}; .ci/python.txt says how to install it and what to set`
}

/** A local AWS endpoint, what to set so that programs use it, and a folder of its own. */
export interface Moto extends AsyncDisposable {
  readonly endpoint: string
  readonly dir: string
  /** A whole environment for programs: nothing of this machine's own AWS configuration reaches them. */
  readonly env: NodeJS.ProcessEnv
  /** Calls an API of the JSON kind, `AmazonSSM.PutParameter`. @throws Error with the answer when it refuses. */
  json<T>(service: string, target: string, body: object): Promise<T>
  /** Calls an API of the query kind, `DescribeVpcs`, and gives the XML that it answers. */
  query(
    service: string,
    version: string,
    action: string,
    parameters?: Record<string, string>,
  ): Promise<string>
  /** Reads an API of the REST kind, or an object of S3. */
  get(service: string, path: string): Promise<string>
  /** Makes a bucket, or an object in one. */
  put(path: string, body?: Buffer): Promise<void>
  /** Forgets everything that was created. */
  reset(): Promise<void>
}

export async function startMoto(tools: PythonTools, region: string): Promise<Moto> {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-moto-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const log = join(dir, 'moto.log')
  const output = openSync(log, 'a')
  const server = spawn(join(tools.bin, 'python'), [SERVER, '127.0.0.1', String(port)], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, HOME: dir, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  })
  const env = awsEnvironment(tools, dir, port, region)
  const moto: Moto = {
    endpoint,
    dir,
    env,
    async json<T>(service: string, target: string, body: object) {
      const text = await call(endpoint, service, region, {
        headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(body),
      })
      return (text === '' ? {} : JSON.parse(text)) as T
    },
    query(service, version, action, parameters = {}) {
      return call(endpoint, service, region, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Action: action, Version: version, ...parameters }).toString(),
      })
    },
    async get(service, path) {
      const answer = await fetch(`${endpoint}/${path}`, {
        headers: { authorization: authorization(service, region) },
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`GET ${path}: HTTP ${answer.status}: ${text.slice(0, 1000)}`)
      return text
    },
    async put(path, body) {
      const answer = await fetch(`${endpoint}/${path}`, {
        method: 'PUT',
        headers: { authorization: authorization('s3', region) },
        ...(body ? { body: new Uint8Array(body) } : {}),
      })
      if (!answer.ok && answer.status !== 409) throw new Error(`PUT ${path}: ${await answer.text()}`)
    },
    async reset() {
      const answer = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })
      if (!answer.ok) throw new Error(`moto was not reset: ${answer.status}`)
    },
    async [Symbol.asyncDispose]() {
      await endServer(server)
      rmSync(dir, { recursive: true, force: true })
    },
  }
  try {
    await waitFor('moto to answer', () => answers(endpoint, server, log), {
      clock: systemClock,
      deadlineMs: 60_000,
      everyMs: 200,
    })
  } catch (error) {
    await moto[Symbol.asyncDispose]()
    throw error
  }
  return moto
}

async function call(
  endpoint: string,
  service: string,
  region: string,
  { headers, body }: { readonly headers: Record<string, string>; readonly body: string },
): Promise<string> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, authorization: authorization(service, region) },
    body,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${service}: HTTP ${answer.status}: ${text.slice(0, 1000)}`)
  return text
}

/** By its scope moto tells services apart; it does not check signatures. */
function authorization(service: string, region: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`
}

function awsEnvironment(tools: PythonTools, dir: string, port: number, region: string): NodeJS.ProcessEnv {
  mkdirSync(join(dir, 'cdk'), { recursive: true })
  const endpoint = `http://127.0.0.1:${port}`
  return {
    PATH: `${tools.bin}:${process.env.PATH}`,
    HOME: dir,
    ...(process.env.JAVA_HOME ? { JAVA_HOME: process.env.JAVA_HOME } : {}),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    // Where CloudFormation fetches templates from: moto reads the bucket from a host name only if it is this one.
    AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: `http://localhost:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    CDK_HOME: join(dir, 'cdk'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
  }
}

async function answers(endpoint: string, server: ChildProcess, log: string): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`moto ended: ${readFileSync(log, 'utf8').slice(-2000)}`)
  try {
    return (await fetch(`${endpoint}/moto-api/data.json`)).ok
  } catch {
    return false
  }
}

/** SIGTERM, and its end. */
export async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGTERM')
  await gone
}

/** Of 127.0.0.1, at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
