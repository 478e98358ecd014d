import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { WITH_EVERY_KIND, synth, synthesizesAlone } from './cdk-synth.ts'
import { type EnvironmentName, ENVIRONMENTS, resourcesOf, shipped } from './synthesized.ts'

/** The other environments: test/drills/templates.test.ts. */
describe('cdk synth', function () {
  this.timeout(120_000)

  for (const name of WITH_EVERY_KIND)
    it(`needs no credentials, and CloudFormation's own rules hold (${name})`, () =>
      synthesizesAlone(name, true))

  it('is tried with environments that have every kind of resource between them', () => {
    const kinds = (names: readonly EnvironmentName[]) =>
      new Set(
        names
          .flatMap(name => shipped(name).stacks)
          .flatMap(stack => Object.values(resourcesOf(stack)).map(({ Type }) => Type)),
      )
    const tried = kinds(ENVIRONMENTS.filter(name => WITH_EVERY_KIND.has(name)))
    assert.deepEqual(
      [...kinds(ENVIRONMENTS)].filter(kind => !tried.has(kind)),
      [],
    )
  })

  it('says which environments there are when it is given another', async () => {
    const output = mkdtempSync(join(tmpdir(), 'aftershock-synth-'))
    try {
      await assert.rejects(synth(output, 'environment=kafak', false), (error: { stderr?: string }) => {
        assert.match(
          error.stderr ?? '',
          /environment=kafak: there is no such environment; expected one of automq/,
        )
        return true
      })
    } finally {
      rmSync(output, { recursive: true, force: true })
    }
  })
})
