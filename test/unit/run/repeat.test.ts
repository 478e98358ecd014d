import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { type RepeatOptions, repeatRuns, type RunResult } from '../../../chaos/run/repeat.ts'
import { type Repeats, repeats as repeatsFile } from '../../../chaos/score/repeats.ts'

const DONE: RunResult = { interrupted: false, unhealed: [], verdict: 'pass' }

describe('repeating a drill', () => {
  let parent = ''
  let outDir = ''
  let begun: string[] = []
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'aftershock-repeat-'))
    outDir = join(parent, 'runs')
    begun = []
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  const repeat = (results: readonly (RunResult | Error)[], changes: Partial<RepeatOptions> = {}) =>
    repeatRuns({
      outDir,
      times: results.length,
      drill: { drill: 'quick', gates: [] },
      seed: '7',
      platform: 'kafka',
      perform: async (number, runDir) => {
        begun.push(runDir)
        const result = results[number - 1]
        if (!result || result instanceof Error) throw result ?? new Error('there is no such run')
        return result
      },
      progress: () => {},
      ...changes,
    })
  const written = (): Repeats =>
    repeatsFile.parse(JSON.parse(readFileSync(join(outDir, 'repeats.json'), 'utf8')))

  it('gives each run a folder of its own, one after the other', async () => {
    await repeat([DONE, DONE, DONE])
    assert.deepEqual(
      begun,
      ['1', '2', '3'].map(number => join(outDir, number)),
    )
  })

  it('writes what it returns, as its schema says', async () => {
    const { repeats, interrupted } = await repeat([DONE, DONE])
    assert.deepEqual(written(), repeats)
    assert.equal(interrupted, false)
    assert.deepEqual(
      repeats.runs.map(run => [run.dir, run.verdict]),
      [
        ['1', 'pass'],
        ['2', 'pass'],
      ],
    )
  })

  it('ends with an interrupted run, begins no other, and keeps what there is', async () => {
    const { interrupted, repeats } = await repeat([DONE, { ...DONE, interrupted: true, verdict: null }, DONE])
    assert.ok(interrupted)
    assert.equal(begun.length, 2)
    assert.deepEqual([repeats.runs[1]?.why, repeats.verdict], ['interrupted', 'inconclusive'])
    assert.deepEqual(written(), repeats)
  })

  it('goes on after a run that could not be performed, and counts it as one that cannot tell', async () => {
    const unavailable = new AftershockError('unavailable', 'the steady state could not be shown')
    const { repeats } = await repeat([DONE, unavailable, DONE, DONE])
    assert.equal(begun.length, 4)
    assert.deepEqual(repeats.runs[1], { dir: '2', verdict: null, why: unavailable.message })
    assert.equal(repeats.verdict, 'inconclusive')
  })

  it('fails at once when the first run cannot be performed', async () => {
    const unavailable = new AftershockError('unavailable', 'no broker started')
    await assert.rejects(repeat([unavailable, DONE]), unavailable)
    assert.equal(begun.length, 1)
  })

  it('begins no other run when a guard refuses one, or something is left unhealed', async () => {
    const refused = new AftershockError('refused', 'the lab is in use')
    await assert.rejects(repeat([DONE, refused, DONE]), refused)
    assert.equal(begun.length, 2)
    outDir = join(parent, 'more')
    begun = []
    await assert.rejects(
      repeat([{ ...DONE, unhealed: ['zone-cut-1'] }, DONE]),
      (error: AftershockError) => error.code === 'unhealed' && /zone-cut-1/.test(error.message),
    )
    assert.equal(begun.length, 1)
    assert.ok(existsSync(join(outDir, 'repeats.json')))
  })

  it('does not write into a folder that is there', async () => {
    await repeat([DONE, DONE])
    await assert.rejects(repeat([DONE, DONE]), (error: AftershockError) => error.code === 'refused')
  })
})
