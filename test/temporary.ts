import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All that tests of this process write: `npm test` names a place that it removes, else the system's. */
const base = mkdtempSync(join(process.env.AFTERSHOCK_TEST_SCRATCH ?? tmpdir(), 'aftershock-test-process-'))
process.once('exit', () => rmSync(base, { recursive: true, force: true }))
let made = 0

/** A folder that stays until the process ends: for what is made once and copied or read by many tests. */
export function keptFolder(name: string): string {
  const folder = join(base, `${name}-${made++}`)
  mkdirSync(folder)
  return folder
}

/** What the system's temporary folder is for code under test, until it is disposed of with all that is in it. */
export function temporaryFolder(): Disposable {
  const before = process.env.TMPDIR
  const folder = keptFolder('t')
  process.env.TMPDIR = folder
  return {
    [Symbol.dispose]() {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
