import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Clock } from '../../chaos/core/clock.ts'
import { keptLock } from '../../chaos/drivers/local/setup/kept-lock.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { labDirectory } from '../../chaos/drivers/local/lab/lab-state.ts'
import { type Artefact, cacheRoot, ensureCached, isCached } from '../../chaos/drivers/local/setup/cache.ts'
import {
  difference,
  differenceFromRecord,
  recordChecksums,
  sha256,
} from '../../chaos/drivers/local/setup/checksum.ts'
import { javaCommand } from '../../chaos/drivers/local/setup/java.ts'
import { connectResource } from '../../chaos/drivers/local/setup/connect.ts'
import { deviceTwinResource, deviceTwinSources } from '../../chaos/drivers/local/setup/device-twin.ts'
import { kafkaResource } from '../../chaos/drivers/local/setup/kafka.ts'
import { KAFKA_VERSION } from '../../chaos/platforms/kafka/release.ts'
import { acceptableVersion, TOXIPROXY_VERSION } from '../../chaos/drivers/local/setup/toxiproxy.ts'
import { packageFile } from '../../chaos/package-root.ts'

/** No process has it: Linux ends at 4194304, macOS at 99999. */
const NO_PID = 2 ** 22 + 1

/** Sleeping lets everything else run, and counts. */
function countingClock(): Clock & { slept: number } {
  return {
    slept: 0,
    now() {
      return this.slept
    },
    wallMs: () => 0,
    async sleep(ms) {
      this.slept += ms
      await new Promise(resolve => setImmediate(resolve))
    },
  }
}

let folder: string
let root: string
let lines: string[]
let options: Parameters<typeof ensureCached>[1]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftershock-setup-'))
  root = join(folder, 'aftershock')
  lines = []
  options = { progress: line => lines.push(line), clock: countingClock(), env: { XDG_CACHE_HOME: folder } }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Something of two files, which counts how often it is made. */
function artefact(make: (folder: string) => void = () => {}): Artefact & { made: number } {
  return {
    made: 0,
    name: 'thing-1.0',
    flaw: differenceFromRecord,
    async make(staging) {
      this.made++
      make(staging)
      writeFileSync(join(staging, 'a.bin'), 'a')
      writeFileSync(join(staging, 'b.bin'), 'b')
      await recordChecksums(staging)
    },
  }
}

