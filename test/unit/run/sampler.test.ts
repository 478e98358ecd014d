import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sampler, type SamplerOptions } from '../../../chaos/run/sampler.ts'
import { VirtualClock } from './virtual-clock.ts'

const never = new Promise<never>(() => {})

describe('a sampler', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-sampler-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  function start(clock: VirtualClock, sample: SamplerOptions['sample']) {
    const failures: string[] = []
    const onFailure = (name: string, error: string) => void failures.push(`${name}: ${error}`)
    const sampler = new Sampler({ name: 'x', directory, everyMs: 1000, clock, sample, onFailure })
    const times = () =>
      readFileSync(join(directory, 'x.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => (JSON.parse(line) as { t: number }).t)
    return { sampler, failures, times }
  }

  it('leaves a hole for a sample that never answers, says so, and goes on without it', async () => {
    const clock = new VirtualClock()
    const asked: AbortSignal[] = []
    const { sampler, failures, times } = start(clock, (t, late) => {
      asked.push(late)
      return asked.length === 2 ? never : [{ t }]
    })
    await clock.run(clock.sleep(9500))
    await clock.run(sampler.stop())
    assert.deepEqual(times(), [0, 7000, 8000, 9000])
    assert.equal(asked[1]?.aborted, true)
    assert.deepEqual(failures, ['x: a sample was late (6 s), and is a hole'])
  })

  it('is stopped in bounded time though the sample under way never answers', async () => {
    const clock = new VirtualClock()
    const { sampler, failures, times } = start(clock, t => (t === 0 ? [{ t }] : never))
    await clock.run(clock.sleep(1500))
    await clock.run(sampler.stop())
    assert.equal(clock.now(), 3500)
    assert.deepEqual(times(), [0])
    assert.deepEqual(failures, ['x: a sample was late (2 s), and is a hole'])
  })

  it('keeps the sample under way that answers soon after the stop', async () => {
    const clock = new VirtualClock()
    const { sampler, failures, times } = start(clock, async t => {
      await clock.sleep(t === 0 ? 0 : 700)
      return [{ t }]
    })
    await clock.run(clock.sleep(1500))
    await clock.run(sampler.stop())
    assert.deepEqual(times(), [0, 1000])
    assert.deepEqual(failures, [])
  })

  it('does not write what a late sample said after all', async () => {
    const clock = new VirtualClock()
    const { sampler, times } = start(clock, async t => {
      await clock.sleep(t === 0 ? 6500 : 0)
      return [{ t }]
    })
    await clock.run(clock.sleep(7100))
    await clock.run(sampler.stop())
    assert.deepEqual(times(), [6000, 7000])
  })

  it('says in the end how many were late', async () => {
    const clock = new VirtualClock()
    const { sampler, failures } = start(clock, () => never)
    await clock.run(clock.sleep(13_000))
    await clock.run(sampler.stop())
    assert.deepEqual(failures, [
      'x: a sample was late (6 s), and is a hole',
      'x: 3 samples were late, and are holes',
    ])
  })
})
