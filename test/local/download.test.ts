import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { within } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'

type Download = (
  url: string,
  target: string,
  times?: { readonly idleMs?: number; readonly wholeMs?: number },
) => Promise<void>

const CONTENT = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919}\n`).join(''))
const BOUND = { clock: systemClock, deadlineMs: 20_000 }

describe('the download of a distribution', () => {
  let download: Download
  let server: Server | undefined
  let folder = ''
  let target = ''
  beforeEach(async () => {
    const { href } = pathToFileURL(packageFile('lib', 'assets', 'download.mjs'))
    ;({ download } = (await import(href)) as { download: Download })
    folder = mkdtempSync(join(tmpdir(), 'aftershock-download-'))
    target = join(folder, 'file')
  })
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
    rmSync(folder, { recursive: true })
  })

  it('writes the whole file', async () => {
    const url = await serving((_request, response) => response.end(CONTENT))
    await within('the file', download(url, target), BOUND)
    assert.deepEqual(readFileSync(target), CONTENT)
  })

  for (const [kind, bytes, headers] of [
    ['plain', CONTENT, {}],
    ['gzip', gzipSync(CONTENT), { 'content-encoding': 'gzip' }],
  ] as const)
    it(`ends when nothing more comes in the middle of it (${kind})`, async () => {
      const url = await serving((_request, response) => {
        response.writeHead(200, { 'content-length': bytes.length, ...headers })
        response.write(bytes.subarray(0, bytes.length / 2))
      })
      const ended = within('an end', download(url, target, { idleMs: 300 }), BOUND)
      await assert.rejects(ended, /^Error: nothing came within 0\.3 s; [1-9]\d* bytes came$/)
    })

  it('ends when no answer begins', async () => {
    const url = await serving(() => {})
    const ended = within('an end', download(url, target, { idleMs: 300 }), BOUND)
    await assert.rejects(ended, /nothing came within 0\.3 s; 0 bytes came/)
  })

  it('ends when the bytes come too slowly to ever be a file', async () => {
    const url = await serving((_request, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length })
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const ended = within('an end', download(url, target, { idleMs: 10_000, wholeMs: 500 }), BOUND)
    await assert.rejects(ended, /the file was not whole within 0\.5 s; [1-9]\d* bytes came/)
  })

  it('refuses what is no file', async () => {
    const url = await serving((_request, response) => response.writeHead(404).end())
    await assert.rejects(within('an end', download(url, target), BOUND), /^Error: HTTP 404$/)
  })

  async function serving(listener: RequestListener): Promise<string> {
    const started = createServer(listener)
    server = started
    await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`
  }
})
