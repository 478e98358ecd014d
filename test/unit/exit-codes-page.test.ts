import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'

describe('the page of exit codes', () => {
  it('has every code with its status, and no other', () => {
    const page = readFileSync(packageFile('docs', 'exit-codes.md'), 'utf8')
    const rows = [...page.matchAll(/^\| (\d+) \| (?:`([a-z]+)`)? ?\|/gm)].map(([, status, code]) => [
      Number(status),
      code ?? '',
    ])
    const verdicts = new Set(['pass', 'fail', 'inconclusive'])
    assert.deepEqual(
      rows,
      Object.entries(EXIT).map(([code, status]) => [status, verdicts.has(code) ? '' : code]),
    )
  })
})
