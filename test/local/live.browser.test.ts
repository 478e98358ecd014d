import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Browser, chromium } from 'playwright-core'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { LiveFeed } from '../../chaos/live/live-feed.ts'
import { type LiveServer, serveLive } from '../../chaos/live/serve-live.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { LiveState } from '../../chaos/run/live-state.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { chromiumPath, QUIET, type Violation, withoutBrowser } from './browser.ts'

const clockAt = (t: number) => ({ now: () => t, wallMs: () => t, sleep: () => Promise.resolve() })

function liveState(t: number): LiveState {
  const live = new LiveState()
  const latency = { n: 5, p50: 3, p99: 40 + (t % 7000) / 100 }
  const fleet = { t, dropped: 0, acked: 1234, intervalMs: 1000, buffered: 7, sessions: 120, latency }
  live.takeFleet(fleet as Parameters<typeof live.takeFleet>[0])
  live.cluster = { t, answered: [1, 2], controller: 1, underReplicated: 1, offline: 0 }
  live.partitions = { 'telemetry/0': { leader: 2, leaderEpoch: 1, replicas: [1, 2, 3], isr: [2, 3] } }
  return live
}

/** What a request is answered with, and with whose name it asked. */
function ask(address: string, host?: string, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { method, headers: host === undefined ? {} : { host } }, answer => {
      answer.destroy()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('the page of a run that goes on', function () {
  this.timeout(60_000)
  let feed: LiveFeed
  let server: LiveServer
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-live-'))
    feed = new LiveFeed('kafka')
    server = await serveLive(feed, 0, systemClock)
    const { drill } = await loadDrill(packageFile('test', 'fixtures', 'drills', 'quick.yaml'), '/')
    for (let t = 0; t < 60_000; t += 1000) feed.live(liveState(t), clockAt(t), drill)
    feed.journal({ seq: 1, t: 20_000, at: '', prev: '', kind: 'fault.injected', id: '<b>kill</b>' })
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is for whoever has its address, under a name of this machine', async () => {
    const { address } = server
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/)
    assert.equal(await ask(address), 200)
    // As over a forwarded port.
    assert.equal(await ask(address, 'localhost:9999'), 200)
    assert.equal(await ask(address, 'evil.example'), 404)
    assert.equal(await ask(address, undefined, 'POST'), 404)
    assert.equal(await ask(address.replace(/[\w-]{32}/, 'A'.repeat(32))), 404)
    assert.equal(await ask(new URL('/', address).href), 404)
    assert.equal(await ask(`${address}report`), 404)
  })

  describe(`in a browser${withoutBrowser}`, () => {
    let browser: Browser | undefined
    before(async function () {
      if (chromiumPath === undefined) this.skip()
      const root = process.getuid?.() === 0
      browser = await chromium.launch({
        executablePath: chromiumPath,
        args: [...QUIET, ...(root ? ['--no-sandbox'] : [])],
      })
    })
    after(() => browser?.close())

    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1440, 'light'],
    ] as const)
      it(`shows numbers and curves, and becomes the report: ${width} px, ${colorScheme}`, async () => {
        assert.ok(browser)
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
        const said: string[] = []
        const asked: string[] = []
        page.on('console', message => said.push(message.text()))
        page.on('pageerror', error => said.push(error.message))
        page.on('request', one => asked.push(one.url()))
        await page.goto(server.address)
        await page.getByText('1,234/s').waitFor()
        await page.locator('#chart-acked-per-second path.curve[d^="M"]').waitFor({ state: 'attached' })
        // Text of a drill stays text.
        await page.locator('#events').getByText('<b>kill</b>: injected').waitFor()
        assert.equal(await page.locator('.mark.fault').count(), 4)
        assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width)
        const shots = process.env.AFTERSHOCK_SCREENSHOTS
        if (shots !== undefined)
          await page.screenshot({ path: join(shots, `live-${width}.png`), fullPage: true })
        const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
        await page.evaluate(axe)
        const { violations } = (await page.evaluate('axe.run()')) as { violations: readonly Violation[] }
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, nodes.map(node => node.html.slice(0, 120))]),
          [],
        )
        const report = join(folder, 'report.html')
        writeFileSync(report, '<!doctype html><title>r</title><h1>No second outage</h1>')
        server.finish('the run is over', report)
        await page.getByRole('heading', { name: 'No second outage' }).waitFor()
        assert.deepEqual(said, [])
        for (const url of asked) assert.ok(url.startsWith(server.address), url)
        await page.close()
      })
  })
})
