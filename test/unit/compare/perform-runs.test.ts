import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PlatformId, nameOfId } from '../../../chaos/platforms/platform-id.ts'
import { type PerformOptions, performRuns, type PlatformPort } from '../../../chaos/compare/perform-runs.ts'
import { LOCK_FILE, type PlanFile, planFile } from '../../../chaos/compare/plan-file.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import type { RunResult } from '../../../chaos/run/repeat.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { RunFolders } from './run-folders.ts'

const DONE: RunResult = { interrupted: false, unhealed: [], verdict: 'pass' }
const INTERRUPTED: RunResult = { interrupted: true, unhealed: [], verdict: null }

describe('performing a comparison', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let outDir = ''
  let begun: string[] = []
  let healed: string[] = []
  let said: string[] = []
  let made = 0
  let clock: VirtualClock
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())
  beforeEach(() => {
    outDir = join(folders.root, `out-${made++}`)
    begun = []
    healed = []
    said = []
    clock = new VirtualClock()
  })

  /** Each run is a judged and sealed folder, unless a test says what becomes of it. */
  const port = (
    results: Readonly<Record<string, RunResult | Error>> = {},
    absent: readonly PlatformId[] = [],
  ): PlatformPort => ({
    availability: async platform =>
      absent.includes(platform)
        ? { available: false, reason: `${platform} is not here`, hint: 'get it' }
        : { available: true },
    async perform(platform, number, runDir) {
      const name = `${platform}/${number}`
      begun.push(name)
      const result = results[name] ?? DONE
      assert.equal(existsSync(runDir), false)
      const source = folders.put(`source-${made++}`, nameOfId(platform), number)
      cpSync(source, runDir, { recursive: true })
      rmSync(source, { recursive: true })
      if (result instanceof Error || result.interrupted) rmSync(join(runDir, 'bundle.json'))
      if (result instanceof Error) throw result
      return result
    },
    async heal(runDir) {
      healed.push(runDir)
    },
  })

  const perform = (changes: Partial<PerformOptions> = {}) =>
    performRuns({
      outDir,
      drill: 'first',
      drillSha256: 'd'.repeat(64),
      seed: '7',
      platforms: ['kafka', 'kafka-tiered'],
      repeat: 2,
      conditions: { node: '20.20.2' },
      port: port(),
      progress: line => void said.push(line),
      signal: new AbortController().signal,
      clock,
      machine: { cpus: 2, load1: () => 0.5 },
      restAtMostMs: 180_000,
      ...changes,
    })
  const written = (): PlanFile =>
    planFile.parse(JSON.parse(readFileSync(join(outDir, 'compare.json'), 'utf8')))
  const states = () => written().runs.map(({ platform, number, state }) => `${platform}/${number} ${state}`)

  it('runs the platforms in turns, each round beginning with the next, and writes down each step', async () => {
    const { runDirs, interrupted } = await perform()
    assert.deepEqual(begun, ['kafka/1', 'kafka-tiered/1', 'kafka-tiered/2', 'kafka/2'])
    assert.deepEqual(
      runDirs,
      begun.map(name => join(outDir, name)),
    )
    assert.equal(interrupted, false)
    assert.ok(written().runs.every(({ state, verdict }) => state === 'done' && verdict === 'pass'))
  })

  it('leaves out what is not available, and says so', async () => {
    const { notRun } = await perform({ port: port({}, ['kafka-tiered']) })
    assert.deepEqual(begun, ['kafka/1', 'kafka/2'])
    assert.deepEqual(notRun, [
      { platform: 'kafka-tiered', reason: 'kafka-tiered is not here', hint: 'get it' },
    ])
    assert.ok(said.includes('Kafka with tiered storage is not run: kafka-tiered is not here'))
  })

  it('fails before it touches anything when no platform is available', async () => {
    await assert.rejects(
      perform({ port: port({}, ['kafka', 'kafka-tiered']) }),
      (error: AftershockError) =>
        error.code === 'unavailable' && /kafka-tiered is not here/.test(error.message),
    )
    assert.equal(existsSync(outDir), false)
  })

  it('ends with an interrupted run, and goes on from there: finished runs are kept, that one is set aside', async () => {
    const first = await perform({ port: port({ 'kafka-tiered/1': INTERRUPTED }) })
    assert.ok(first.interrupted)
    assert.deepEqual(states().slice(0, 3), [
      'kafka/1 done',
      'kafka-tiered/1 interrupted',
      'kafka-tiered/2 planned',
    ])
    begun = []
    const second = await perform()
    assert.deepEqual(begun, ['kafka-tiered/1', 'kafka-tiered/2', 'kafka/2'])
    assert.equal(second.runDirs.length, 4)
    assert.ok(existsSync(join(outDir, 'kafka-tiered', '1.interrupted-1', 'journal.jsonl')))
    assert.deepEqual(
      written().setAside.map(({ from, to }) => [from, to]),
      [['kafka-tiered/1', 'kafka-tiered/1.interrupted-1']],
    )
    assert.deepEqual(healed, [])
  })

  it('sets aside as often as it must, and deletes nothing', async () => {
    for (const _ of [1, 2, 3]) await perform({ port: port({ 'kafka/1': INTERRUPTED }) })
    for (const k of [1, 2]) assert.ok(existsSync(join(outDir, 'kafka', `1.interrupted-${k}`)))
    assert.equal(written().setAside.length, 2)
  })

  it('heals what a killed run left before it moves its folder', async () => {
    await perform({ port: port({ 'kafka/1': INTERRUPTED }) })
    const journal = join(outDir, 'kafka', '1', 'journal.jsonl')
    const lines = readFileSync(journal, 'utf8').split('\n')
    writeFileSync(journal, lines.filter(line => !line.includes('"run.finished"')).join('\n'))
    await perform()
    assert.deepEqual(healed, [join(outDir, 'kafka', '1')])
    assert.ok(existsSync(join(outDir, 'kafka', '1.interrupted-1')))
  })

  it('does not go on where a dead run cannot be healed', async () => {
    await perform({ port: port({ 'kafka/1': INTERRUPTED }) })
    writeFileSync(join(outDir, 'kafka', '1', 'journal.jsonl'), '')
    const alive = new AftershockError('refused', 'the run is alive')
    const refusing = { ...port(), heal: () => Promise.reject(alive) }
    begun = []
    await assert.rejects(perform({ port: refusing }), alive)
    assert.deepEqual(begun, [])
    assert.ok(existsSync(join(outDir, 'kafka', '1')))
  })

  it('begins no other run once it was interrupted', async () => {
    const stop = new AbortController()
    const stopping = port()
    const { interrupted } = await perform({
      signal: stop.signal,
      port: {
        ...stopping,
        async perform(...args) {
          stop.abort(new Error('Ctrl-C'))
          return stopping.perform(...args)
        },
      },
    })
    assert.ok(interrupted)
    assert.deepEqual(begun, ['kafka/1'])
    assert.equal(states()[0], 'kafka/1 done')
  })

  it('goes on after a run that could not be performed, and runs it again the next time', async () => {
    const unavailable = new AftershockError('unavailable', 'the steady state could not be shown')
    await perform({ port: port({ 'kafka/1': unavailable }) })
    assert.equal(begun.length, 4)
    const failed = written().runs[0]
    assert.deepEqual([failed?.state, failed?.why], ['failed', unavailable.message])
    begun = []
    await perform()
    assert.deepEqual(begun, ['kafka/1'])
  })

  it('begins no other run when a guard refuses one, or something is left unhealed', async () => {
    const refused = new AftershockError('refused', 'the lab is in use')
    await assert.rejects(perform({ port: port({ 'kafka/1': refused }) }), refused)
    assert.equal(begun.length, 1)
    outDir = `${outDir}-more`
    begun = []
    await assert.rejects(
      perform({ port: port({ 'kafka/1': { ...DONE, unhealed: ['cut'] } }) }),
      (error: AftershockError) => error.code === 'unhealed' && /cut/.test(error.message),
    )
    assert.equal(begun.length, 1)
  })

  it('waits before each run until the machine has CPUs to spare, and writes down what it was then', async () => {
    // What a run leaves behind: it falls while nothing runs.
    const loads = [3.4, 2.5, 1.9, 4.8, 1.2]
    const machine = { cpus: 2, load1: () => loads.shift() ?? 0 }
    await clock.run(perform({ repeat: 1, machine }))
    assert.deepEqual(
      written().runs.map(({ rested }) => rested),
      [
        { load1: 1.9, waitedMs: 10_000 },
        { load1: 1.2, waitedMs: 5000 },
      ],
    )
    assert.ok(
      said.some(line => line.startsWith('waiting for the machine’s load to fall from 3.4 to below 2')),
    )
  })

  it('begins all the same on a machine that never rests, and says so', async () => {
    await clock.run(perform({ repeat: 1, machine: { cpus: 2, load1: () => 7 } }))
    assert.equal(begun.length, 2)
    assert.deepEqual(written().runs[0]?.rested, { load1: 7, waitedMs: 180_000 })
    assert.ok(said.some(line => /^the load is 7\.0 after .*: the run begins all the same$/.test(line)))
  })

  it('ends a wait for the load when it is interrupted, and begins nothing', async () => {
    const stop = new AbortController()
    const load1 = () => {
      setImmediate(() => stop.abort(new Error('Ctrl-C')))
      return 7
    }
    const { interrupted } = await perform({ signal: stop.signal, machine: { cpus: 2, load1 } })
    assert.ok(interrupted)
    assert.deepEqual(begun, [])
  })

  it('may be asked for more repeats, and keeps those that there are', async () => {
    await perform({ repeat: 1 })
    begun = []
    await perform({ repeat: 2 })
    assert.deepEqual(begun, ['kafka-tiered/2', 'kafka/2'])
  })

  it('refuses to go on under other conditions, and names them', async () => {
    await perform({ repeat: 1 })
    begun = []
    await assert.rejects(
      perform({ conditions: { node: '22.1.0' }, seed: '8' }),
      (error: AftershockError) =>
        error.code === 'input' &&
        /seed: 7 then, 8 now/.test(error.message) &&
        /node: 20\.20\.2 then, 22\.1\.0 now/.test(error.message),
    )
    assert.deepEqual(begun, [])
  })

  it('refuses finished runs that do not fit each other before it begins another', async () => {
    await perform({ repeat: 1 })
    const path = join(outDir, 'kafka', '1', 'run.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"2.2.4"', '"2.2.3"'))
    folders.seal(join(outDir, 'kafka', '1'))
    begun = []
    await assert.rejects(
      perform(),
      (error: AftershockError) =>
        error.code === 'input' && /kafkajs: 2\.2\.3 \(kafka\/1\)/.test(error.message),
    )
    assert.deepEqual(begun, [])
  })

  it('does not go on with a finished run that was edited, and names the file', async () => {
    await perform({ repeat: 1 })
    const path = join(outDir, 'kafka', '1', 'measurements.json')
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`)
    begun = []
    await assert.rejects(
      perform({ repeat: 2 }),
      (error: AftershockError) =>
        error.code === 'unverified' && /measurements\.json was changed/.test(error.message),
    )
    assert.deepEqual(begun, [])
  })

  it('keeps the finished runs of a platform that is not available any more', async () => {
    await perform({ repeat: 1 })
    begun = []
    const { runDirs } = await perform({ repeat: 2, port: port({}, ['kafka-tiered']) })
    assert.deepEqual(begun, ['kafka/2'])
    assert.ok(runDirs.includes(join(outDir, 'kafka-tiered', '1')))
  })

  it('does not take its own lock for something else', async () => {
    mkdirSync(outDir, { recursive: true })
    writeFileSync(join(outDir, LOCK_FILE), '{}')
    await perform({ repeat: 1 })
    assert.ok(begun.length > 0)
  })

  it('does not write into a folder that holds something else', async () => {
    mkdirSync(outDir, { recursive: true })
    writeFileSync(join(outDir, 'notes.txt'), 'mine')
    await assert.rejects(perform(), (error: AftershockError) => error.code === 'input')
    assert.deepEqual(begun, [])
  })
})
