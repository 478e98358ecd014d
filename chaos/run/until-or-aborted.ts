/** Resolves when `until` does or when the signal aborts, whichever comes first. */
export async function untilOrAborted(until: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let stop = () => {}
  const aborted = new Promise<void>(resolve => {
    stop = resolve
    signal.addEventListener('abort', stop, { once: true })
  })
  await Promise.race([until, aborted])
  signal.removeEventListener('abort', stop)
}
