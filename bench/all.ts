import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../chaos/system-clock.ts'
import { GATHERED_IN, loadNow, type Measured, performancePage } from './measured.ts'

/** `npm run bench`: all of them, one after the other, and docs/performance.md from what they measured. */
const BENCHES = ['replay', 'fleet', 'audit', 'start-up'] as const
const root = mkdtempSync(join(tmpdir(), 'aftershock-benches-'))
const file = join(root, 'measured.jsonl')
const [at, load] = [new Date(systemClock.wallMs()).toISOString().slice(0, 10), loadNow()]
let failed = false
try {
  writeFileSync(file, '')
  for (const bench of BENCHES) {
    process.stdout.write(`\n${bench}\n`)
    const path = fileURLToPath(new URL(`${bench}.ts`, import.meta.url))
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', path], {
      stdio: 'inherit',
      env: { ...process.env, [GATHERED_IN]: file },
    })
    failed ||= status !== 0
  }
  const all = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => (line === '' ? [] : [JSON.parse(line) as Measured]))
  writeFileSync(
    fileURLToPath(new URL('../docs/performance.md', import.meta.url)),
    performancePage(all, { at, load }),
  )
} finally {
  rmSync(root, { recursive: true })
}
process.exitCode = failed ? 1 : 0
