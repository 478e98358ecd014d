#!/usr/bin/env node
// `npm test`: everything, or with arguments (`npm test -- test/unit/x.test.ts`) only what they name.
import { spawnSync } from 'node:child_process'
import { bootstrap, root, say } from './bootstrap.mjs'

bootstrap()
const given = process.argv.slice(2)
const failed = []

if (given.length === 0) {
  check('types', 'typescript/bin/tsc', ['--noEmit'])
  check('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings'])
  check('format', '@biomejs/biome/bin/biome', ['format'])
}
// The tests come last, so that their count is the last line.
check('tests', 'mocha/bin/mocha.js', ['--reporter', 'test/reporter.mjs', ...selection()])
process.exitCode = failed.length === 0 ? 0 : 1

/** Paths replace the configured ones; mocha alone would add them. */
function selection() {
  return given.some(argument => !argument.startsWith('-'))
    ? ['--config', '.mocharc.some.json', ...given]
    : given
}

function check(name, script, args) {
  say(`--- ${name}`)
  const { status } = spawnSync(process.execPath, [`node_modules/${script}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status === 0) return
  say(`--- ${name}: failed`)
  failed.push(name)
}
