#!/usr/bin/env node
// `npm test`: everything, or with arguments (`npm test -- test/unit/x.test.ts`) only what they name.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, root, say } from './bootstrap.mjs'

bootstrap()
const given = process.argv.slice(2)
const all = given.length === 0
let failed = false

if (all) {
  check('types', 'typescript/bin/tsc', ['--noEmit'])
  check('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings'])
  check('format', '@biomejs/biome/bin/biome', ['format'])
}
// Fetched and built before any test's time is counted.
if (all || given.some(name => name.includes('local'))) check('set-up', 'tsx/dist/cli.mjs', ['test/set-up.ts'])
// The tests come last and nothing is said after them: their count is the last line.
say('--- tests')
if (!run('mocha/bin/mocha.js', ['--reporter', 'test/reporter.mjs', ...(all ? ['test/**/*.test.ts'] : given)]))
  failed = true
process.exitCode = failed ? 1 : 0

function check(name, script, args) {
  say(`--- ${name}`)
  if (run(script, args)) return
  say(`--- ${name}: failed`)
  failed = true
}

function run(script, args) {
  const command = [join(root, 'node_modules', script), ...args]
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status === 0
}
