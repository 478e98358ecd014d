import assert from 'node:assert/strict'
import type { ComparedPlatform, Comparison } from '../../../../chaos/compare/comparison.ts'
import { renderComparison } from '../../../../chaos/compare/page/render-comparison.ts'
import { ROLES } from '../../../../chaos/page/palette.ts'
import { spreadOf } from '../../../../chaos/compare/spread.ts'
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
/** One of the few sentences on top, as it is read. */
function findingOf(page: string, label: string): string {
  const found = new RegExp(`<dt>${label}</dt><dd>(.*?)</dd>`, 's').exec(page)?.[1] ?? ''
  return found.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ')
}
const topOf = (page: string): string => /<header class="top.*?<\/header>\n<nav/s.exec(page)?.[0] ?? ''

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
  })

  it('puts what differs, and where the tool was the limit, before any verdict', () => {
    assert.ok(good.indexOf('id="fairness"') < good.indexOf('id="verdicts"'))
    assert.match(
      sectionOf(good, 'fairness'),
      /Kafka with tiered storage, run 2:<\/b> the load generator was late/,
    )
  })

  it('prices what ran before what did not, and says for whose workload', () => {
    const text = findingOf(good, 'Price')
    assert.match(text, /^A month of what ran: Kafka with tiered storage \$[\d,]+ and Apache Kafka \$[\d,]+; /)
    assert.match(text, /; Kafka with tiered storage is \d+% less than the next\./)
    assert.match(text, /By the same model, and not run: AutoMQ with zone router \$[\d,]+ and AutoMQ \$/)
    assert.match(text, /the shipped example workload “fleet”, not for yours/)
    const own = aComparison()
    const workload = { ...own.cost.workload, example: false }
    const page = renderComparison({ ...own, cost: { ...own.cost, workload } })
    assert.doesNotMatch(page, /example/)
  })

  it('says what differs only where the intervals keep clear of one another', () => {
    const text = findingOf(good, 'What differs')
    assert.match(text, /replace moved between brokers by recovery itself: [\d.]+ MB on Kafka and/)
    assert.doesNotMatch(text, /kill/)
    assert.match(findingOf(good, 'Not told apart'), /^\d+ of the \d+ numbers that decide, recovery times/)
  })

  it('names the worst recovery of those that the gates look at, and leads to its run', () => {
    const made = aComparison()
    const [kill] = made.measures
    assert.ok(kill)
    const at = (run: number, value: number) => ({ run, value, why: null })
    const slow = spreadOf([at(1, 28.8), at(2, 5.3), at(3, 3.7)])
    const cutOff = spreadOf([at(1, 99), at(2, 99), at(3, 99)])
    const page = renderComparison({
      ...made,
      measures: [
        { ...kill, perPlatform: { ...kill.perPlatform, kafka: slow } },
        // Clients that the drill itself cut off: no gate looks at them.
        { ...kill, subject: 'cut', key: false, perPlatform: { kafka: cutOff } },
        ...made.measures.slice(1),
      ],
    })
    assert.match(findingOf(page, 'Worst recovery'), /^28\.8 s after kill, in run 1 of Apache Kafka;/)
    assert.match(findingOf(page, 'Worst recovery'), /median of its runs is 5\.3 s and the gate at most 30 s/)
    assert.match(topOf(page), /<a href="\.\/kafka\/1\/report\.html">run 1 of Apache Kafka<\/a>/)
    assert.doesNotMatch(topOf(page), /99 s/)
  })

  it('says on top what was not measured: platforms that were not run, and what the drill does not try', () => {
    const text = findingOf(good, 'Not measured')
    assert.match(text, /AutoMQ was not run: no AutoMQ distribution is on this machine/)
    assert.match(text, /This drill says nothing of: Restart of connectors/)
  })

  it('says on top in how many runs the tool itself was in the way', () => {
    assert.match(findingOf(good, 'What ran'), /In 1 of 6 runs the tool or the machine was in the way/)
  })

  it('splits what a recovery costs into the platform’s part and labour, with what is kept ready', () => {
    const costs = sectionOf(good, 'cost')
    assert.match(costs, /\$100 the platform, \$120 labour/)
    assert.match(costs, /Machines kept ready for replays, a month/)
    assert.match(costs, /The workload is the example that this program ships, not yours/)
    assert.match(costs, /AutoMQ is priced in both of its forms/)
  })

  it('tells bytes across zones by cause, with the tool’s own read outside of the sum', () => {
    const zones = sectionOf(good, 'zones')
    assert.ok(zones.indexOf('Replicate') < zones.indexOf('The platform’s own'))
    assert.ok(zones.indexOf('The platform’s own') < zones.indexOf('This tool’s last read'))
    assert.match(zones, /headers of TCP and IP, which a cloud bills too, are not in them/)
  })

  it('has each bill at 20% less and more of each thing, and who stays the cheapest', () => {
    const part = sectionOf(good, 'break-even')
    assert.match(part, /AutoMQ with zone router \(not run\) stays the cheapest/)
    assert.match(part, /Price of disks.*?−15\.0% \/ \+15\.0%/s)
    assert.match(part, /AutoMQ and AutoMQ with zone router cost the same up to 5 MB\/s/)
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

  it('gives the reason why a platform was not run, and how to have it run', () => {
    for (const part of [topOf(good), sectionOf(good, 'missing')]) {
      assert.match(part, /[nN]o AutoMQ distribution is on this machine/)
      assert.match(part, /--automq-dist/)
    }
    assert.match(topOf(good), /Nothing is said here of how it behaves/)
  })

  it('claims nothing about a platform that was not run: its cells say so', () => {
    const cells = [...sectionOf(good, 'verdicts').matchAll(/<td data-of="AutoMQ">(.*?)<\/td>/gs)]
    assert.ok(cells.length >= 10)
    for (const [, cell] of cells) assert.match(cell ?? '', /not run/)
  })

  it('calls a number that is missing not known, with the reason', () => {
    assert.match(sectionOf(good, 'replay'), /not known: the platform keeps one kind of storage/)
  })

  it('says of too few repeats that there is no interval', () => {
    const made = aComparison()
    const page = renderComparison({
      ...made,
      measures: made.measures.map(measure => ({
        ...measure,
        perPlatform: Object.fromEntries(
          Object.entries(measure.perPlatform).map(([platform, spread]) => [
            platform,
            spread && {
              ...spread,
              values: spread.values.slice(0, 2),
              low: null,
              high: null,
              confidence: null,
              why: '2 runs: at least 3 are needed for an interval',
            },
          ]),
        ),
      })),
    })
    const verdicts = sectionOf(page, 'verdicts')
    assert.match(verdicts, /2 runs, no interval/)
    assert.match(verdicts, /it needs at least 3 runs/)
    assert.doesNotMatch(verdicts, /aria-label="the least"/)
  })

  it('marks a number as the better one only where the intervals are apart', () => {
    const verdicts = sectionOf(good, 'verdicts')
    const row = (label: string) =>
      new RegExp(`<tr[^>]*><th scope="row">[^\\n]*?${label}.*?</tr>`).exec(verdicts)?.[0] ?? ''
    assert.match(row('moved between brokers by recovery itself'), /aria-label="the least"/)
    assert.doesNotMatch(
      row('the longest loss of service|The longest loss of service'),
      /aria-label="the least"/,
    )
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
