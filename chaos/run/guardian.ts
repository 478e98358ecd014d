import { AftershockError, messageOf } from '../core/errors.ts'
import { waitFor } from '../core/wait.ts'
import { remainsOf } from '../drivers/index.ts'
import { findAlive } from '../machine/process-table.ts'
import { systemClock } from '../system-clock.ts'
import { findDeadRun } from './dead-run.ts'
import { healRun } from './heal.ts'

/** The guardian's whole life: wait for the runner's end of the pipe to close, heal if it was not dismissed. */
const runDir = process.argv[2]
// Loaded while all is well: when the runner dies, the program may be gone from the disk.
const remains = runDir === undefined ? null : findDeadRun(runDir).then(({ driver }) => remainsOf(driver))
remains?.catch(() => {})
let heard = ''
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.on('data', chunk => {
  heard += chunk.toString()
})
process.stdin.on('close', () => {
  if (heard.includes('dismissed') || runDir === undefined) return
  heal(runDir).catch((error: unknown) => {
    process.stderr.write(`healing failed: ${messageOf(error)}\n`)
    process.exitCode = 76
  })
})

/** A process that is killed closes its pipes some milliseconds before it is gone, and a run that lives is not healed. */
async function heal(dir: string): Promise<void> {
  const { runner } = await findDeadRun(dir)
  process.stderr.write(`the runner, process ${runner.pid}, has closed its end; healing when it is gone\n`)
  await waitFor(`the runner, process ${runner.pid}, to be gone`, () => findAlive(runner) === undefined, {
    clock: systemClock,
    deadlineMs: 60_000,
    everyMs: 5,
  })
  const { failed, silentBrokers } = await healRun(
    dir,
    'guardian',
    systemClock,
    await remains?.catch(() => undefined),
  )
  if (failed.length + silentBrokers.length === 0) return
  const brokers = silentBrokers.map(broker => `broker ${broker} does not answer`)
  throw new AftershockError('unhealed', [...failed.map(id => `${id} is not healed`), ...brokers].join('; '))
}
