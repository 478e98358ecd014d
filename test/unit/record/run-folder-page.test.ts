import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { packageFile } from '../../../chaos/package-root.ts'
import { RAW_PLACES } from '../../../chaos/record/run-folder.ts'
import { runFolderPage } from '../../../chaos/record/run-folder-page.ts'

describe('the page about a run’s folder', () => {
  it('is what the schemas give: node --import tsx bin/run-folder.ts > docs/run-folder.md', () => {
    assert.equal(readFileSync(packageFile('docs', 'run-folder.md'), 'utf8'), runFolderPage())
  })

  it('knows what a run leaves before it is judged: that alone is judged again', () => {
    assert.deepEqual(RAW_PLACES, [
      'run.json',
      'config',
      'journal.jsonl',
      'history',
      'samples',
      'connectors',
      'processor',
      'sources',
      'regions',
      'logs',
    ])
  })

  it('names each key with its type, what it means, and whether it may be absent', () => {
    const schema = z.object({
      t: z.number().describe('When.'),
      zones: z.record(z.string(), z.object({ up: z.boolean() })).optional(),
      pairs: z.array(z.tuple([z.string(), z.number().nullable()])),
    })
    const page = runFolderPage([{ path: 'x.json', what: 'An example.', writtenBy: 'a test', schema }])
    assert.deepEqual(page.split('\n').slice(-7, -1), [
      '| key | type | meaning |',
      '| --- | --- | --- |',
      '| `t` | number | When. |',
      '| `zones` | by name: object, may be absent |  |',
      '| `zones.<name>.up` | boolean |  |',
      '| `pairs` | list of [string, number or null] |  |',
    ])
  })

  it('names each kind of a line once', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('began'), a: z.string(), b: z.string() }),
      z.object({ kind: z.enum(['ended', 'died']), why: z.string() }),
    ])
    const page = runFolderPage([{ path: 'x.jsonl', what: 'Lines.', writtenBy: 'a test', schema }])
    assert.deepEqual(page.split('\n').slice(-4, -1), [
      '| `began` | `a` | string |  |',
      '|  | `b` | string |  |',
      '| `ended`, `died` | `why` | string |  |',
    ])
  })
})
