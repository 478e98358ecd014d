import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { eachLine, edgeLines } from '../../../chaos/record/json-lines.ts'

/** More than one chunk of a file. */
const LONG = 'ü'.repeat(700_000)
const TEXTS: Readonly<Record<string, string>> = {
  nothing: '',
  'one line': 'a\n',
  'one torn line': 'a',
  'an empty line': '\n',
  'empty lines at both ends': '\na\n\n',
  'a torn end': 'a\nb\nc',
  'a line in two chunks': `a\n${LONG}\nc\n`,
  'a first line in three chunks': `${LONG}${LONG}\nb\nc`,
  'a torn line in two chunks': `a\nb\n${LONG}`,
}

describe('the first and the last line of a file', () => {
  for (const [what, text] of Object.entries(TEXTS))
    it(`are those that reading each gives, and so is their number: ${what}`, async () => {
      const path = join(tmpdir(), 'lines')
      writeFileSync(path, text)
      const all: string[] = []
      const read = await eachLine(path, line => void all.push(line))
      const edges = await edgeLines(path)
      assert.deepEqual(edges, { ...read, first: all[0] ?? '', last: all.at(-1) ?? '' })
    })
})
