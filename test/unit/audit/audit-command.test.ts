import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { join } from 'node:path'
import { Command } from 'commander'
import { register } from '../../../chaos/commands/audit.ts'
import { ExitStatus } from '../../../chaos/commands/io.ts'
import { send, stored, withRun } from './run-folder.ts'

const HISTORIES = join(import.meta.dirname, '../../fixtures/histories')

/** Runs `audit` with these arguments: what it printed, and its exit status. */
async function run(...args: string[]): Promise<{ status: number; out: string }> {
  let out = ''
  const sink = { write: (text: string) => (out += text) }
  const program = new Command().exitOverride()
  register(program, { stdout: sink, stderr: sink, env: {}, cwd: HISTORIES, isTerminal: false })
  try {
    await program.parseAsync(['audit', ...args], { from: 'user' })
    return { status: 0, out }
  } catch (error) {
    if (error instanceof ExitStatus) return { status: error.status, out }
    throw error
  }
}

describe('aftershock audit', () => {
  it('prints what it found with the lines that prove it, and exits by the verdict', async () => {
    const failed = await run('--history', 'lost-write.jsonl')
    equal(failed.status, 1)
    match(failed.out, /^audit: fail\n/)
    match(failed.out, /FAILS\s+lost-write: 1\n.*"d7\/1\/1"/)
    match(failed.out, /lost-write\.jsonl:4 {2}0 {2}acknowledged/)
    const passed = await run('--history', 'lost-write.twin.jsonl')
    equal(passed.status, 0)
    match(passed.out, /No anomaly was found/)
    equal((await run('--history', 'unseen.jsonl')).status, 2)
  })

  it('prints one JSON document and nothing else with --json', async () => {
    const { status, out } = await run('--history', 'G1a.jsonl', '--json')
    equal(status, 1)
    const result = JSON.parse(out)
    deepEqual([result.verdict, result.anomalyCounts.G1a], ['fail', 1])
  })

  it('audits the folder of a run', async () => {
    const spec = { gateway: send(['d1/1/0'], 0), stored: stored(0, 1, [[0, ['d1/1/0']]]) }
    const { status, out } = await withRun(spec, dir => run(dir))
    equal(status, 0)
    match(out, /telemetry +1 +1 +0 +1 +0/)
  })

  it('takes either a run or a history', async () => {
    await rejects(run(), { code: 'usage' })
    await rejects(run('.', '--history', 'G1a.jsonl'), { code: 'usage' })
    await rejects(run('.', '--contract', 'c.yaml'), { code: 'usage' })
    await rejects(run('--history', 'nothing.jsonl'), {
      code: 'input',
      message: /nothing\.jsonl cannot be read/,
    })
    await rejects(run('--history', 'G1a.jsonl', '--contract', 'G1a.jsonl'), { code: 'input' })
  })
})
