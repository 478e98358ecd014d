import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'

/** AFTERSHOCK_PYTHON, else what `.ci/run` made earlier, else the machine's own. */
export function python(...args: readonly string[]) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const made = join(cache, 'aftershock', 'ci-python', 'bin', 'python')
  const program = process.env.AFTERSHOCK_PYTHON ?? (existsSync(made) ? made : 'python3')
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 50_000 })
  return { status, stdout, stderr: error ? error.message : stderr }
}

/** Skips a test, and says why, where that Python lacks a package. */
export function skipWithout(test: Context, ...packages: readonly string[]): void {
  const { status, stderr } = python('-c', `import ${packages.join(', ')}`)
  if (status === 0) return
  const why = stderr.trim().split('\n').at(-1) ?? ''
  process.stderr.write(`      needs a Python with ${packages.join(', ')}; .ci/python.txt says how (${why})\n`)
  test.skip()
}
