import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { drillOfRun } from '../../../chaos/runs/drill-of-run.ts'
import { readRunHeader } from '../../../chaos/record/run-header.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { programVersion } from '../../../chaos/staged-program.ts'
import { RunFolders } from '../compare/run-folders.ts'
import { commandLine } from '../commands/command-line.ts'

describe('a run that is repeated', () => {
  let folders: RunFolders
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  it('has the shipped drill of the same bytes, its seed, and its platform in its version', async () => {
    const shipped = await loadDrill('zone-cut')
    const run = folders.put('shipped', 'kafka', 1, {
      header: header => {
        header.drillSha256 = shipped.sha256
        header.seed = 'of that run'
        header.versions.aftershock = '0.0.1'
      },
    })
    const { loaded, seed, platform } = await drillOfRun(run)
    assert.deepEqual(loaded, shipped)
    assert.deepEqual([seed, platform], ['of that run', 'kafka@4.3.1'])
  })

  it('has what its header says, where its drill is nobody’s but its user’s', async () => {
    const run = folders.put('own', 'kafka', 1, {
      header: header => void (header.versions.aftershock = programVersion()),
    })
    const { loaded } = await drillOfRun(run)
    const { drill, drillSha256 } = readRunHeader(run)
    assert.deepEqual([loaded.drill, loaded.sha256], [drill, drillSha256])
  })

  it('is refused, where another version made it from such a drill', async () => {
    const run = folders.put('older', 'kafka', 1, {
      header: header => void (header.versions.aftershock = '0.0.1'),
    })
    await assert.rejects(drillOfRun(run), { code: 'input' })
  })

  it('is refused, where it is not what was sealed', async () => {
    const run = folders.put('changed', 'kafka', 1)
    writeFileSync(join(run, 'scorecard.json'), '{}')
    await assert.rejects(drillOfRun(run), { code: 'unverified' })
  })

  it('is planned by `run --from`, which takes nothing of it twice', async () => {
    const { sha256 } = await loadDrill('zone-cut')
    const run = folders.put('planned', 'kafka', 1, {
      header: header => {
        header.drillSha256 = sha256
        header.seed = '42'
      },
    })
    const plan = await commandLine(['run', '--from', run, '--plan'])
    assert.equal(plan.code, 0, plan.err)
    assert.match(plan.out, new RegExp(`^zone-cut, seed 42, SHA-256 ${sha256.slice(0, 12)}`, 'm'))
    for (const extra of [['first'], ['--seed', '7'], ['--platform', 'automq']]) {
      const refused = await commandLine(['run', ...extra, '--from', run, '--plan'])
      assert.equal(refused.code, 64, refused.err)
      assert.match(refused.err, new RegExp(`^aftershock: ${extra[0]} stands beside --from`))
    }
  })
})
