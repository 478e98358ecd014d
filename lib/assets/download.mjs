import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The file did not come, or not whole. The machine that asks has nothing of this program but its assets. */
class DownloadError extends Error {}

/** Long enough for a slow mirror to begin, and to pause; no byte for so long is an end. */
const IDLE_MS = 60_000
/** A gigabyte at 1.2 Mbit/s. Who sends a byte a minute is not waited for either. */
const WHOLE_MS = 2 * 3_600_000

/**
 * Fetches one file. Its times are timers of its own and wait for nothing that the other side does: Node's `fetch` may
 * never settle when its signal aborts while a compressed body is read (nodejs/node #56917).
 */
export async function download(url, target, { idleMs = IDLE_MS, wholeMs = WHOLE_MS } = {}) {
  const over = new AbortController()
  let received = 0
  let idle
  let whole
  let progressed = () => {}
  const late = new Promise((_resolve, reject) => {
    const endAfter = (ms, what) =>
      setTimeout(() => {
        reject(new DownloadError(`${what} within ${ms / 1000} s; ${received} bytes came`))
        over.abort()
      }, ms)
    whole = endAfter(wholeMs, 'the file was not whole')
    progressed = () => {
      clearTimeout(idle)
      idle = endAfter(idleMs, 'nothing came')
    }
  })
  async function* counted(chunks) {
    for await (const chunk of chunks) {
      received += chunk.length
      progressed()
      yield chunk
    }
  }
  const fetched = async () => {
    const response = await fetch(url, { signal: over.signal })
    if (!response.ok || !response.body) throw new DownloadError(`HTTP ${response.status}`)
    progressed()
    await pipeline(Readable.fromWeb(response.body), counted, createWriteStream(target))
  }
  progressed()
  const work = fetched()
  // Whichever of the two loses the race is nobody's unhandled rejection.
  work.catch(() => {})
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(idle)
    clearTimeout(whole)
    over.abort()
  }
}
