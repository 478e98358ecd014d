#!/usr/bin/env node
// `npm test`: everything. `npm run test:fast`: types, lint and unit tests. With arguments, what they name:
// `npm test -- test/unit/x.test.ts --grep words`.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { bootstrap, root, say } from './bootstrap.mjs'
import { scratchFolder } from './test-surroundings.mjs'

bootstrap()
const given = process.argv.slice(2).filter(name => name !== '--fast')
const fast = process.argv.includes('--fast')
const all = given.length === 0
const scratch = scratchFolder()
const counts = join(scratch, 'counts.jsonl')
let failed = false

if (all) {
  check('types', 'typescript/bin/tsc', [
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    '.types.tsbuildinfo',
  ])
  check('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings'])
  check('format', '@biomejs/biome/bin/biome', ['format'])
}
// Fetched and built before any test's time is counted.
if ((all && !fast) || given.some(name => /local|drills/.test(name)))
  check('set-up', 'tsx/dist/cli.mjs', ['test/set-up.ts'])
if (all) {
  // Mocha takes one job for none at all.
  const jobs = availableParallelism() > 1 ? ['--parallel', '--jobs', String(availableParallelism())] : []
  check('unit tests', 'mocha/bin/mocha.js', [...jobs, 'test/unit/**/*.test.ts'])
  if (!fast) {
    check('stacks', 'mocha/bin/mocha.js', [...jobs, 'test/stacks/**/*.test.ts'])
    const labs = 'test/local/**/*.lab.test.ts'
    check('real software', 'mocha/bin/mocha.js', [...jobs, '--ignore', labs, 'test/local/**/*.test.ts'])
    // One after another: they share a lab's addresses, and time failover.
    check('labs', 'mocha/bin/mocha.js', [labs])
  }
} else {
  check('tests', 'mocha/bin/mocha.js', given)
}
process.stdout.write(`${total()}\n`)
rmSync(scratch, { recursive: true, force: true })
process.exitCode = failed ? 1 : 0

function check(name, script, args) {
  say(`--- ${name}`)
  const command = [join(root, 'node_modules', script)]
  if (script.startsWith('mocha')) command.push('--reporter', 'test/reporter.mjs')
  const { status } = spawnSync(process.execPath, [...command, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, AFTERSHOCK_TEST_COUNTS: counts, AFTERSHOCK_TEST_SCRATCH: scratch },
  })
  if (status === 0) return
  say(`--- ${name}: failed`)
  failed = true
}

/** The last line, from what the runner itself counted. */
function total() {
  const sum = { passes: 0, failures: 0, pending: 0 }
  let text = ''
  try {
    text = readFileSync(counts, 'utf8')
  } catch {
    failed = true
  }
  for (const line of text.split('\n').filter(Boolean))
    for (const [name, count] of Object.entries(JSON.parse(line))) sum[name] += count
  return `${sum.passes} passed, ${sum.failures} failed, ${sum.pending} skipped`
}
