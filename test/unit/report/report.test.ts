import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { ROLES } from '../../../chaos/page/palette.ts'
import { renderReport, writeReport } from '../../../chaos/report/report.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'

describe('the report of a run', function () {
  // Drawing fourteen charts takes seconds on a busy machine.
  this.timeout(60_000)
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const prepare = async (knobs: RunKnobs = {}): Promise<void> => {
    makeRun(directory, { devices: 200, tickMs: 1000, ...knobs })
    await scoreRun(directory)
  }
  const render = async (knobs: RunKnobs = {}): Promise<string> => {
    await prepare(knobs)
    return renderReport(directory)
  }
  let good = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))
    good = await render()
    rmSync(directory, { recursive: true })
  })

  it('answers the question first', () => {
    const page = good
    const h1 = /<h1>(.*?)<\/h1>/.exec(page)?.[1]
    assert.equal(h1, 'Recovery did not become a second outage.')
    assert.ok(page.indexOf('<h1>') < page.indexOf('<svg'))
  })

  it('needs nothing but itself: no script, no address, no import', () => {
    const page = good
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\((?!#)/i)
    const addresses = page.match(/https?:\/\/[^"'\s<)]+/g) ?? []
    // The names of XML vocabularies look like addresses; nobody fetches them.
    assert.deepEqual(
      [...new Set(addresses)].filter(address => !address.startsWith('http://www.w3.org/')),
      [],
    )
    assert.match(page, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/)
  })

  it('is small enough to be sent by mail', () => {
    assert.ok(good.length < 1_500_000)
  })

  it('follows the reader’s light or dark setting, charts included', () => {
    const page = good
    assert.match(page, /prefers-color-scheme:dark/)
    for (const standIn of Object.values(ROLES)) assert.ok(!page.includes(standIn), standIn)
    assert.match(page, /<path[^>]*stroke="var\(--blue\)"/)
  })

  it('escapes what evidence says', async () => {
    const evil = '<img src=x onerror=alert(1)>"&'
    const page = await render({
      header: header => ({
        ...header,
        versions: { [evil]: evil },
        drill: { ...(header.drill as object), title: evil },
      }),
      journal: events =>
        events.map(event => (event.kind === 'fault.intended' ? { ...event, summary: evil } : event)),
    })
    assert.doesNotMatch(page, /<img/)
    assert.match(page, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&amp;/)
  })

  for (const [what, knobs] of [
    [
      'no samples at all',
      { without: ['fleet', 'cluster', 'links', 'consumers', 'nodes'].map(name => `samples/${name}.jsonl`) },
    ],
    ['no history at all', { shards: () => [] }],
    ['a journal that ends after its first lines', { journal: events => events.slice(0, 5) }],
    ['no replay', { journal: events => events.filter(event => !event.kind.startsWith('action.')) }],
  ] as readonly (readonly [string, RunKnobs])[]) {
    it(`is still drawn for a run with ${what}`, async () => {
      assert.match(await render(knobs), /How to verify this report/)
    })
  }

  it('is the same for the same files, and is written beside the evidence', async () => {
    await prepare()
    const path = await writeReport(directory)
    assert.equal(readFileSync(path, 'utf8'), good)
  })

  it('asks for a score when there is none', async () => {
    makeRun(directory, { devices: 60, tickMs: 1000 })
    await assert.rejects(
      renderReport(directory),
      (error: unknown) => error instanceof AftershockError && /aftershock score/.test(error.hint ?? ''),
    )
  })
})
