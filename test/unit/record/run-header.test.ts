import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { LINE_FORMATS, readRunHeader } from '../../../chaos/record/run-header.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'

describe('run.json', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-header-'))
    makeRun(folder, { devices: 60, tickMs: 2000 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const withFormats = (formats: object | undefined) => {
    const path = join(folder, 'run.json')
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), formats }))
    return readRunHeader(folder)
  }

  it('says the format of the files whose lines do not, and older runs that do not say it are read', () => {
    assert.deepEqual(withFormats(LINE_FORMATS).formats, LINE_FORMATS)
    assert.equal(withFormats(undefined).formats, undefined)
  })

  for (const file of ['journal', 'samples'])
    it(`is refused where its ${file} is of a format that this version does not know`, () => {
      assert.throws(
        () => withFormats({ ...LINE_FORMATS, [file]: 2 }),
        (error: unknown) =>
          error instanceof AftershockError &&
          error.code === 'input' &&
          error.message.includes(`formats.${file}`),
      )
    })
})
