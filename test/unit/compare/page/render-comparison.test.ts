import assert from 'node:assert/strict'
import type { ComparedPlatform, Comparison } from '../../../../chaos/compare/comparison.ts'
import { renderComparison } from '../../../../chaos/compare/page/render-comparison.ts'
import { ROLES } from '../../../../chaos/page/palette.ts'
import { aComparison } from '../fixtures.ts'

type Software = NonNullable<ComparedPlatform['software']>

/** The made-up comparison, with one platform otherwise. */
function withPlatform(platform: string, changes: Partial<ComparedPlatform>): Comparison {
  const made = aComparison()
  return {
    ...made,
    platforms: made.platforms.map(one => (one.platform === platform ? { ...one, ...changes } : one)),
  }
}

const headsOf = (page: string): string[] =>
  [...page.matchAll(/<th scope="col" class="head">(.*?)<\/th>/gs)].map(([, head]) => head ?? '')
const sectionOf = (page: string, id: string): string =>
  new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? ''

describe('the page of a comparison', function () {
  // Drawing a dozen charts takes a second or two on a busy machine.
  this.timeout(30_000)
  let good = ''
  before(() => {
    good = renderComparison(aComparison())
  })

  it('says first how each platform did, and who was not run', () => {
    const h1 = /<h1>(.*?)<\/h1>/.exec(good)?.[1]
    assert.equal(h1, 'Apache Kafka passes; Kafka with tiered storage is inconclusive; AutoMQ was not run.')
    assert.ok(good.indexOf('<h1>') < good.indexOf('<svg'))
    assert.ok(good.indexOf('id="fairness"') < good.indexOf('id="verdicts"'))
  })

  it('needs nothing but itself: no script, no address, no import', () => {
    assert.doesNotMatch(good, /<script|<link|<img|<iframe|@import|url\((?!#)/i)
    const addresses = good.match(/https?:\/\/[^"'\s<)]+/g) ?? []
    // The names of XML vocabularies look like addresses; nobody fetches them.
    assert.deepEqual(
      [...new Set(addresses)].filter(address => !address.startsWith('http://www.w3.org/')),
      [],
    )
    assert.match(good, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/)
  })

  it('is small enough to be sent by mail', () => assert.ok(good.length < 1_500_000))

  it('is the same for the same comparison, byte for byte', () => {
    assert.equal(renderComparison(aComparison()), good)
  })

  it('follows the reader’s light or dark setting, charts and patterns included', () => {
    for (const standIn of Object.values(ROLES)) assert.ok(!good.includes(standIn), standIn)
    assert.match(good, /<pattern [^>]*id="bill-chart-wide-/)
  })

  it('names a reference store as no product in the head of every column', () => {
    const heads = headsOf(good).filter(head => head.includes('Kafka with tiered storage'))
    assert.ok(heads.length >= 8, String(heads.length))
    for (const head of heads) assert.match(head, /class="tag">with the lab’s reference store, no product</)
  })

  it('shows a stand-in under its own name, never as the product', () => {
    const standIn: Software = { name: 'official layout over Apache Kafka', kind: 'stand-in', notes: [] }
    const [kafka] = aComparison().platforms
    const page = renderComparison(
      withPlatform('automq', {
        status: 'run',
        reason: null,
        software: standIn,
        verdict: 'pass',
        runs: kafka?.runs ?? [],
      }),
    )
    assert.match(page, /<h1>Apache Kafka and Stand-in distribution pass; .*<\/h1>/)
    const verdictHeads = headsOf(sectionOf(page, 'verdicts')).join('\n')
    assert.doesNotMatch(verdictHeads, /class="name">AutoMQ/)
    assert.match(verdictHeads, /stand-in, not AutoMQ/)
    // Its bill is the product's by published prices, and says that nothing of the product ran.
    assert.match(sectionOf(page, 'cost'), /the model alone: a stand-in ran, not this/)
  })

  it('claims nothing about a platform that was not run: its cells say so', () => {
    const cells = [...sectionOf(good, 'verdicts').matchAll(/<td data-of="AutoMQ">(.*?)<\/td>/gs)]
    assert.ok(cells.length >= 10)
    for (const [, cell] of cells) assert.match(cell ?? '', /not run/)
  })

  it('escapes what evidence says', () => {
    const evil = '<img src=x onerror=alert(1)>"&'
    const made = aComparison()
    const page = renderComparison({
      ...made,
      drill: { ...made.drill, title: evil },
      limits: [evil],
      notRun: made.notRun.map(one => ({ ...one, reason: evil })),
      recoveryBytes: made.recoveryBytes.map(row => ({ ...row, subject: evil })),
    })
    assert.ok(!page.includes('<img'))
    assert.match(page, /&lt;img src=x/)
  })

  it('leads into each run’s folder and nowhere else', () => {
    const links = [...good.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href ?? '')
    assert.ok(links.includes('./kafka/1/report.html'))
    assert.ok(links.includes('./kafka-tiered/3/bundle.json'))
    assert.deepEqual(
      links.filter(href => !href.startsWith('./') && !href.startsWith('#')),
      [],
    )
  })

  it('does not take the name of a folder for an address', () => {
    const made = aComparison()
    const page = renderComparison({
      ...made,
      platforms: made.platforms.map(one => ({
        ...one,
        runs: one.runs.map(run => ({ ...run, dir: 'javascript:alert(1)//x' })),
      })),
    })
    assert.doesNotMatch(page, /href="javascript:/)
    assert.match(page, /href="\.\/javascript%3Aalert\(1\)\/\/x\/report\.html"/)
  })

  it('has a table or a list behind every chart, and words for those who do not see it', () => {
    const figures = [...good.matchAll(/<figure class="chart" id="([^"]+)">(.*?)<\/figure>/gs)]
    assert.deepEqual(
      figures.map(([, id]) => id),
      [
        'timelines-chart',
        'replay-replay-chart',
        'recovery-chart',
        'bill-chart',
        'events-chart',
        'break-even-chart',
      ],
    )
    for (const [, id, figure] of figures) {
      assert.match(figure ?? '', /role="img" aria-label="[^"]{60,}"/, id)
    }
  })

  it('stands when nothing ran at all', () => {
    const made = aComparison()
    const page = renderComparison({
      ...made,
      platforms: made.platforms.map(one => ({
        ...one,
        status: 'not-run',
        reason: 'the lab could not start',
        software: null,
        verdict: null,
        runs: [],
      })),
      verdicts: [],
      gates: [],
      measures: [],
      timelines: { ...made.timelines, perPlatform: {} },
      replayImpact: [],
      recoveryBytes: [],
      zoneMatrix: {},
      objectStore: {},
      cost: { ...made.cost, bills: [], measuredBills: [], crossings: [], breakEvens: [] },
      fairness: { ...made.fairness, differs: [], toolBottlenecks: [], warmUp: [] },
    })
    assert.match(page, /No platform ran, so there is nothing to compare\./)
    assert.doesNotMatch(page, /NaN|undefined|Infinity|\[object/)
  })

  it('writes no number that is none', () => assert.doesNotMatch(good, /NaN|undefined|Infinity|\[object/))
})
