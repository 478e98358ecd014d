import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root, say } from './bootstrap.mjs'

/** One tool of the packages, run to its end: `[name, script, arguments]`. */

/**
 * Runs steps one after another, each to its end, whatever became of the one before.
 * @param beside other work that counts more: they give way to it, and what they print comes in one piece
 * @returns those that failed, with what they printed in one piece: `{ name, printed }`
 */
export async function runSteps(steps, env, { beside = false } = {}) {
  const failed = []
  for (const [name, script, ...args] of steps) {
    if (!beside) say(`--- ${name}`)
    const began = performance.now()
    const { status, printed } = await runTool(script, args, { ...env, AFTERSHOCK_TEST_STEP: name }, beside)
    if (beside) say(`--- ${name}`)
    process.stdout.write(printed ?? '')
    const seconds = Math.round((performance.now() - began) / 1000)
    say(`--- ${name}: ${status === 0 ? 'passed' : 'failed'} in ${seconds} s`)
    if (status !== 0) failed.push({ name, printed })
  }
  return failed
}

function runTool(script, args, env, beside) {
  const command = [join(root, 'node_modules', script)]
  if (script.startsWith('mocha')) command.push('--reporter', 'test/reporter.mjs')
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    stdio: beside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...env },
  })
  const printed = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => printed.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // What it starts has the same priority: brokers whose failover is timed come first.
    if (beside && child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    child.once('close', (code, signal) =>
      resolve({ status: code ?? signal, printed: beside ? Buffer.concat(printed).toString() : undefined }),
    )
  })
}
