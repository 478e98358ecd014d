import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { writeDocument, writeText } from '../../../chaos/record/bounded-files.ts'
import { Folder } from '../judge/sealed-run.ts'

const refusal = (file: string) => (error: AftershockError) =>
  error.code === 'input' && error.message.includes(file)

describe('a document of a run', () => {
  it('is there whole, over the one before it, and nothing is left beside it', () => {
    using folder = new Folder()
    writeDocument(folder.path('a.json'), { before: true })
    writeDocument(folder.path('a.json'), { before: false })
    assert.equal(folder.read('a.json'), '{\n  "before": false\n}\n')
    assert.equal(existsSync(folder.path('a.json.partial')), false)
  })

  it('stays as it was when the new one cannot be written, and the error names it', () => {
    using folder = new Folder()
    writeText(folder.path('a.json'), 'whole')
    mkdirSync(folder.path('a.json.partial'))
    assert.throws(() => writeText(folder.path('a.json'), 'new'), refusal('a.json'))
    assert.equal(folder.read('a.json'), 'whole')
    mkdirSync(folder.path('b.json'))
    assert.throws(() => writeText(folder.path('b.json'), 'new'), refusal('b.json'))
    assert.equal(existsSync(folder.path('b.json.partial')), false)
  })
})
