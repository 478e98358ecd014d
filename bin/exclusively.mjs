import { createHash } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs `work` while no other process does so for this checkout: two npm in one node_modules would leave
 * neither's result. A lock whose owner is gone is taken over.
 */
export function exclusively(root, say, work) {
  const digest = createHash('sha256').update(`${process.getuid?.()} ${root}`).digest('hex')
  const lock = join(tmpdir(), `aftershock-${digest.slice(0, 16)}.lock`)
  process.on('exit', () => {
    if (ownerOf(lock) === process.pid) rmSync(lock, { force: true })
  })
  let announced = false
  while (!acquire(lock)) {
    const owner = ownerOf(lock)
    if (owner === undefined) continue
    if (!isAlive(owner)) {
      rmSync(lock, { force: true })
      continue
    }
    if (!announced) say(`waiting for the set-up that process ${owner} is doing here (${lock})`)
    announced = true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  work()
  rmSync(lock, { force: true })
}

/** A link to a complete file: nobody ever reads a lock without its owner in it. */
function acquire(lock) {
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, String(process.pid))
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return error.code === 'EPERM'
  }
}
