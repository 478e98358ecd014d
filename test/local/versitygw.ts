import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../../chaos/core/wait.ts'
import { ensureVersitygw } from '../../chaos/drivers/local/setup/versitygw.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/** The lab's object store on its own. */
export interface PlainStore extends AsyncDisposable {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** SIGKILL; its port refuses connections from then on. */
  kill(): Promise<void>
  /** With the objects that it had. Resolves when it answers. */
  start(): Promise<void>
}

/** @param folder an empty one, for objects and the log. @param buckets are there when it answers. */
export async function startPlainStore(
  host: string,
  folder: string,
  buckets: readonly string[],
): Promise<PlainStore> {
  const { binary } = await ensureVersitygw({
    clock: systemClock,
    progress: line => void process.stderr.write(`    ${line}\n`),
  })
  const region = 'us-east-1'
  const endpoint = `http://${host}:7070`
  const credentials = { accessKeyId: 'test', secretAccessKey: 'a-secret-of-the-tests' }
  for (const bucket of ['', ...buckets]) mkdirSync(join(folder, 'objects', bucket), { recursive: true })
  const logFile = join(folder, 'store.log')
  let child: ChildProcess | undefined
  const hasEnded = () => child === undefined || child.exitCode !== null || child.signalCode !== null
  const store: PlainStore = {
    endpoint,
    region,
    credentials,
    async kill() {
      if (child === undefined || hasEnded()) return
      const gone = new Promise(resolve => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
    async start() {
      const log = openSync(logFile, 'a')
      const listen = ['--port', `${host}:7070`, '--region', region, '--health', '/health']
      child = spawn(binary, [...listen, '--quiet', '--keep-alive', 'posix', join(folder, 'objects')], {
        cwd: folder,
        env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
        stdio: ['ignore', log, log],
      })
      closeSync(log)
      const answers = async () => {
        if (hasEnded()) throw new Error(`the store ended: ${readFileSync(logFile, 'utf8').slice(-2000)}`)
        return fetch(`${endpoint}/health`).then(
          response => response.ok,
          () => false,
        )
      }
      await waitFor('the store to answer', answers, { clock: systemClock, deadlineMs: 30_000 })
    },
    [Symbol.asyncDispose]: () => store.kill(),
  }
  try {
    await store.start()
    return store
  } catch (error) {
    await store.kill()
    throw error
  }
}
