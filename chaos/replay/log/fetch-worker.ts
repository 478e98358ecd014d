import { parentPort } from 'node:worker_threads'
import type { Clock } from '../../core/clock.ts'
import { dialBy } from '../../kafka/broker-seeds.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import { ThreadLoad } from '../../machine/thread-load.ts'
import { systemClock } from '../../system-clock.ts'
import { Position } from '../position.ts'
import { type FetchPart, partHere } from './fetch-part.ts'
import type { FetchJob, FromFetchThread, Moved, ToFetchThread } from './fetch-thread.ts'

/** The thread's whole life: one part of one reader. */
const port = parentPort
const tell = (message: FromFetchThread) => port?.postMessage(message)
const LOAD_MS = 1000
let lastLook = () => {}
let part: FetchPart | null = null
let movedSinceLast: () => Moved[] = () => []

port?.on('message', (word: ToFetchThread) => {
  if (word.kind === 'begin') begin(word.job)
  else if (word.kind === 'hold') part?.hold(word.isHeld)
  else if (word.kind === 'leave-alone') part?.leaveAlone(word.isLeftAlone)
  else {
    lastLook()
    void (part?.finish() ?? Promise.resolve([])).then(rows =>
      tell({ kind: 'done', rows, moved: movedSinceLast() }),
    )
  }
})

function begin(job: FetchJob): void {
  const clock: Clock = {
    ...systemClock,
    now: () => performance.timeOrigin + performance.now() - job.zero,
  }
  const positions = job.partitions.map(
    ({ topic, partition, start, end }) => new Position(topic, partition, start, end),
  )
  const told = positions.map(({ next }) => next)
  movedSinceLast = () =>
    positions.flatMap((position, nth) => {
      const { next, records, bytes, markers, holes, firstTimestamp, lastTimestamp } = position
      if (next === told[nth]) return []
      told[nth] = next
      return [{ nth, next, records, bytes, markers, holes, firstTimestamp, lastTimestamp }]
    })
  const { login } = job
  const started = partHere({
    ...job,
    clock,
    positions,
    place: {
      zone: job.zone,
      topology: job.topology,
      dial: dialBy(job.addresses),
      ...(login && { login: loginOf(login) }),
    },
    on: {
      took: lines => tell({ kind: 'took', lines, moved: movedSinceLast(), traffic: started.traffic }),
      unread(position, range) {
        const nth = positions.indexOf(position)
        told[nth] = position.next
        tell({ kind: 'unread', nth, range })
      },
      refused: words => tell({ kind: 'refused', words }),
      failed: words => tell({ kind: 'failed', words }),
      trouble: words => tell({ kind: 'trouble', words }),
      load: load => tell({ kind: 'load', load }),
    },
  })
  part = started
  started.start()
  const load = new ThreadLoad()
  const look = () =>
    tell({ kind: 'load', load: { t: Math.round(clock.now()), ...load.look(), ...started.load() } })
  void (async () => {
    for (;;) {
      await clock.sleep(LOAD_MS)
      look()
    }
  })()
  lastLook = look
}
