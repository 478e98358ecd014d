import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { distinct, everyStack, findingsOf, pythonWithCfnLint } from './cfn-lint.ts'

describe('cfn-lint', function () {
  this.timeout(600_000)

  it('finds nothing in templates that have every resource of every environment, but for names', async function () {
    const python = await pythonWithCfnLint()
    if (python === null) {
      if (this.test) this.test.title += ' [no Python with cfn-lint: set AFTERSHOCK_PYTHON]'
      this.skip()
    }
    const all = await everyStack()
    const stacks = distinct(all)
    assert.ok(stacks.length >= 20 && stacks.length < all.length, `${stacks.length} of ${all.length}`)
    assert.equal(await findingsOf(python, stacks), '')
  })
})
