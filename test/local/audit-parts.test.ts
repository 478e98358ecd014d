import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, beforeEach, describe, it } from 'mocha'
import { handler } from '../../chaos/audit-function.ts'
import { auditRun } from '../../chaos/audit/audit-run.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { auditStates } from '../../lib/audit-states.ts'
import { plantedRun } from '../unit/audit/planted-run.ts'
import { EVIDENCE, makeEvidenceBucket } from './day-runner.ts'
import { type Execution, type Ministack, startMinistack } from './ministack.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { run } from './run-program.ts'

const PARTS = 4

/** The state machine of the template by ministack, the function as it is staged, runs in a bucket of moto that locks. */
describe('an audit in parts', function () {
  this.timeout(120_000)
  let moto: Moto
  let ministack: Ministack
  let machine = ''
  let functions: Server
  let restore = () => {}
  /** What the function was asked. */
  let asked: { readonly do: string; readonly index?: number }[] = []
  /** Whether it dies of a task. */
  let isFailing: (task: (typeof asked)[number]) => boolean = () => false

  before(async function () {
    const tools = pythonTools('moto_server', 'ministack', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`an audit in parts: skipped, because ${tools}\n`)
      this.skip()
    }
    const folder = execFileSync(process.execPath, [
      packageFile('lib', 'assets', 'stage-audit.mjs'),
    ]).toString()
    const staged = (await import(pathToFileURL(join(folder.trim(), 'index.mjs')).href)) as {
      handler: typeof handler
    }
    const answered = async (question: IncomingMessage) => {
      const task = JSON.parse((await question.toArray()).join('')) as (typeof asked)[number]
      asked.push(task)
      if (isFailing(task)) return { errorType: 'Runtime.ExitError', errorMessage: 'it ran out of memory' }
      return staged.handler(task)
    }
    functions = createServer((question, answer) => {
      answered(question)
        .catch((error: Error) => ({ errorType: error.name, errorMessage: error.message }))
        .then(
          told => answer.end(JSON.stringify(told)),
          () => answer.destroy(),
        )
    }).listen(0, '127.0.0.1')
    await once(functions, 'listening')
    moto = await startMoto(tools, 'eu-west-1')
    ministack = await startMinistack(tools, moto, {
      functions: `http://127.0.0.1:${(functions.address() as AddressInfo).port}`,
    })
    const own = { ...process.env }
    Object.assign(process.env, moto.env)
    restore = () => {
      for (const key of Object.keys(moto.env)) delete process.env[key]
      Object.assign(process.env, own)
    }
    await makeEvidenceBucket(moto)
    const to = `s3://${EVIDENCE}/mine/audits`
    machine = await ministack.create('audit', auditStates({ lambda: 'audit', to, parts: PARTS }))
  })
  beforeEach(() => {
    asked = []
    isFailing = () => false
  })
  after(async () => {
    restore()
    await ministack?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
    functions?.closeAllConnections()
    functions?.close()
  })

  /** Stores a run as `seal --store` does. @returns its audit in one piece, and where it is stored */
  async function stored(seed: number, isSound: boolean) {
    const dir = mkdtempSync(join(tmpdir(), 'aftershock-stored-run-'))
    try {
      for (const [name, lines] of Object.entries(plantedRun(seed, { isSound }))) {
        mkdirSync(dirname(join(dir, name)), { recursive: true })
        writeFileSync(join(dir, name), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
      }
      const uri = `s3://${EVIDENCE}/mine/runs/run-${seed}/`
      const copied = await run('aws', ['s3', 'cp', '--recursive', '--quiet', dir, uri], moto.env)
      assert.equal(copied.status, 0, copied.stderr)
      return { uri, whole: await auditRun(dir) }
    } finally {
      rmSync(dir, { recursive: true })
    }
  }

  const audit = async (uri: string): Promise<Execution> =>
    ministack.ended(await ministack.start(machine, { run: uri }))

  async function fetched(uri: string): Promise<unknown> {
    const file = join(moto.dir, 'fetched.json')
    const copied = await run('aws', ['s3', 'cp', '--quiet', uri, file], moto.env)
    assert.equal(copied.status, 0, copied.stderr)
    return JSON.parse(readFileSync(file, 'utf8'))
  }

  for (const [seed, isSound] of [
    [1, true],
    [2, false],
  ] as const)
    it(`has the verdict and the counts of one in one piece, of a run that ${isSound ? 'is sound' : 'is not'}`, async () => {
      const { uri, whole } = await stored(seed, isSound)
      const { status, output, cause } = await audit(uri)
      assert.equal(status, 'SUCCEEDED', cause)
      const answer = JSON.parse(output ?? '') as { stored: string; verdict: string }
      assert.equal(answer.verdict, whole.verdict)
      const { anomalies: _, ...merged } = (await fetched(answer.stored)) as typeof whole
      const { anomalies: __, ...one } = whole
      assert.deepEqual(merged, one)
      const parts = asked.flatMap(task => (task.do === 'part' ? [task.index] : []))
      assert.deepEqual(
        parts.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
        [0, 1, 2, 3],
      )
    })

  it('has no verdict when one of its parts has none', async () => {
    const { uri } = await stored(3, true)
    isFailing = task => task.do === 'part' && task.index === 2
    const { status, error } = await audit(uri)
    assert.deepEqual([status, error], ['FAILED', 'States.ExceedToleratedFailureThreshold'])
    assert.ok(!asked.some(task => task.do === 'merge'))
  })

  it('is the same when a function is invoked twice for one task', async () => {
    const { uri } = await stored(4, true)
    const { output } = await audit(uri)
    const { stored: at } = JSON.parse(output ?? '') as { stored: string }
    const first = await fetched(at)
    const task = { do: 'merge', run: uri, to: at.replace('/audit.json', ''), count: PARTS }
    assert.deepEqual(await handler(task), { stored: at, verdict: 'pass' })
    assert.deepEqual(await fetched(at), first)
  })
})