describe('the cache of what the lab runs', () => {
  it('makes a thing once, and says nothing when it is there', async () => {
    const thing = artefact()
    assert.equal(await isCached(thing, options.env ?? {}), false)
    const first = await ensureCached(thing, options)
    const second = await ensureCached(thing, options)
    assert.equal(first, join(root, 'thing-1.0'))
    assert.equal(second, first)
    assert.equal(thing.made, 1)
    assert.deepEqual(lines, [])
    assert.equal(await isCached(thing, options.env ?? {}), true)
  })

  for (const [what, damage] of [
    ['a file changed', path => writeFileSync(join(path, 'a.bin'), 'x')],
    ['a file is gone', path => rmSync(join(path, 'b.bin'))],
    ['a file was added', path => writeFileSync(join(path, 'c.bin'), 'c')],
    ['its record is gone', path => rmSync(join(path, 'SHA256SUMS'))],
    ['it is an empty folder', path => readdirSync(path).forEach(name => rmSync(join(path, name)))],
  ] as const satisfies readonly (readonly [string, (path: string) => void])[])
    it(`makes it again when ${what}`, async () => {
      const thing = artefact()
      const path = await ensureCached(thing, options)
      damage(path)
      await ensureCached(thing, options)
      assert.equal(thing.made, 2)
      assert.equal(await differenceFromRecord(path), undefined)
      assert.match(lines.join(), /made again, because/)
    })

  it('leaves nothing behind when the making fails, and succeeds the next time', async () => {
    const failing = artefact(() => {
      throw new Error('the network is down')
    })
    await assert.rejects(ensureCached(failing, options), /network is down/)
    assert.deepEqual(readdirSync(root), [])
    await ensureCached(artefact(), options)
    assert.deepEqual(readdirSync(root), ['thing-1.0'])
  })

  it('keeps what was there when its replacement cannot be made', async () => {
    const path = await ensureCached(artefact(), options)
    writeFileSync(join(path, 'a.bin'), 'x')
    const failing = artefact(() => {
      throw new Error('the network is down')
    })
    await assert.rejects(ensureCached(failing, options))
    assert.deepEqual(readdirSync(path).toSorted(), ['SHA256SUMS', 'a.bin', 'b.bin'])
  })

  it('refuses what does not verify right after it was fetched', async () => {
    const altered: Artefact = { ...artefact(), flaw: async () => 'a.bin has another checksum' }
    await assert.rejects(
      ensureCached(altered, options),
      (error: unknown) => error instanceof AftershockError && error.code === 'unavailable',
    )
    assert.deepEqual(readdirSync(root), [])
  })

  it('takes what it has no checksums of as it comes, shows them, and from then on nothing else', async () => {
    let content = 'as it was served first'
    const made = keptLock(
      { name: 'thing-2.0', make: async to => writeFileSync(join(to, 'a.jar'), content) },
      options,
    )
    const path = await ensureCached(made, options)
    const lock = join(root, 'thing-2.0.jars.lock.json')
    assert.deepEqual(JSON.parse(readFileSync(lock, 'utf8')), { 'a.jar': await sha256(join(path, 'a.jar')) })
    assert.match(lines.join('\n'), /thing-2\.0: 1 files that aftershock ships no checksums of; .*SHA-256/)
    // Another process, a cache that lost the folder, and a repository that serves something else.
    content = 'as it is served now'
    rmSync(path, { recursive: true })
    await assert.rejects(ensureCached(made, options), (error: unknown) => {
      assert.ok(error instanceof AftershockError)
      assert.equal(error.code, 'unavailable')
      assert.match(error.message, /a\.jar has SHA-256 \w+, expected /)
      assert.ok(error.hint?.includes(lock), error.hint)
      return true
    })
    content = 'as it was served first'
    assert.equal(await ensureCached(made, options), path)
  })

  it('sweeps away what a set-up left that was killed in the middle', async () => {
    mkdirSync(join(root, `thing-1.0.staging-${NO_PID}-abcd`, 'half'), { recursive: true })
    await ensureCached(artefact(), options)
    assert.deepEqual(readdirSync(root), ['thing-1.0'])
  })

  it('takes over the lock of a set-up that was killed', async () => {
    mkdirSync(root)
    writeFileSync(join(root, 'thing-1.0.lock'), JSON.stringify({ pid: NO_PID, startedAt: '12345' }))
    await ensureCached(artefact(), options)
    assert.deepEqual(readdirSync(root), ['thing-1.0'])
  })

  it('takes over a lock whose process id now belongs to another process', async () => {
    mkdirSync(root)
    writeFileSync(
      join(root, 'thing-1.0.lock'),
      JSON.stringify({ pid: process.pid, startedAt: 'before the reboot' }),
    )
    await ensureCached(artefact(), options)
    assert.deepEqual(readdirSync(root), ['thing-1.0'])
  })

  it('makes a thing once when two ask for it at the same time', async () => {
    const thing = artefact()
    const [one, two] = await Promise.all([ensureCached(thing, options), ensureCached(thing, options)])
    assert.equal(one, two)
    assert.equal(thing.made, 1)
    assert.match(lines.join(), /waiting for another set-up/)
    assert.deepEqual(readdirSync(root), ['thing-1.0'])
  })

  it('is where XDG says, which does not count when it is relative', () => {
    assert.equal(cacheRoot({ XDG_CACHE_HOME: '/somewhere' }), '/somewhere/aftershock')
    assert.equal(cacheRoot({ XDG_CACHE_HOME: 'somewhere' }), join(homedir(), '.cache', 'aftershock'))
    assert.equal(cacheRoot({ XDG_CACHE_HOME: '' }), join(homedir(), '.cache', 'aftershock'))
    const usual = join(homedir(), '.local', 'state', 'aftershock', 'lab-3')
    for (const given of ['', 'somewhere', undefined])
      assert.equal(labDirectory(3, { XDG_STATE_HOME: given }), usual)
    assert.equal(labDirectory(3, { XDG_STATE_HOME: '/somewhere' }), '/somewhere/aftershock/lab-3')
    assert.equal(cacheRoot({}), join(homedir(), '.cache', 'aftershock'))
  })
})

describe('a folder against its checksums', () => {
  it('differs by a file that is extra, missing or other, and names it', async () => {
    writeFileSync(join(folder, 'a.jar'), 'a')
    const right = await sha256(join(folder, 'a.jar'))
    assert.equal(await difference(folder, { 'a.jar': right }), undefined)
    assert.match((await difference(folder, {})) ?? '', /a\.jar does not belong/)
    assert.match((await difference(folder, { 'a.jar': right, 'b.jar': right })) ?? '', /b\.jar is missing/)
    assert.match((await difference(folder, { 'a.jar': '0'.repeat(64) })) ?? '', /a\.jar has SHA-256/)
  })
})

