import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { WITH_EVERY_KIND, synthesizesAlone } from '../stacks/cdk-synth.ts'
import { everyStack, findingsOf, pythonWithCfnLint } from '../stacks/cfn-lint.ts'
import { ENVIRONMENTS } from '../stacks/synthesized.ts'

/** What `npm test` does with two environments, and with each resource once. */
describe('templates of every environment', function () {
  this.timeout(1_200_000)

  for (const name of ENVIRONMENTS.filter(each => !WITH_EVERY_KIND.has(each)))
    it(`need no credentials, and CloudFormation's own rules hold (${name})`, () =>
      synthesizesAlone(name, true))

  it('have nothing that cfn-lint finds', async function () {
    const python = await pythonWithCfnLint()
    if (python === null) this.skip()
    assert.equal(await findingsOf(python, await everyStack()), '')
  })
})
