import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../../../chaos/core/errors.ts'
import { findAivenPlugin } from '../../../../chaos/drivers/local/setup/aiven-plugin.ts'

const MANAGER = 'io/aiven/kafka/tieredstorage/RemoteStorageManager.class'
const S3_STORAGE = 'io/aiven/kafka/tieredstorage/storage/s3/S3Storage.class'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aftershock-plugin-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A file that has a path where a jar has it. */
function put(folder: string, name: string, content: string): void {
  mkdirSync(join(dir, folder), { recursive: true })
  writeFileSync(join(dir, folder, name), `PK\u0001\u0002...${content}...`)
}

async function refusal(): Promise<AftershockError> {
  try {
    await findAivenPlugin(dir)
  } catch (error) {
    assert.ok(error instanceof AftershockError)
    return error
  }
  return assert.fail('the folder was taken')
}

describe('a folder given as --tiered-plugin', () => {
  it("is Aiven's plugin when its two classes are there, whatever the jars are called", async () => {
    put('core', 'caffeine-3.1.8.jar', 'com/github/benmanes/caffeine/Cache.class')
    put('core', 'core-1.1.1.jar', MANAGER)
    put('s3', 'storage-s3.jar', S3_STORAGE)
    assert.deepEqual(await findAivenPlugin(dir), { version: '1.1.1' })
  })

  it('has no version when the jar does not say it', async () => {
    put('core', 'core.jar', MANAGER)
    put('s3', 's3-1.1.1.jar', S3_STORAGE)
    assert.deepEqual(await findAivenPlugin(dir), { version: null })
  })

  it('is refused with what is missing, and how to unpack it', async () => {
    put('core', 'README.txt', MANAGER)
    const error = await refusal()
    assert.equal(error.code, 'unavailable')
    assert.match(error.message, /core\/ has no jars; s3\/ is not there$/)
    assert.match(error.hint ?? '', /tar -xzf s3-VERSION\.tgz/)
  })

  it('is refused when the archives are in each other’s place', async () => {
    put('core', 's3-1.1.1.jar', S3_STORAGE)
    put('s3', 'core-1.1.1.jar', MANAGER)
    const { message } = await refusal()
    assert.ok(message.includes(`no jar in core/ has ${MANAGER}; no jar in s3/ has ${S3_STORAGE}`), message)
  })
})
