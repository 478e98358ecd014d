import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { awsCli, storeOnce } from '../../chaos/run/store-once.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { run } from './run-program.ts'

const BUCKET = 'evidence'
const FILES = ['bundle.json', 'history/a.jsonl', 'run.json']

/** With a real AWS CLI; the rules of the bucket are another test's, since the endpoint knows no conditions. */
describe('evidence in a bucket with a lock', function () {
  this.timeout(300_000)
  let moto: Moto
  let restore: () => void

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`evidence in a bucket: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    await aws('create-bucket', '--bucket', BUCKET, '--object-lock-enabled-for-bucket', ...LOCATION)
    const own = { ...process.env }
    Object.assign(process.env, moto.env)
    restore = () => {
      for (const key of Object.keys(moto.env)) delete process.env[key]
      Object.assign(process.env, own)
    }
  })
  after(async () => {
    restore?.()
    await moto?.[Symbol.asyncDispose]()
  })

  async function aws(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await run('aws', ['s3api', ...args], moto.env)
    assert.equal(status, 0, stderr)
    return stdout
  }

  function folder(name: string): string {
    const path = join(moto.dir, name)
    for (const file of FILES) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), `${name} ${file}`)
    }
    return path
  }

  it('is each file of a run, locked until the day that was asked for', async () => {
    const target = await storeOnce(folder('run-1'), `s3://${BUCKET}/lab/runs`, {
      aws: awsCli(60_000),
      lockedUntil: '2099-01-02T03:04:05Z',
    })
    assert.equal(target, `s3://${BUCKET}/lab/runs/run-1/`)
    for (const file of FILES) {
      const key = `lab/runs/run-1/${file}`
      const copy = join(moto.dir, 'copy')
      const got = JSON.parse(await aws('get-object', '--bucket', BUCKET, '--key', key, copy)) as Record<
        string,
        unknown
      >
      assert.equal(got.ObjectLockMode, 'COMPLIANCE')
      assert.match(String(got.ObjectLockRetainUntilDate), /^2099-01-02T03:04:05/)
      assert.equal(readFileSync(copy, 'utf8'), `run-1 ${file}`)
    }
  })

  it('stays as it was first stored, whatever is stored under its name later', async () => {
    const path = folder('run-2')
    await storeOnce(path, `s3://${BUCKET}/lab/runs`, { aws: awsCli(60_000) })
    writeFileSync(join(path, 'run.json'), 'another')
    await assert.rejects(
      storeOnce(path, `s3://${BUCKET}/lab/runs`, { aws: awsCli(60_000) }),
      /run-2 was not stored in s3:\/\/evidence\/lab\/runs\/run-2\/: .*PreconditionFailed/s,
    )
    const versions = JSON.parse(
      await aws('list-object-versions', '--bucket', BUCKET, '--prefix', 'lab/runs/run-2/'),
    ) as { Versions: unknown[] }
    assert.equal(versions.Versions.length, FILES.length)
  })
})

const LOCATION = ['--create-bucket-configuration', 'LocationConstraint=eu-west-1']
