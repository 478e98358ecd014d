import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fairness } from '../../../chaos/compare/fairness.ts'
import { loadOf } from '../../../chaos/compare/machine-load.ts'
import { readRun } from '../../../chaos/compare/read-run.ts'
import { RunFolders } from './run-folders.ts'

describe('the machine under a comparison', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let made = 0
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  /** One sample a second over more than the whole run. */
  async function run(busyAt: ((second: number) => number) | null, load1 = 0.5) {
    const folder = folders.put(`machine-${made++}`, 'kafka', 1, {
      header: header => (header.machine.load1 = load1),
    })
    if (busyAt) {
      const rows = Array.from({ length: 400 }, (_, t) => ({
        t: t * 1000,
        busy: t === 0 ? null : busyAt(t),
        load1: 1,
      }))
      writeFileSync(
        join(folder, 'samples', 'machine.jsonl'),
        rows.map(row => `${JSON.stringify(row)}\n`).join(''),
      )
      folders.seal(folder)
    }
    return readRun(folder)
  }
  const told = (runs: Awaited<ReturnType<typeof run>>[]) => fairness([{ platform: 'kafka', runs }], null)
  const row = (what: RegExp, { differs }: ReturnType<typeof told>) =>
    differs.find(entry => what.test(entry.what))?.perPlatform.kafka

  it('is told as the range over runs of the median second, and of seconds in which nothing was left', async () => {
    const said = told([await run(() => 0.58), await run(() => 0.64)])
    assert.equal(row(/median second/, said), '58% to 64%')
    assert.equal(row(/no CPU was idle/, said), '0%')
    assert.deepEqual(said.toolBottlenecks, [])
  })

  it('is named as the limit of a run in which it had nothing left for more than a twentieth of the seconds', async () => {
    const { toolBottlenecks } = told([await run(t => (t % 10 === 0 ? 1 : 0.6))])
    assert.deepEqual(
      toolBottlenecks.map(({ what, value, limit }) => [what, value, limit]),
      [['no CPU of the machine was idle in', '10% of the seconds', '5%']],
    )
    assert.deepEqual(told([await run(t => (t % 50 === 0 ? 1 : 0.6))]).toolBottlenecks, [])
  })

  it('is named when a run began with more to do than it has CPUs', async () => {
    const { toolBottlenecks } = told([await run(null, 2.5)])
    assert.deepEqual(
      toolBottlenecks.map(({ what, value, limit }) => [what, value, limit]),
      [['the machine was busy when it began', '2.5', '2']],
    )
  })

  it('is not sampled in runs of earlier versions, and that is said', async () => {
    const said = told([await run(null), await run(() => 0.5)])
    assert.equal(row(/median second/, said), '50%, not sampled in 1 of 2 runs')
    assert.equal(row(/median second/, told([await run(null)])), 'not sampled')
  })

  it('is not judged by a handful of seconds', () => {
    assert.equal(loadOf([1, 1, 1]), null)
  })
})
