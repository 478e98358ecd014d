import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareRuns } from '../../../chaos/compare/compare-runs.ts'
import { readRun } from '../../../chaos/compare/read-run.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { loadPrices } from '../../../chaos/cost/prices.ts'
import { loadWorkload } from '../../../chaos/cost/workload.ts'
import { type Change, RunFolders } from './run-folders.ts'

describe('the seal of a run that is to be compared', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let made = 0
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  const put = (change?: Change) => folders.put(`seal-${made++}`, 'kafka', 1, change)
  const edit = (folder: string, file: string, from: string | RegExp, to: string) => {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    assert.notEqual(text.replace(from, to), text)
    writeFileSync(path, text.replace(from, to))
  }
  const refuses = (folder: string, words: RegExp) =>
    assert.rejects(
      readRun(folder),
      (error: AftershockError) => error.code === 'unverified' && words.test(error.message),
    )

  it('is verified before anything is read', async () => {
    assert.deepEqual((await readRun(put())).seal, { state: 'verified', keyid: null })
  })

  it('refuses numbers that were edited after sealing, and names the file', async () => {
    const folder = put()
    edit(folder, 'measurements.json', /"value":\s*\d+/, '"value": 1')
    await refuses(folder, /measurements\.json was changed: its digest is not the sealed one/)
  })

  it('refuses what the run says of itself once it was edited', async () => {
    const folder = put()
    edit(folder, 'run.json', '"atMost":0', '"atMost":500')
    await refuses(folder, /run\.json was changed/)
  })

  it('refuses a run of which a sealed file is gone, and one that has more than was sealed', async () => {
    const without = put()
    rmSync(join(without, 'audit.json'))
    await refuses(without, /audit\.json is sealed and missing/)
    const more = put()
    writeFileSync(join(more, 'notes.txt'), 'mine')
    await refuses(more, /notes\.txt is not sealed: it was added/)
  })

  it('refuses a journal whose chain is broken, though it was sealed so', async () => {
    const folder = put()
    edit(folder, 'journal.jsonl', '"kind":"fault.injected"', '"kind":"fault.Injected"')
    folders.seal(folder)
    await refuses(folder, /journal\.jsonl:\d+ the chain breaks/)
  })

  it('refuses a seal that cannot be read', async () => {
    const folder = put()
    writeFileSync(join(folder, 'bundle.json'), '{}')
    await refuses(folder, /bundle\.json it is no DSSE envelope/)
  })

  it('keeps a platform with an unsealed run from passing, row by row, and says which run', async () => {
    const runs = folders.three('unsealed', ['kafka', 'kafka-tiered'], (platform, run) =>
      platform === 'kafka' && run === 2 ? { without: ['bundle.json'] } : {},
    )
    const comparison = compareRuns({
      outDir: join(folders.root, 'unsealed'),
      runs: await Promise.all(runs.map(readRun)),
      notRun: [],
      asked: 3,
      rule: null,
      cost: { loaded: await loadWorkload(), prices: loadPrices(undefined), atWallMs: 1_790_100_000_000 },
    })
    const [kafka, tiered] = comparison.platforms
    assert.deepEqual(
      [kafka?.verdict, tiered?.verdict, comparison.verdict],
      ['inconclusive', 'pass', 'inconclusive'],
    )
    assert.deepEqual(
      kafka?.runs.map(({ seal }) => seal.state),
      ['verified', 'unsealed', 'verified'],
    )
    for (const row of [...comparison.verdicts, ...comparison.gates])
      assert.notEqual(row.perPlatform.kafka?.verdict, 'pass')
    assert.ok(comparison.reasons.some(reason => /Apache Kafka: run 2 is not sealed/.test(reason)))
    assert.ok(comparison.limits.some(limit => /did not keep what they were configured with/.test(limit)))
  })
})
