export interface FetchedText {
  readonly ok: boolean
  readonly status: number
  readonly text: string
}

/**
 * One HTTP request with the whole of its answer. Its time is a timer of its own, from the connect to the last byte of
 * the body, and waits for nothing that the other side does: Node's `fetch` may never settle when its signal aborts
 * while a compressed body is read (nodejs/node #56917).
 * @throws Error when no whole answer comes in time.
 */
export async function fetchText(url: URL, init: RequestInit, timeoutMs: number): Promise<FetchedText> {
  const over = new AbortController()
  let began = false
  const whole = async (): Promise<FetchedText> => {
    const answer = await fetch(url, { ...init, signal: over.signal })
    began = true
    return { ok: answer.ok, status: answer.status, text: await answer.text() }
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const end = () => {
      const seen = began ? 'the answer began and did not end' : 'no answer came'
      reject(new Error(`${seen} within ${timeoutMs / 1000} s`))
      over.abort()
    }
    timer = setTimeout(end, timeoutMs)
  })
  const work = whole()
  // Whichever of the two loses the race is nobody's unhandled rejection.
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
