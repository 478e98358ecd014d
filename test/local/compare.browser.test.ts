import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type Page, chromium } from 'playwright-core'
import { renderComparison } from '../../chaos/compare/page/render-comparison.ts'
import { aComparison } from '../unit/compare/fixtures.ts'
import { chromiumPath, QUIET, type Violation, withoutBrowser } from './browser.ts'

/** Whatever is drawn or written outside of the column, and is not in a region that scrolls. */
const CUT_OFF = `[...document.querySelectorAll('main *, header *')].filter(element =>
  element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 &&
  !element.closest('.scroll') && !element.closest('svg')).map(element => element.outerHTML.slice(0, 90))`

describe(`the page of a comparison in a browser${withoutBrowser}`, function () {
  this.timeout(120_000)
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  let directory = ''
  let browser: Browser | undefined
  let address = ''

  before(async function () {
    if (chromiumPath === undefined) this.skip()
    directory = mkdtempSync(join(tmpdir(), 'aftershock-comparison-'))
    const path = join(directory, 'report.html')
    writeFileSync(path, renderComparison(aComparison()))
    address = pathToFileURL(path).href
    const root = process.getuid?.() === 0
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [...QUIET, ...(root ? ['--no-sandbox'] : [])],
    })
  })
  after(async () => {
    await browser?.close()
    if (directory !== '') rmSync(directory, { recursive: true })
  })

  const open = async (width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    assert.ok(browser)
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    return page
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1440]) {
      describe(`${colorScheme}, ${width} px wide`, () => {
        let page: Page
        const said: string[] = []
        const asked: string[] = []

        before(async () => {
          page = await open(width, colorScheme)
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
          assert.deepEqual(await page.evaluate(CUT_OFF), [])
        })

        it('shows every chart in the one drawing that fits', async () => {
          const shown = await page.locator('.chart svg:visible').count()
          const figures = await page.locator('.chart').count()
          assert.equal(figures, 6)
          assert.equal(shown, figures)
        })

        it('names the platform, and what it is, at every value', async () => {
          const named =
            width === 360
              ? await page.evaluate(
                  `[...document.querySelectorAll('#verdicts td')].map(cell => getComputedStyle(cell, '::before').content)`,
                )
              : await page.locator('#verdicts thead').first().locator('th.head').allInnerTexts()
          assert.match(String(named), width === 360 ? /Tiered \(reference\)/ : /reference store, no product/)
        })

        it('says in the first screen what differs and what it costs, and who was not run', async () => {
          const bottoms = (await page.evaluate(
            `[...document.querySelectorAll('h1, .findings dt')].map(element => [element.textContent, element.getBoundingClientRect().bottom])`,
          )) as readonly (readonly [string, number])[]
          const seen = bottoms.filter(([, bottom]) => bottom < 900).map(([text]) => text)
          assert.match(seen[0] ?? '', /AutoMQ was not run/)
          const wide = ['Worst recovery', 'Not told apart', 'Not measured', 'What ran']
          assert.deepEqual(seen.slice(1, width === 360 ? 3 : undefined), [
            'What differs',
            'Price',
            ...(width === 360 ? [] : wide),
          ])
        })

        it('has no accessibility violation', async () => {
          // The page forbids scripts; the check runs in a world of its own that the policy does not bind.
          await page.evaluate(axe)
          await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true')
          const { passes, violations } = (await page.evaluate('axe.run()')) as {
            passes: readonly unknown[]
            violations: readonly Violation[]
          }
          assert.ok(passes.length > 20, `only ${passes.length} rules had something to check`)
          assert.deepEqual(
            violations.map(({ id, nodes }) => [id, nodes.map(node => node.html.slice(0, 120))]),
            [],
          )
        })
      })
    }
  }

  it('is walked through by keyboard: the way past the contents first, then every region that scrolls', async () => {
    const page = await open(360)
    await page.goto(address)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.closest("main") !== null'), true)
    const unreachable = await page.evaluate(
      `[...document.querySelectorAll('.scroll')].filter(region => region.tabIndex !== 0 || !region.getAttribute('aria-label')).length`,
    )
    assert.equal(unreachable, 0)
    await page.close()
  })

  it('opens what is folded by keyboard', async () => {
    const page = await open(1440)
    await page.goto(address)
    const summary = page.locator('summary').first()
    await summary.focus()
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('details').first().getAttribute('open'), '')
    await page.close()
  })

  it('prints in light, with the drawings for a desk, everything unfolded and nothing cut off', async () => {
    // A4 without its margins, in CSS pixels.
    const page = await open(703, 'dark')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await page.goto(address)
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    assert.equal(await page.locator('.chart .narrow svg:visible').count(), 0)
    assert.equal(await page.locator('.chart .wide svg:visible').count(), 6)
    const folded = await page.evaluate(
      '[...document.querySelectorAll("details > :not(summary)")].filter(part => part.getBoundingClientRect().height === 0).length',
    )
    assert.equal(folded, 0)
    const beyond = await page.evaluate(
      `[...document.querySelectorAll('main *')].filter(element => element.getBoundingClientRect().right > 704 && !element.closest('svg')).map(element => element.outerHTML.slice(0, 90))`,
    )
    assert.deepEqual(beyond, [])
    await page.close()
  })

  it('holds still for readers who asked for that', async () => {
    const page = await open(1440)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(address)
    assert.equal(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior'), 'auto')
    await page.close()
  })
})
