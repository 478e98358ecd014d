import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import { ROLES } from '../../../chaos/page/palette.ts'
import { setupSection } from '../../../chaos/report/appendix.ts'
import { costSection } from '../../../chaos/report/cost-section.ts'
import { readReportData } from '../../../chaos/report/report-data.ts'
import { renderReport, writeReport } from '../../../chaos/report/report.ts'
import { trafficSection } from '../../../chaos/report/traffic-section.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'
import type { PlainEvent } from '../../fixtures/run/run-journal.ts'

/** Files of lines that are added, and links whose exact totals are. */
interface PricedKnobs extends RunKnobs {
  readonly files?: Readonly<Record<string, readonly object[]>>
  readonly totals?: object
}

const crossed = (page: string): string | undefined => /<b>([^<]+)<\/b> crossed from one zone/.exec(page)?.[1]

function withStoreLinks<T extends { readonly t: number }>(row: T): T {
  const { links } = row as unknown as { readonly links: object }
  return { ...row, links: { ...links, 'az-a>9:s3': [row.t * 20, row.t], 'az-b>9:s3': [row.t * 25, 0] } }
}

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
  const price = async ({ files = {}, totals = {}, ...knobs }: PricedKnobs = {}): Promise<void> => {
    makeRun(directory, { devices: 60, tickMs: 2000, ...knobs })
    for (const [file, rows] of Object.entries(files))
      writeFileSync(join(directory, file), rows.map(row => `${JSON.stringify(row)}\n`).join(''))
    const path = join(directory, 'samples', 'link-totals.json')
    const read = JSON.parse(readFileSync(path, 'utf8')) as { readonly exact: object }
    writeFileSync(path, JSON.stringify({ ...read, exact: { ...read.exact, ...totals } }))
    await scoreRun(directory)
    await priceRun(directory, await loadInputs())
  }
  const pricedPage = async (knobs: PricedKnobs = {}): Promise<string> => {
    await price(knobs)
    return renderReport(directory)
  }
  /** What those sections say that rest on prices: drawing all others takes seconds. */
  const pricedParts = async (knobs: PricedKnobs = {}): Promise<string> => {
    await price(knobs)
    const data = await readReportData(directory)
    return [trafficSection, costSection, setupSection].map(section => section.body(data).text).join('\n')
  }
  let good = ''
  let priced = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))
    good = await render()
    priced = await pricedPage()
    rmSync(directory, { recursive: true })
  })

  it('answers the question first', () => {
    const page = good
    const h1 = /<h1>(.*?)<\/h1>/.exec(page)?.[1]
    assert.equal(h1, 'Recovery did not become a second outage.')
    assert.ok(page.indexOf('<h1>') < page.indexOf('<svg'))
  })

  it('says that service was lost anew when it was, and that no gate judges it', async () => {
    const page = await render({
      devices: 600,
      stalls: [{ partition: 'telemetry/3', fromMs: 150_000, toMs: 160_000 }],
    })
    assert.match(page, /<h1>Failed: sustained recovery after zone-cut-3: 39\.92 s, allowed at most 20 s/)
    assert.match(page, /<p class="answer">After zone-cut-3, 1 partition lost service anew/)
    assert.match(page, /which this drill does not judge/)
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

  it('says that failover time-outs were tuned', () => {
    assert.match(good, /Tuned to fail over in seconds/)
  })

  it('tells repeats that fail the audit from repeats whose cause is known', async () => {
    const audit = (failures: object[]) => ({
      verdict: failures.length > 0 ? 'fail' : 'pass',
      failures,
      anomalies: {},
      anomalyCounts: { duplicate: 7 },
      judged: { duplicate: 'fails' },
      counts: {},
      reasons: [],
    })
    const failed = audit([{ anomaly: 'duplicate', topic: 't', count: 7 }])
    assert.match(await render({ audit: failed }), /7 \(fails the audit\)/)
    assert.match(await render({ audit: audit([]) }), /7 \(each explained/)
  })

  it('prices the run: by cause, line by line, with what a replay and a lost broker cost', () => {
    const page = priced
    for (const part of [
      /<th scope="row">Replicate<small>leaders to followers/,
      /What Apache Kafka costs a month/,
      /<dt>Kept on brokers, every replica<\/dt><dd>[\d.]+ [kM]B, worked out: one copy times the replicas/,
      /For the workload “fleet” in us-east-1: 50 MB\/s, 3 consumer groups, 3 zones, 4 replays a month of 3 days/,
      /<th scope="row">Cross-zone paths<\/th><td class="n">\$7,008/,
      /One more replay/,
      /One lost broker/,
      /How each line was worked out/,
      /Taken from this small run/,
      /Not taken from it/,
      /Not in the bill/,
    ])
      assert.match(page, part)
    assert.doesNotMatch(page, /What the object store was asked/)
  })

  it('does not count its own last read among what the platform moved across zones', () => {
    const [, told] = /([\d.]+ [kM]B) of the platform’s own crossed from one zone/.exec(priced) ?? []
    const [, summed] = /The platform’s own<\/th><td class="n">([^<]+)</.exec(priced) ?? []
    assert.ok(told)
    assert.equal(told, summed)
    assert.match(priced, /Beside these [\d.]+ [kM]B of this program’s own last read/)
    assert.match(priced, /headers of TCP and IP, which a cloud bills too, are not/)
  })

  it('says that a run was not priced', () => {
    assert.match(good, /There is no cost\.json in this run/)
  })

  it('flags prices that were older than 180 days on the day of the run', async () => {
    const on = (day: string) =>
      pricedParts({ header: header => ({ ...header, startedAtWallMs: Date.parse(day) }) })
    const late = await on('2031-06-01')
    assert.match(late, /as old as they were on 2031-06-01, the day of the run/)
    const [, flagged, used] = /<b>(\d+) of the (\d+) in this bill are flagged/.exec(late) ?? []
    assert.ok(Number(used) > 0)
    assert.equal(flagged, used)
    assert.match(late, /last seen \d{4} days ago/)
    // Before their sources were read, no price was old; what has no date or no source is flagged on any day.
    assert.doesNotMatch(await on('2020-01-01'), /last seen -?\d+ days ago/)
  })

  it('keeps bytes to the object store out of what crossed zones', async () => {
    const withStore = (totals: object) =>
      pricedParts({ samples: { links: rows => rows.map(withStoreLinks) }, totals })
    const page = await withStore({ 'az-a>9:s3': [5_000_000, 700_000], 'az-b>9:s3': [6_000_000, 0] })
    assert.equal(crossed(page), crossed(priced))
    assert.match(crossed(page) ?? '', /\d [kM]B/)
    assert.match(page, /To the object store and back/)
    assert.match(page, /<th scope="row">All zones<\/th><td class="n">11.0 MB<\/td><td class="n">700 kB/)
    assert.match(page, /<th scope="col" class="n">Object store<\/th>/)
    assert.match(page, /to and from the object store/)
    assert.doesNotMatch(good, /bject store<\/th>/)
  })

  it('says in its set-up what producers asked of brokers', async () => {
    const page = (asked: object) =>
      pricedParts({
        header: header => {
          const drill = header['drill'] as { fleet: object }
          return { ...header, drill: { ...drill, fleet: { ...drill.fleet, ...asked } } }
        },
      })
    assert.match(await page({}), /; acks=all; reconnect/)
    assert.match(await page({ acks: 1 }), /; acks=1; reconnect/)
    assert.match(await page({ idempotent: true }), /; acks=all, idempotent producers; reconnect/)
  })

  it('shows what a connector moved apart from other clients, and what its sink lacks', async () => {
    const withConnector = (lines: number) =>
      pricedParts({
        header: header => ({
          ...header,
          drill: { ...(header['drill'] as object), connector: { zone: 'az-b', topics: ['integration'] } },
        }),
        journal: events =>
          events.flatMap((event): PlainEvent[] =>
            event.kind === 'final-read'
              ? [
                  {
                    kind: 'connector.drained' as const,
                    t: event.t - 1,
                    topics: ['integration'],
                    stored: 1000,
                    lines,
                    bytes: 90_000,
                    waitedMs: 9,
                  },
                  event,
                ]
              : [event],
          ),
        totals: { 'az-b>1:connect': [1000, 199_000], 'az-b>2:connect': [0, 300_000] },
      })
    const page = await withConnector(997)
    assert.match(page, /the sum of the four/)
    assert.match(page, /Connector <small>between brokers and the worker<\/small><\/caption>/)
    assert.match(page, /<th scope="row">Connector<small>[^<]+<\/small><\/th><td class="n">200 kB<\/td>/)
    assert.match(page, /<dt>Connector traffic<\/dt><dd>500 kB<\/dd>/)
    assert.match(page, /997 lines, 90.0 kB, for 1,000 records: 3 of them are missing/)
    assert.doesNotMatch(await withConnector(1001), /of them are missing/)
    assert.match(priced, /the sum of the three/)
    assert.match(priced, /<dt>Connector traffic<\/dt><dd>not known: the run has no connector/)
    assert.doesNotMatch(priced, /<th scope="row">Connector<small>/)
  })

  it('shows what the object store was asked, beside the rate', async () => {
    const counts = (requests: number) => ({ requests, failed: 2, toStoreBytes: 10, fromStoreBytes: 7 })
    const page = await pricedParts({
      files: {
        'samples/object-store.jsonl': [
          { t: 20_000, zones: {}, storedBytes: 0 },
          {
            t: 90_000,
            zones: { 'az-a': { PutObject: counts(12), GetObject: counts(3) } },
            storedBytes: 8_000_000,
          },
        ],
      },
    })
    assert.match(page, /What the object store was asked/)
    assert.match(page, /<th scope="row">PutObject<\/th><td class="n">12<\/td>/)
    assert.match(page, /At [\d.]+ [kM]B\/s of ingest/)
    assert.match(page, /<dt>Kept in the object store<\/dt><dd>8.00 MB/)
  })

  it('marks what is no product before any result, and names it', async () => {
    const software = {
      name: 'Kafka 4.3.1 with a store of the lab',
      kind: 'reference',
      notes: ['It is <no> product.'],
    }
    const page = await pricedPage({ header: header => ({ ...header, platform: 'kafka-tiered', software }) })
    assert.match(page, /first on Kafka 4\.3\.1 with a store of the lab/)
    const mark = page.indexOf('The lab’s reference store, no product')
    assert.ok(mark > 0 && mark < page.indexOf('<h1>'))
    assert.match(page, /It is &lt;no&gt; product\./)
    assert.match(page, /<dt>About that software<\/dt>/)
    assert.match(page, /What Kafka with tiered storage costs a month/)
  })

  it('never shows a stand-in as the product, nor prices it as that', async () => {
    const software = {
      name: 'stand-in (Kafka 4.3.1), not AutoMQ',
      kind: 'stand-in',
      notes: ['This is not AutoMQ.'],
    }
    const page = await pricedPage({ header: header => ({ ...header, platform: 'automq', software }) })
    assert.match(page, /<title>first on stand-in \(Kafka 4\.3\.1\), not AutoMQ: /)
    const mark = page.indexOf('A stand-in, not the product')
    assert.ok(mark > 0 && mark < page.indexOf('<h1>'))
    assert.match(page, /What ran was a stand-in/)
    assert.doesNotMatch(page, /By the formula/)
    assert.doesNotMatch(page, /on AutoMQ|AutoMQ costs/)
  })

  it('names what was not measured', async () => {
    const page = await render({ without: ['samples/links.jsonl', 'samples/link-totals.json'], audit: null })
    assert.match(page, /Not measured: the file is missing/)
    assert.match(page, /There is no audit\.json in this run/)
    assert.match(page, /samples\/links\.jsonl<\/code>: the file is missing/)
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
