import { messageOf } from '../core/errors.ts'
import { systemClock } from '../system-clock.ts'
import { healRun } from './heal.ts'

/** The guardian's whole life: wait for the runner's end of the pipe to close, heal if it was not dismissed. */
const runDir = process.argv[2]
let heard = ''
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.on('data', chunk => {
  heard += chunk.toString()
})
process.stdin.on('close', () => {
  if (heard.includes('dismissed') || runDir === undefined) return
  healRun(runDir, 'guardian', systemClock).catch((error: unknown) => {
    process.stderr.write(`healing failed: ${messageOf(error)}\n`)
    process.exitCode = 76
  })
})
