/** Ctrl-C and SIGTERM as a signal that work can watch, while it is in use. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

const NAMES = { SIGINT: 'Ctrl-C', SIGTERM: 'SIGTERM', SIGHUP: 'a closed terminal' } as const

/** The first one asks everything to heal and end; those that follow change nothing: healing must finish. */
export function interruption(): Interruption {
  const controller = new AbortController()
  const listeners = Object.entries(NAMES).map(([name, words]) => {
    const listener = () => controller.abort(new Error(words))
    process.on(name, listener)
    return [name, listener] as const
  })
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) process.off(name, listener)
    },
  }
}
