import { availableParallelism } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { dialBy } from '../kafka/broker-seeds.ts'
import { loginOf } from '../kafka/recipe-login.ts'
import { systemClock } from '../system-clock.ts'
import { prepareFetchThreads } from './log/fetch-thread.ts'
import { startReplay } from './replay.ts'
import { StallGrace } from './stall-grace.ts'
import type { FromThread, ReplayJob, ReplayTerms, ToThread } from './replay-thread.ts'

/** The thread's whole life: one replay, its samples and its result. */
const job = workerData as ReplayJob
const port = parentPort
const tell = (message: FromThread) => port?.postMessage(message)
const clock: Clock = { ...systemClock, now: () => performance.timeOrigin + performance.now() - job.zero }
const stop = new AbortController()
const grace = new StallGrace()
const go = new Promise<ReplayTerms>(resolve => {
  port?.on('message', (word: ToThread) => {
    if (word === 'stop') stop.abort(new AftershockError('interrupted', 'the run was ended'))
    else if ('go' in word) resolve(word.go)
    else grace.until(word.graceUntil)
  })
})

/** Made before it begins, too: so that what is measured of the fleet does not pay for it. */
const threads = prepareFetchThreads(availableParallelism())
const SAMPLE_MS = 500

const terms = await go
const { login, ...options } = job
const replay = startReplay({
  ...options,
  ...terms,
  ...(login && { login: loginOf(login) }),
  clock,
  threads: threads.map(thread => part => thread.take(part)),
  signal: stop.signal,
  grace,
  dial: dialBy(job.addresses),
  onTrouble: message => tell({ kind: 'trouble', message }),
  onEvent: event => tell({ kind: 'event', event }),
  onToolSample: sample => tell({ kind: 'tool', sample }),
})

const over = new AbortController()
const sampling = async () => {
  while (!over.signal.aborted) {
    const sample = replay.sample()
    if (sample) tell({ kind: 'sample', sample })
    await clock.sleep(SAMPLE_MS, over.signal)
  }
}
sampling().catch(() => {})
try {
  tell({ kind: 'result', result: await replay.result })
} catch (error) {
  tell({ kind: 'error', message: messageOf(error) })
} finally {
  over.abort()
  await Promise.all(threads.map(thread => thread.close()))
}
