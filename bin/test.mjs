#!/usr/bin/env node
// `npm test`: everything. `npm run test:fast`: types, lint and unit tests. With arguments, what they name:
// `npm test -- test/unit/x.test.ts --grep words`.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { bootstrap, root } from './bootstrap.mjs'
import { addUp } from '../test/results.mjs'
import { runSteps } from './test-steps.mjs'
import { scratchFolder } from './test-surroundings.mjs'

bootstrap()
const given = process.argv.slice(2).filter(name => name !== '--fast')
const fast = process.argv.includes('--fast')
const all = given.length === 0
const scratch = scratchFolder()
const counts = join(scratch, 'counts.jsonl')
const env = { AFTERSHOCK_TEST_COUNTS: counts, AFTERSHOCK_TEST_SCRATCH: scratch }

const MOCHA = 'mocha/bin/mocha.js'
// Mocha takes one job for none at all.
const jobs = availableParallelism() > 1 ? ['--parallel', '--jobs', String(availableParallelism())] : []
const TYPES = ['--noEmit', '--incremental', '--tsBuildInfoFile', '.types.tsbuildinfo']
const LABS = 'test/local/**/*.lab.test.ts'
const ONE_LAB = filesOfOneLab()
// Fetched and built before any test's time is counted.
const SET_UP = ['set-up', 'tsx/dist/cli.mjs', 'test/set-up.ts']
const CHECKS = [
  ['types', 'typescript/bin/tsc', ...TYPES],
  ['lint', 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  ['format', '@biomejs/biome/bin/biome', 'format'],
]
const UNIT = ['unit tests', MOCHA, ...jobs, 'test/unit/**/*.test.ts']
const STACKS = ['stacks', MOCHA, ...jobs, 'test/stacks/**/*.test.ts']
const SOFTWARE = ['real software', MOCHA, ...jobs, '--ignore', LABS, 'test/local/**/*.test.ts']
const beside = { beside: true }

const failed = all ? await everything() : await named()
const { failures, last, isWhole } = addUp(counts, failed)
process.stdout.write(`${failures}${last}\n`)
rmSync(scratch, { recursive: true, force: true })
process.exitCode = failed.length > 0 || !isWhole ? 1 : 0

async function everything() {
  const first = await Promise.all([runSteps([UNIT], env), runSteps(CHECKS, env, beside)])
  if (fast) return first.flat()
  const setUp = await runSteps([SET_UP], env)
  // Stacks wait for nothing that has a deadline. Software boots machines, which starve beside a lab.
  const rest = await Promise.all([labs(), runSteps([STACKS], env, beside)])
  return [...first, setUp, ...rest, await runSteps([SOFTWARE], env)].flat()
}

/** One after another: they share addresses. They time failover, so that everything beside them gives way. */
async function labs() {
  const one = await runSteps([['one lab', MOCHA, ...ONE_LAB]], { ...env, AFTERSHOCK_TEST_KEEPS_LAB: '1' })
  const others = ['labs', MOCHA, ...ONE_LAB.flatMap(file => ['--ignore', file]), LABS]
  return [...one, ...(await runSteps([others], env))]
}

async function named() {
  const setUp = given.some(name => /local|drills/.test(name)) ? [SET_UP] : []
  return runSteps([...setUp, ['tests', MOCHA, ...given]], env)
}

/** What asks for a lab and not for a run in one: these files hand the same lab on. */
function filesOfOneLab() {
  const folder = 'test/local'
  return readdirSync(join(root, folder))
    .filter(name => name.endsWith('.lab.test.ts'))
    .map(name => `${folder}/${name}`)
    .filter(file => readFileSync(join(root, file), 'utf8').includes('startTestLab('))
}
