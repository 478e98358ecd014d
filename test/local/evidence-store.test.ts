import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import type { VerifyReport } from '../../chaos/judge/verify.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { awsCli, storeOnce } from '../../chaos/run/store-once.ts'
import { sealRun } from '../../chaos/seal/seal.ts'
import { Folder, judgedRun } from '../unit/judge/sealed-run.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { run } from './run-program.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
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

  it('is verified where it is, with who keeps it, and no folder of it is left', async () => {
    using sealed = await judgedRun()
    await sealRun(sealed.dir, {})
    const stored = await storeOnce(sealed.dir, `s3://${BUCKET}/lab/runs`, {
      aws: awsCli(60_000),
      lockedUntil: '2099-01-02T03:04:05Z',
    })
    using empty = new Folder()
    const verify = async (uri: string) => {
      const args = [PROGRAM, 'verify', uri, '--json']
      const { status, stdout, stderr } = await run(process.execPath, args, {
        ...moto.env,
        TMPDIR: empty.dir,
      })
      const left = readdirSync(empty.dir).filter(name => name.startsWith('aftershock-stored-'))
      assert.deepEqual(left, [], 'in the folder for temporary files')
      return { status, stderr, report: (stdout === '' ? null : JSON.parse(stdout)) as VerifyReport | null }
    }
    for (const uri of [stored, `${stored}bundle.json`]) {
      const { status, stderr, report } = await verify(uri)
      assert.equal(status, 0, stderr)
      assert.equal(report?.dir, stored)
      assert.match(
        report?.notes.join('\n') ?? '',
        /S3 keeps all \d+ files in compliance, until 2099-01-02T03:04:05\.000Z at least/,
      )
    }
    await moto.put(`${BUCKET}/${stored.replace(`s3://${BUCKET}/`, '')}logs/added.log`, Buffer.from('mine'))
    const added = await verify(stored)
    assert.equal(added.status, 77)
    assert.match(JSON.stringify(added.report?.problems), /logs\/added\.log/)
    assert.match(added.report?.notes.join('\n') ?? '', /the others may be deleted/)
  })

  it('is not fetched from where nothing is, nor by a name that leads elsewhere', async () => {
    const verify = async (uri: string) => {
      const { status, stderr } = await run(process.execPath, [PROGRAM, 'verify', uri], moto.env)
      return `${status} ${stderr}`
    }
    assert.match(await verify(`s3://${BUCKET}/lab/runs/nothing/`), /^65 .*nothing is stored in s3:\/\//s)
    assert.match(await verify(`s3://${BUCKET}/`), /^64 .*is a whole bucket/s)
    assert.match(await verify('s3://no-such-bucket/lab/runs/r/'), /^69 .*cannot be fetched: NoSuchBucket/s)
    await aws('put-object', '--bucket', BUCKET, '--key', 'lab/runs/evil/../../../escaped')
    assert.match(await verify(`s3://${BUCKET}/lab/runs/evil`), /^65 .*an object that is called/s)
  })
})

const LOCATION = ['--create-bucket-configuration', 'LocationConstraint=eu-west-1']
