import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import { goProgram } from '../../chaos/drivers/local/setup/go-program.ts'
import { packBundle, unpackBundle } from '../../chaos/drivers/local/setup/lab-bundle.ts'
import { ensureCached } from '../../chaos/drivers/local/setup/cache.ts'
import { fetchJars } from '../../chaos/drivers/local/setup/maven-jars.ts'
import { fetchMavenFile } from '../../chaos/drivers/local/setup/maven-file.ts'
import { kafkaResource } from '../../chaos/drivers/local/setup/kafka.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { certificates } from './certificates.ts'
import { run } from './run-program.ts'

const sum = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** Two jars of the real lists, with other content: their places are what is tried. */
const JARS = { 'scala-library-2.13.18.jar': 'scala', 'kafka-clients-4.3.1.jar': 'clients' }
const LOCK = Object.fromEntries(Object.entries(JARS).map(([name, content]) => [name, sum(content)]))
const PLACES: Readonly<Record<string, string>> = {
  '/maven/org/scala-lang/scala-library/2.13.18/scala-library-2.13.18.jar': 'scala',
  '/maven/org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar': 'clients',
  '/maven/io/debezium/a/3.6.0.Final/a-3.6.0.Final-plugin.tar.gz': 'plugin',
}

describe('what set-up fetches where there is neither Maven nor Go', () => {
  let folder = ''
  let lines: string[] = []
  const servers: Server[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-locked-'))
    lines = []
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
    rmSync(folder, { recursive: true, force: true })
  })

  async function listen(server: Server): Promise<number> {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  async function repository(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await listen(createServer(listener))}`
  }
  const served =
    (files: Readonly<Record<string, string | Buffer>>): RequestListener =>
    ({ url = '' }, answer) => {
      const content = files[url]
      answer.writeHead(content === undefined ? 404 : 200).end(content)
    }
  const setup = (more: Record<string, string>) => ({
    progress: (line: string) => void lines.push(line),
    clock: systemClock,
    env: { PATH: folder, XDG_CACHE_HOME: folder, ...more },
  })
  const kafkaJars = (base: string, lock: Readonly<Record<string, string>> = LOCK) => {
    mkdirSync(join(folder, 'jars'))
    const set = { pom: kafkaResource('pom.xml'), name: 'kafka', size: '46 MB', lock }
    return fetchJars(join(folder, 'jars'), set, setup({ AFTERSHOCK_MAVEN_REPOSITORY: `${base}/maven` }))
  }
  const isUnavailable = (message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof AftershockError, String(error))
    assert.equal(error.code, 'unavailable')
    assert.match(error.message, message)
    return true
  }

  it('takes each jar of the lock from its place in the repository that was named', async () => {
    await kafkaJars(await repository(served(PLACES)))
    for (const [name, content] of Object.entries(JARS))
      assert.equal(readFileSync(join(folder, 'jars', name), 'utf8'), content)
    assert.match(
      lines.join('\n'),
      /kafka: fetching from http:\/\/127\.0\.0\.1:\d+\/maven\/ \(46 MB of jars, once\)/,
    )
  })

  it('keeps nothing of a jar that is another one, and names it', async () => {
    const base = await repository(served(PLACES))
    const other = { ...LOCK, 'kafka-clients-4.3.1.jar': sum('what was locked') }
    await assert.rejects(
      kafkaJars(base, other),
      isUnavailable(/kafka-clients-4\.3\.1\.jar has SHA-256 .* expected/),
    )
    assert.deepEqual(
      readdirSync(join(folder, 'jars')).filter(name => name.includes('kafka-clients')),
      [],
    )
  })

  it('says which jar the repository does not have', async () => {
    const base = await repository(served({}))
    await assert.rejects(kafkaJars(base), isUnavailable(/\.jar answered with 404$/))
  })

  it('shows no password that stands in the address, and logs in with it', async () => {
    const seen: unknown[] = []
    const base = await repository((request, answer) => {
      seen.push(request.headers.authorization)
      served(PLACES)(request, answer)
    })
    await kafkaJars(base.replace('http://', 'http://me:s%20ecret@'))
    assert.deepEqual(new Set(seen), new Set([`Basic ${Buffer.from('me:s ecret').toString('base64')}`]))
    assert.doesNotMatch(lines.join('\n'), /ecret/)
  })

  it('tries again what breaks off, and follows where it is sent, but never away from HTTPS', async () => {
    let asked = 0
    const base = await repository((request, answer) => {
      asked++
      if (asked === 1) answer.writeHead(200, { 'content-length': 100 }).write('half', () => answer.destroy())
      else if (request.url?.startsWith('/maven'))
        answer.writeHead(302, { location: `/elsewhere${request.url}` }).end()
      else answer.end(PLACES[request.url?.slice('/elsewhere'.length) ?? ''])
    })
    await kafkaJars(base)
    assert.equal(asked, 5)
    const leading = await repository((_request, answer) =>
      answer.writeHead(302, { location: 'ftp://x/' }).end(),
    )
    rmSync(join(folder, 'jars'), { recursive: true })
    await assert.rejects(kafkaJars(leading), isUnavailable(/leads to 'ftp:\/\/x\/', which is no HTTPS/))
  })

  it('finds an archive with a classifier by its coordinates', async () => {
    const base = await repository(served(PLACES))
    const file = await fetchMavenFile(
      folder,
      {
        coordinates: 'io.debezium:a:3.6.0.Final:tar.gz:plugin',
        sha256: sum('plugin'),
        name: 'a',
        size: '1 MB',
      },
      setup({ AFTERSHOCK_MAVEN_REPOSITORY: `${base}/maven/` }),
    )
    assert.equal(readFileSync(file, 'utf8'), 'plugin')
  })

  it('refuses an address that is none, before anything is fetched', async () => {
    await assert.rejects(kafkaJars('maven.example'), (error: unknown) => {
      assert.ok(error instanceof AftershockError)
      assert.equal(error.code, 'usage')
      assert.equal(error.message, "AFTERSHOCK_MAVEN_REPOSITORY is 'maven.example/maven'")
      return true
    })
  })

  /** A release as its makers pack it. */
  function release(): Buffer {
    mkdirSync(join(folder, 'made', 'thing_1.0'), { recursive: true })
    writeFileSync(join(folder, 'made', 'thing_1.0', 'thing'), '#!/bin/sh\necho thing 1.0\n')
    writeFileSync(join(folder, 'made', 'thing_1.0', 'README'), 'read')
    const archive = join(folder, 'thing.tar.gz')
    execFileSync('tar', ['-czf', archive, '-C', join(folder, 'made'), 'thing_1.0'])
    return readFileSync(archive)
  }
  const thing = (sha256: string, base: string) => {
    // No Go on this PATH, but tar.
    const env = { PATH: '/usr/bin:/bin', AFTERSHOCK_RELEASES: base }
    return goProgram(
      {
        name: 'thing',
        version: '1.0',
        binary: 'thing',
        package: 'x',
        versionSymbol: 'x',
        released: {
          path: 'o/thing/releases/download/v1.0',
          archives: { [`${process.platform}-${process.arch}`]: { name: 'thing.tar.gz', sha256 } },
        },
      },
      setup(env),
    )
  }

  it('unpacks a released binary that is the one it must be, and keeps only that', async () => {
    const archive = release()
    const base = await repository(served({ '/o/thing/releases/download/v1.0/thing.tar.gz': archive }))
    const place = await ensureCached(thing(sum(archive), base), setup({}))
    assert.deepEqual(readdirSync(place).toSorted(), ['SHA256SUMS', 'thing'])
    assert.equal(execFileSync(join(place, 'thing'), { encoding: 'utf8' }), 'thing 1.0\n')
    rmSync(place, { recursive: true })
    await assert.rejects(
      ensureCached(thing(sum('another'), base), setup({})),
      isUnavailable(/thing\.tar\.gz has SHA-256/),
    )
  })

  it('goes over HTTPS through a proxy with a login, which sees only names', async function () {
    this.timeout(30_000)
    const { node, authority } = certificates(join(folder, 'tls'), ['repo.test'])
    const secure = await listen(
      createSecureServer({ key: node, cert: node }, (_request, answer) => answer.end('over TLS')),
    )
    const seen: string[] = []
    const proxy = createServer()
    proxy.on('connect', ({ url, headers }, client) => {
      seen.push(`${url} ${headers['proxy-authorization']}`)
      const upstream = connect(secure, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
      for (const socket of [client, upstream])
        for (const event of ['error', 'close'])
          socket.on(event, () => {
            client.destroy()
            upstream.destroy()
          })
    })
    const port = await listen(proxy)
    // Authorities of one's own are read when a process starts.
    const code = `
      const { download } = await import(${JSON.stringify(pathToFileURL(packageFile('chaos', 'net', 'download.ts')).href)})
      await download(new URL('https://repo.test/a'), ${JSON.stringify(join(folder, 'got'))}, { env: process.env })`
    writeFileSync(join(folder, 'tls', 'authority.pem'), authority)
    const env = {
      PATH: process.env.PATH,
      HTTPS_PROXY: `http://me:word@127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'tls', 'authority.pem'),
    }
    const child = (more: Record<string, string>) =>
      run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], { ...env, ...more })
    const ended = await child({})
    assert.equal(ended.status, 0, ended.stderr)
    assert.equal(readFileSync(join(folder, 'got'), 'utf8'), 'over TLS')
    assert.deepEqual(seen, [`repo.test:443 Basic ${Buffer.from('me:word').toString('base64')}`])
    // The same server, and nobody who vouches for it.
    const doubted = await child({ NODE_EXTRA_CA_CERTS: '' })
    assert.notEqual(doubted.status, 0)
    assert.match(doubted.stderr, /cannot be fetched: .*certificate/)
  })

  describe('a bundle', () => {
    const there = () => ({
      ...setup({ PATH: process.env.PATH ?? '' }),
      env: { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'there') },
    })
    const here = () => setup({ PATH: process.env.PATH ?? '' })
    function cache(): void {
      for (const part of ['kafka-1', 'toxiproxy-1', 'kafka-1-classes-jdk']) {
        mkdirSync(join(folder, 'aftershock', part), { recursive: true })
        writeFileSync(join(folder, 'aftershock', part, 'file'), `of ${part}`)
      }
      chmodSync(join(folder, 'aftershock', 'toxiproxy-1', 'file'), 0o755)
      writeFileSync(join(folder, 'aftershock', 'kafka-1.lock'), '{}')
    }

    it('takes the cache elsewhere, without what a machine made of itself', async () => {
      cache()
      const file = join(folder, 'lab.tar.gz')
      const packed = await packBundle(file, '1.2.3', here())
      assert.deepEqual(packed.parts, ['kafka-1', 'toxiproxy-1'])
      assert.equal(packed.sha256, sum(readFileSync(file)))
      const unpacked = await unpackBundle(file, packed.sha256, there())
      assert.deepEqual(unpacked, { program: '1.2.3', added: ['kafka-1', 'toxiproxy-1'], present: [] })
      assert.deepEqual(readdirSync(join(folder, 'there', 'aftershock')), ['kafka-1', 'toxiproxy-1'])
      const again = await unpackBundle(file, undefined, there())
      assert.deepEqual(again.present, ['kafka-1', 'toxiproxy-1'])
    })

    it('is refused when it is another file, holds what its list has not, or is no bundle', async () => {
      cache()
      const file = join(folder, 'lab.tar.gz')
      await packBundle(file, '1.2.3', here())
      const isInput = (message: RegExp) => (error: unknown) => {
        assert.ok(error instanceof AftershockError, String(error))
        assert.equal(error.code, 'input')
        assert.match(error.message, message)
        return true
      }
      await assert.rejects(unpackBundle(file, sum('told'), there()), isInput(/has SHA-256 .* expected/))
      const opened = join(folder, 'opened')
      mkdirSync(opened)
      execFileSync('tar', ['-xzf', file, '-C', opened])
      const repack = (name: string) => {
        execFileSync('tar', ['-czf', join(folder, name), '-C', opened, 'aftershock-lab.json', 'aftershock'])
        return join(folder, name)
      }
      writeFileSync(join(opened, 'aftershock', 'kafka-1', 'file'), 'changed')
      await assert.rejects(
        unpackBundle(repack('a'), undefined, there()),
        isInput(/kafka-1\/file is not as its list says/),
      )
      writeFileSync(join(opened, 'aftershock', 'kafka-1', 'file'), 'of kafka-1')
      writeFileSync(join(opened, 'aftershock', 'kafka-1', 'more'), '')
      await assert.rejects(
        unpackBundle(repack('b'), undefined, there()),
        isInput(/kafka-1\/more is not in its list/),
      )
      writeFileSync(join(folder, 'text'), 'text')
      await assert.rejects(unpackBundle(join(folder, 'text'), undefined, there()), isInput(/is not a bundle/))
      assert.deepEqual(readdirSync(join(folder, 'there', 'aftershock')), [])
    })
  })
})