describe('what the set-up pins', () => {
  it('locks every jar by its SHA-256, Kafka’s among them', () => {
    const lock = JSON.parse(readFileSync(kafkaResource('jars.lock.json'), 'utf8')) as Record<string, string>
    for (const [name, checksum] of Object.entries(lock)) {
      assert.match(name, /\.jar$/)
      assert.match(checksum, /^[0-9a-f]{64}$/)
    }
    for (const name of ['kafka_2.13', 'kafka-clients', 'kafka-tools'])
      assert.ok(lock[`${name}-${KAFKA_VERSION}.jar`], name)
  })

  it('locks every jar of the Connect worker, and takes the runtime and its clients from the brokers’ version', () => {
    const lock = JSON.parse(readFileSync(connectResource('jars.lock.json'), 'utf8')) as Record<string, string>
    for (const [name, checksum] of Object.entries(lock)) {
      assert.match(name, /\.jar$/)
      assert.match(checksum, /^[0-9a-f]{64}$/)
    }
    for (const name of ['connect-runtime', 'connect-file', 'kafka-clients'])
      assert.ok(lock[`${name}-${KAFKA_VERSION}.jar`], name)
    assert.match(readFileSync(connectResource('pom.xml'), 'utf8'), new RegExp(`<version>${KAFKA_VERSION}<`))
  })

  it('locks every jar of the stateful processor, and takes Kafka Streams and its clients from the brokers’ version', () => {
    const lock = JSON.parse(readFileSync(deviceTwinResource('jars.lock.json'), 'utf8')) as Record<
      string,
      string
    >
    for (const [name, checksum] of Object.entries(lock)) {
      assert.match(name, /\.jar$/)
      assert.match(checksum, /^[0-9a-f]{64}$/)
    }
    for (const name of ['kafka-streams', 'kafka-clients'])
      assert.ok(lock[`${name}-${KAFKA_VERSION}.jar`], name)
    const connect = JSON.parse(readFileSync(connectResource('jars.lock.json'), 'utf8')) as Record<
      string,
      string
    >
    const clients = `kafka-clients-${KAFKA_VERSION}.jar`
    assert.equal(lock[clients], connect[clients])
    assert.match(
      readFileSync(deviceTwinResource('pom.xml'), 'utf8'),
      new RegExp(`<version>${KAFKA_VERSION}<`),
    )
    assert.ok(deviceTwinSources().some(path => path.endsWith('DeviceTwin.java')))
  })

  it('names one version everywhere', () => {
    assert.match(readFileSync(kafkaResource('pom.xml'), 'utf8'), new RegExp(`<version>${KAFKA_VERSION}<`))
    const modules = packageFile('chaos', 'drivers', 'local', 'setup', 'toxiproxy')
    const required = `github.com/Shopify/toxiproxy/v2 v${TOXIPROXY_VERSION}`
    assert.ok(readFileSync(join(modules, 'go.mod'), 'utf8').includes(required))
    assert.ok(readFileSync(join(modules, 'go.sum'), 'utf8').includes(`${required} h1:`))
  })

  it('locks the packages of every platform, and names no host that they come from', () => {
    const { packages } = JSON.parse(readFileSync(packageFile('package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>
    }
    const locked = new Set(Object.keys(packages).map(path => path.split('node_modules/').at(-1)))
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter(name => !locked.has(name))
    // `npm ci` refuses such a lock file: https://docs.npmjs.com/cli/commands/npm-ci
    assert.deepEqual(missing, [])
    assert.ok(Object.values(packages).every(({ resolved }) => resolved === undefined))
  })

  it('takes an installed toxiproxy-server of 2.12 or newer, but not of another major version', () => {
    assert.equal(acceptableVersion('toxiproxy-server version 2.12.0'), '2.12.0')
    assert.equal(acceptableVersion('toxiproxy-server version 2.13.1'), '2.13.1')
    for (const said of ['toxiproxy-server version 2.11.0', '3.0.0', 'toxiproxy-server version git', ''])
      assert.equal(acceptableVersion(said), undefined)
  })

  it('prefers the Java of JAVA_HOME', () => {
    assert.equal(javaCommand({ JAVA_HOME: '/opt/jdk' }), '/opt/jdk/bin/java')
    assert.equal(javaCommand({ JAVA_HOME: '' }), 'java')
    assert.equal(javaCommand({}), 'java')
  })
})
