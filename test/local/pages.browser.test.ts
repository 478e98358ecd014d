import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, describe, it } from 'mocha'
import type { Browser } from 'playwright-core'
import { writeUpHtml } from '../../chaos/gameday/write-up.ts'
import { commandLine } from '../unit/commands/command-line.ts'
import { RunFolders } from '../unit/compare/run-folders.ts'
import { FAILS, made } from '../unit/gameday/a-write-up.ts'
import { chromiumPath, launchChromium, lostInPrint, PAPER, violationsOf, withoutBrowser } from './browser.ts'

/** Reports, comparisons and the live page have tests of their own. */
const PAGES: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  async 'the index of runs, with trends'(folder) {
    using folders = await RunFolders.make()
    // The third and the fourth are of a newer program; a fifth was never judged.
    for (const number of [1, 2, 3, 4])
      folders.put('all', 'kafka', number, {
        header: header => void (header.versions.aftershock = number < 3 ? '0.1.0' : '0.2.0'),
      })
    folders.put('all', 'kafka', 5, { without: ['scorecard.json', 'bundle.json'] })
    const path = join(folder, 'trend.html')
    const said = await commandLine(['trend', join(folders.root, 'all'), '--out', path], { cwd: folder })
    assert.equal(said.code, 0, said.err)
    return path
  },
  'the write-up of a game day'(folder) {
    const path = join(folder, 'write-up.html')
    writeFileSync(path, writeUpHtml(made(FAILS)))
    return Promise.resolve(path)
  },
}

describe(`pages in a browser${withoutBrowser}`, function () {
  this.timeout(120_000)
  let folder = ''
  let browser: Browser | undefined
  before(async function () {
    if (chromiumPath === undefined) this.skip()
    folder = mkdtempSync(join(tmpdir(), 'aftershock-pages-'))
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    if (folder !== '') rmSync(folder, { recursive: true })
  })

  for (const [name, make] of Object.entries(PAGES))
    describe(name, () => {
      let address = ''
      before(async () => void (address = pathToFileURL(await make(folder)).href))

      for (const [width, colorScheme] of [
        [390, 'dark'],
        [1440, 'light'],
      ] as const)
        it(`can be used by everybody, asks for nothing and does not scroll sideways: ${width} px, ${colorScheme}`, async () => {
          assert.ok(browser)
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          const said: string[] = []
          const asked: string[] = []
          page.on('console', message => said.push(message.text()))
          page.on('pageerror', error => said.push(error.message))
          page.on('request', one => asked.push(one.url()))
          await page.goto(address)
          assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width)
          const shots = process.env.AFTERSHOCK_SCREENSHOTS
          if (shots !== undefined)
            await page.screenshot({
              path: join(shots, `${name.replaceAll(/\W+/g, '-')}-${width}.png`),
              fullPage: true,
            })
          const { checked, found } = await violationsOf(page)
          assert.ok(checked > 15, `only ${checked} rules had something to check`)
          assert.deepEqual(found, [])
          assert.deepEqual(said, [])
          assert.deepEqual(asked, [address])
          await page.close()
        })

      it('prints everything', async () => {
        assert.ok(browser)
        const page = await browser.newPage({ viewport: { width: PAPER, height: 900 } })
        await page.emulateMedia({ media: 'print' })
        await page.goto(address)
        assert.deepEqual(await lostInPrint(page), { folded: 0, narrow: 0, beyond: [] })
        await page.close()
      })
    })
})
