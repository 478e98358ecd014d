import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Where the module `name` beside the module `of` (its `import.meta.url`) is: built, or as its source. */
export const moduleBeside = (of: string, name: string): URL =>
  new URL(`${name}${extname(fileURLToPath(of))}`, of)

/**
 * A thread that runs the module `name` beside the module `of` (its `import.meta.url`). Built code starts as it is; from
 * its source, a thread does not inherit the loader and has to register it.
 */
export function startThread(of: string, name: string, workerData?: unknown): Worker {
  const entry = moduleBeside(of, name)
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, { workerData })
  const loader = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(loader)}).then(tsx => { tsx.register(); return import(${JSON.stringify(entry.href)}) })`
  return new Worker(code, { eval: true, workerData })
}
