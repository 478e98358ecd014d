import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { userDataScript } from '../../lib/constructs/user-data.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { TestMachine } from './moto-node.ts'
import { refusingEndpoint } from './refusing-endpoint.ts'

/** The bootstrap script, once it runs, stops at this: everything before it is user data's. */
const SETTINGS = { NODE_ROLE: 'no such role' }

describe('the user data of a node', function () {
  this.timeout(120_000)
  let moto: Moto

  before(async function () {
    const tools = pythonTools('moto_server', 'aws', 'shellcheck')
    if (typeof tools === 'string') {
      process.stderr.write(`user data: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
  })
  after(() => moto?.[Symbol.asyncDispose]())

  async function machine(name: string, settings: Record<string, string> = {}): Promise<TestMachine> {
    const made = new TestMachine(moto, name, false)
    await made.deploy({ name, settings: { ...SETTINGS, ...settings }, files: {} })
    return made
  }

  /** One request a try: the CLI's own repetitions would hide how often user data asks. */
  const through = (url: string) => ({
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_S3: url,
    AWS_MAX_ATTEMPTS: '1',
    AWS_RETRY_MODE: 'standard',
  })

  it('asks again for its settings, then for the script, until each is there, and says each try', async () => {
    await using endpoint = await refusingEndpoint(moto, { ssm: 2, s3: 1 })
    const node = await machine('late')
    node.boot('late', through(endpoint.url))
    assert.equal(await node.ended(), 64)
    assert.deepEqual(endpoint.refused, { ssm: 2, s3: 1 })
    const said = [...node.output.matchAll(/boot: (.*)/g)].map(([, text]) => text)
    assert.deepEqual(said, [
      '/test/late/node.env: try 1 failed, again in 1 s',
      '/test/late/node.env: try 2 failed, again in 2 s',
      's3://assets/bootstrap.sh: try 1 failed, again in 1 s',
    ])
    assert.match(node.output, /bootstrap: stopped: .*NODE_ROLE is no such role/)
  })

  it('stops with 69 when its time is over, and says what was missing', async () => {
    await using endpoint = await refusingEndpoint(moto, { ssm: 0, s3: 100 })
    const node = await machine('cut-off')
    node.boot('cut-off', { ...through(endpoint.url), AFTERSHOCK_BOOT_SECONDS: '0' })
    assert.equal(await node.ended(), 69)
    assert.match(node.output, /boot: s3:\/\/assets\/bootstrap.sh could not be had \(tries: 1\)/)
    assert.equal(endpoint.refused.s3, 1)
    assert.ok(!existsSync(join(node.base, 'bootstrap.sh')))
  })

  it('refuses a bootstrap script whose digest is not the expected one', async () => {
    const node = await machine('tampered-script', { BOOTSTRAP_SHA256: '0'.repeat(64) })
    node.boot('tampered-script')
    assert.equal(await node.ended(), 65)
    assert.match(node.output, /boot: stopped: the SHA-256 of s3:\/\/assets\/bootstrap.sh is not 0{64}/)
    assert.doesNotMatch(node.output, /bootstrap:/)
  })

  it('passes shellcheck, and is far from the 16 KB that user data may have', async () => {
    const tools = pythonTools('shellcheck')
    if (typeof tools === 'string') assert.fail(tools)
    const text = userDataScript('/aftershock/kafka/kafka/kafka-1')
    const file = join(moto.dir, 'user-data.sh')
    writeFileSync(file, text)
    // The settings are there only when it runs.
    await promisify(execFile)(join(tools.bin, 'shellcheck'), ['--exclude=SC1091', file])
    const [, boot = ''] = /<<'BOOT'\n([^]*?)BOOT\n/.exec(text) ?? []
    writeFileSync(file, boot)
    await promisify(execFile)(join(tools.bin, 'shellcheck'), ['--exclude=SC1091,SC2154', file])
    assert.ok(text.length < 4096)
  })
})
