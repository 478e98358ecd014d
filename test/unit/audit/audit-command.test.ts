import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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

  it('says of a folder that is not there that it is not the folder of a run', async () => {
    await rejects(run('nowhere/at-all'), {
      code: 'input',
      message: 'nowhere/at-all is not the folder of a run: it has no run.json',
    })
  })

  it('names a history by the path that was given, so that an editor finds it', async () => {
    const given = '../histories/lost-write.jsonl'
    const { out } = await run('--history', given)
    ok(out.includes(`${given}:4  0  acknowledged`), out)
  })

  it('reads contracts as drills do: file, line, column and key; an empty one is refused', async () => {
    const judgedBy = (name: string) => run('--history', 'G1a.jsonl', '--contract', `../contracts/${name}`)
    await rejects(judgedBy('wrong-class.yaml'), {
      code: 'input',
      message: /^\.\.\/contracts\/wrong-class\.yaml:4:16 topics\.telemetry\.dataClass: .*telemetr/,
    })
    await rejects(judgedBy('empty.yaml'), {
      code: 'input',
      message: /^\.\.\/contracts\/empty\.yaml:2:9 topics: no topic/,
    })
    equal((await judgedBy('one-topic.yaml')).status, 1)
  })

  it('prints nothing of a file that is not text', async () => {
    await withBinary(async path => {
      await rejects(run('--history', path), { code: 'input', message: `${path}:1: not JSON: it is not text` })
    })
  })
})

/** Bytes that a terminal would obey, and some that are no UTF-8. */
async function withBinary(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'aftershock-audit-'))
  try {
    const path = join(folder, 'binary.jsonl')
    await writeFile(path, Buffer.from([0x90, 0xdf, 0x9a, 0x1b, 0x5b, 0x32, 0x4a, 0x7b, 0x0a, 0x04]))
    await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
