import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { SCHEMAS, schemaText } from '../../chaos/commands/schema.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { RUN_FOLDER } from '../../chaos/record/run-folder.ts'

/** What people write by hand, or hand over: drills, contracts, calendars, suites, workloads and histories. */
const WRITTEN = 6

describe('the published schemas', () => {
  it('are one for each kind of file, and none besides', () => {
    const kinds = Object.keys(SCHEMAS)
    assert.deepEqual(
      readdirSync(packageFile('schema')).toSorted(),
      kinds.map(kind => `${kind}.schema.json`).toSorted(),
    )
    // No file of a run lost its schema to another of the same name.
    const ofRuns = RUN_FOLDER.filter(({ schema }) => schema !== undefined)
    assert.equal(kinds.length, ofRuns.length + WRITTEN)
    assert.equal(new Set(kinds.map(kind => SCHEMAS[kind]?.title)).size, kinds.length)
  })

  for (const kind of Object.keys(SCHEMAS))
    it(`are what the program parses with: ${kind} (else: node --import tsx bin/schemas.ts)`, () => {
      const text = readFileSync(packageFile('schema', `${kind}.schema.json`), 'utf8')
      assert.equal(text, schemaText(kind))
      const { $id, $schema } = JSON.parse(text) as { $id: string; $schema: string }
      assert.equal($schema, 'https://json-schema.org/draft/2020-12/schema')
      assert.match($id, /^urn:aftershock:[a-z-]+:\d+$/)
    })
})
