import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { packageFile } from '../../../chaos/package-root.ts'
import { commandLine } from '../commands/command-line.ts'

interface Sarif {
  readonly version: string
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly results: readonly {
        readonly ruleId: string
        readonly ruleIndex: number
        readonly level: string
        readonly locations: readonly [
          {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string }
              readonly region: { readonly startLine: number }
            }
          },
        ]
      }[]
    },
  ]
}

describe('what a contract breaks, as SARIF', () => {
  let cwd = ''
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'aftershock-sarif-'))
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))
  const shipped = readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8')
  const check = async (text: string) => {
    writeFileSync(join(cwd, 'my contract.yaml'), text)
    const { code } = await commandLine(['contract', 'check', 'my contract.yaml', '--sarif', 'out.sarif'], {
      cwd,
    })
    return { code, sarif: JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8')) as Sarif }
  }

  it('has each finding at the line of its topic, by the rule that it breaks', async () => {
    const { code, sarif } = await check(shipped.replace('owner: security-operations', 'owner: TODO'))
    assert.equal(code, 1)
    assert.equal(sarif.version, '2.1.0')
    const [{ tool, results }] = sarif.runs
    assert.equal(results.length, 1)
    const [result] = results
    assert.deepEqual([result?.ruleId, result?.level], ['owner', 'error'])
    assert.equal(tool.driver.rules[result?.ruleIndex ?? -1]?.id, 'owner')
    const { artifactLocation, region } = result?.locations[0].physicalLocation ?? {}
    assert.equal(artifactLocation?.uri, 'my%20contract.yaml')
    assert.equal(shipped.split('\n')[(region?.startLine ?? 0) - 1], '  operations:')
  })

  it('has no result where everything holds', async () => {
    const { code, sarif } = await check(shipped)
    assert.equal(code, 0)
    assert.deepEqual(sarif.runs[0].results, [])
  })
})
