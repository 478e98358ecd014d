import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder for whatever the tests write. */
export function scratchFolder() {
  return mkdtempSync(join(roomyMemory() ?? tmpdir(), 'aftershock-tests-'))
}

/** Where Linux keeps files in memory, when there is room for what the tests write. They write and remove a lot. */
function roomyMemory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 2 ** 31 ? '/dev/shm' : undefined
  } catch {
    return undefined
  }
}
