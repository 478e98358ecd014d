import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

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

/** What axe tells of an element that some reader cannot use. */
export interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

export const chromiumPath = findChromium()

/** For the title of what is skipped without a browser. */
export const withoutBrowser =
  chromiumPath === undefined ? ' (skipped: no Chromium on the PATH; name one with AFTERSHOCK_CHROMIUM)' : ''
