import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { loadInputs, priceRun } from '../../chaos/cost/write-cost.ts'
import { writeReport } from '../../chaos/report/report.ts'
import { scoreRun } from '../../chaos/score/score.ts'
import { makeRun } from '../fixtures/run/make-run.ts'
import { chromiumPath, launchChromium, lostInPrint, PAPER, violationsOf, withoutBrowser } from './browser.ts'

/** What has parts of the page of its own: a mark on top, and tables of the object store. */
const REFERENCE = { name: 'Kafka with a store of the lab', kind: 'reference', notes: ['It is no product.'] }

function withStore<T extends { readonly t: number }>(row: T): T {
  const { links } = row as unknown as { readonly links: object }
  return { ...row, links: { ...links, 'az-a>9:s3': [row.t * 20, row.t] } }
}

describe(`the report in a browser${withoutBrowser}`, function () {
  this.timeout(120_000)
  let directory = ''
  let browser: Browser | undefined
  let address = ''

  before(async function () {
    if (chromiumPath === undefined) this.skip()
    directory = mkdtempSync(join(tmpdir(), 'aftershock-browser-'))
    makeRun(directory, {
      devices: 600,
      tickMs: 1000,
      stalls: [{ partition: 'telemetry/3', fromMs: 150_000, toMs: 160_000 }],
      without: ['samples/nodes.jsonl'],
      header: header => ({ ...header, platform: 'kafka-tiered', software: REFERENCE }),
      samples: { links: rows => rows.map(withStore) },
    })
    await scoreRun(directory)
    await priceRun(directory, await loadInputs())
    address = pathToFileURL(await writeReport(directory)).href
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    if (directory !== '') rmSync(directory, { recursive: true })
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1440]) {
      describe(`${colorScheme}, ${width} px wide`, () => {
        let page: Page
        const said: string[] = []
        const asked: string[] = []

        before(async () => {
          assert.ok(browser)
          page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          page.on('console', message => said.push(message.text()))
          page.on('pageerror', error => said.push(error.message))
          page.on('request', request => asked.push(request.url()))
          await page.goto(address)
        })
        after(() => page.close())

        it('opens without a word on the console', () => assert.deepEqual(said, []))

        it('asks for nothing but itself', () => assert.deepEqual(asked, [address]))

        it('does not scroll sideways', async () => {
          const scrollWidth = await page.evaluate('document.documentElement.scrollWidth')
          assert.ok(Number(scrollWidth) <= width, `${String(scrollWidth)} px`)
        })

        it('shows every chart in the one drawing that fits', async () => {
          const shown = await page.locator('.chart svg:visible').count()
          const figures = await page.locator('.chart').count()
          assert.ok(figures >= 3)
          assert.equal(shown, figures)
        })

        it('has no accessibility violation', async () => {
          const { checked, found } = await violationsOf(page)
          assert.ok(checked > 20, `only ${checked} rules had something to check`)
          assert.deepEqual(found, [])
        })
      })
    }
  }

  it('prints in light, with the drawings for a desk, everything unfolded and nothing cut off', async () => {
    assert.ok(browser)
    const page = await browser.newPage({ viewport: { width: PAPER, height: 900 } })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await page.goto(address)
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    assert.deepEqual(await lostInPrint(page), { folded: 0, narrow: 0, beyond: [] })
    await page.close()
  })
})
