import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/**
 * A thread that runs the module `name` beside this one. Built code starts as it is; from its source, a thread does not
 * inherit the loader and has to register it.
 */
export function startThread(name: string, workerData?: unknown): Worker {
  const extension = extname(fileURLToPath(import.meta.url))
  const entry = new URL(`${name}${extension}`, import.meta.url)
  if (extension === '.js') return new Worker(entry, { workerData })
  const loader = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(loader)}).then(tsx => { tsx.register(); return import(${JSON.stringify(entry.href)}) })`
  return new Worker(code, { eval: true, workerData })
}
