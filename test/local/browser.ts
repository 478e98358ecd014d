import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Where a Chromium may be: named by the environment, on the PATH, or where macOS keeps applications. */
function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  const candidates = [
    ...(process.env.AFTERSHOCK_CHROMIUM ? [process.env.AFTERSHOCK_CHROMIUM] : []),
    ...folders.flatMap(folder => names.map(name => join(folder, name))),
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  return candidates.find(candidate => existsSync(candidate))
}

/** Nothing of the browser's own may reach for the network while the page is watched. */
export const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchChromium(): Promise<Browser> {
  const root = process.getuid?.() === 0
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [...QUIET, ...(root ? ['--no-sandbox'] : [])],
  })
}

/**
 * What axe finds in all of a page, with everything unfolded. The page may forbid scripts: the check runs in a world of its
 * own that the policy does not bind.
 */
export async function violationsOf(page: Page) {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true')
  const { passes, violations } = (await page.evaluate('axe.run()')) as {
    readonly passes: readonly unknown[]
    readonly violations: readonly Violation[]
  }
  return {
    checked: passes.length,
    found: violations.map(({ id, nodes }) => [id, nodes.map(node => node.html.slice(0, 120))]),
  }
}

/** A4 without its margins, in CSS pixels. */
export const PAPER = 703

/** What of a page is folded, cut off or drawn for a phone on paper. Its media must be `print`. */
export async function lostInPrint(page: Page) {
  return {
    folded: await page.evaluate(
      '[...document.querySelectorAll("details > :not(summary)")].filter(part => part.getBoundingClientRect().height === 0).length',
    ),
    narrow: await page.locator('.chart .narrow svg:visible').count(),
    beyond: await page.evaluate(
      `[...document.querySelectorAll('main *')].filter(element => element.getBoundingClientRect().right > ${PAPER + 1} && !element.closest('svg')).map(element => element.outerHTML.slice(0, 90))`,
    ),
  }
}

/** What axe tells of an element that some reader cannot use. */
export interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

export const chromiumPath = findChromium()

/** For the title of what is skipped without a browser. */
export const withoutBrowser =
  chromiumPath === undefined ? ' (skipped: no Chromium on the PATH; name one with AFTERSHOCK_CHROMIUM)' : ''
