import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { readStagers } from '../../lib/deploy/stagers.ts'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { changed, shipped } from './synthesized.ts'

describe('the stager of distributions', function () {
  this.timeout(60_000)
  let folder = ''
  let file = ''
  const content = 'a distribution'
  const digest = createHash('sha256').update(content).digest('hex')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-stage-'))
    file = join(folder, 'dist.tgz')
    writeFileSync(file, content)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('prints where the file is when it is the one that was reviewed', async () => {
    const { stdout } = await stage(`file:${file}`, digest)
    assert.equal(readFileSync(stdout.trim(), 'utf8'), content)
  })

  it('does not fetch again what it has', async () => {
    await stage(`file:${file}`, digest)
    rmSync(file)
    const { stdout } = await stage(`file:${file}`, digest)
    assert.equal(readFileSync(stdout.trim(), 'utf8'), content)
  })

  it('stops at another file, keeps nothing of it, and says which it is', async () => {
    await assert.rejects(stage(`file:${file}`, '0'.repeat(64)), (error: Failure) => {
      assert.equal(error.code, 65)
      assert.ok(error.stderr.includes(digest))
      return true
    })
    assert.deepEqual(readdirSync(join(folder, 'cache', 'aftershock', 'distributions')), [])
  })

  it('stops where no checksum is set, and prints the one to compare', async () => {
    await assert.rejects(stage(`file:${file}`, 'unset'), (error: Failure) => {
      assert.equal(error.code, 65)
      assert.match(error.stderr, new RegExp(`has the SHA-256 ${digest}\nno checksum is set`))
      return true
    })
  })

  it('refuses a source that it does not know', async () => {
    await assert.rejects(stage('ftp://example.org/x', digest), (error: Failure) => error.code === 64)
  })

  it('is given the first place whose checksum somebody wrote down', () => {
    const release = { source: 'https://example.org/a.tgz', sha256: 'unset' }
    const [one, two] = ['1', '2'].map(digit => ({
      source: `https://mirror-${digit}.example.org/a.tgz`,
      sha256: digit.repeat(64),
    }))
    const [unset, first, second] = [
      { ...release, source: 'https://unset.example.org/a.tgz' },
      one,
      two,
    ] as const
    assert.ok(first && second)
    const stagedAs = (distribution: EnvironmentConfig['distribution']) =>
      readStagers(changed('automq', { distribution }).app.synth().directory).find(({ source }) =>
        source.endsWith('a.tgz'),
      )
    assert.equal(stagedAs(release)?.source, release.source)
    assert.equal(stagedAs(release)?.lacksChecksum, true)
    const found = stagedAs({ ...release, mirrors: [unset, first, second] })
    assert.deepEqual(found?.command.slice(2), [first.source, first.sha256])
    const own = stagedAs({ ...release, sha256: '3'.repeat(64), mirrors: [first] })
    assert.deepEqual(own?.command.slice(2), [release.source, '3'.repeat(64)])
  })

  it('is what the deployment runs, once for each file, and synthesis does not', () => {
    const assets = shipped('kafka').app.synth().getStackByName('Aftershock-kafka-Connect').assets
    assert.deepEqual(assets, [])
    const manifest = readFileSync(
      join(shipped('kafka').app.outdir, 'Aftershock-kafka-Connect.assets.json'),
      'utf8',
    )
    const { files } = JSON.parse(manifest) as { files: Record<string, { source: { executable?: string[] } }> }
    const staged = Object.values(files).flatMap(({ source }) => source.executable?.slice(2) ?? [])
    assert.deepEqual(
      staged.filter(word => word.startsWith('maven')),
      [
        'maven-jars:lib/assets/distributions/connect',
        'maven-file:io.debezium:debezium-connector-jdbc:3.6.0.Final:tar.gz:plugin',
      ],
    )
  })

  function stage(source: string, sha256: string): Promise<{ stdout: string }> {
    const script = packageFile('lib', 'assets', 'stage-distribution.mjs')
    return promisify(execFile)(process.execPath, [script, source, sha256], {
      cwd: packageRoot(),
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    })
  }
})

describe('the program that the fleet runs', function () {
  this.timeout(60_000)

  it('is one file that starts anywhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-program-'))
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [packageFile('lib', 'assets', 'stage-program.mjs')],
        { cwd: packageRoot(), env: { ...process.env, XDG_CACHE_HOME: folder } },
      )
      const { stdout: help } = await promisify(execFile)(process.execPath, [stdout.trim(), '--help'], {
        cwd: folder,
      })
      assert.match(help, /Usage: aftershock/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

interface Failure {
  readonly code: number
  readonly stderr: string
}
