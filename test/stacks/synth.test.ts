import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, it } from 'mocha'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'

describe('the CDK app', () => {
  it('synthesizes every stack without credentials, and validates', async function () {
    this.timeout(120_000)
    const output = mkdtempSync(join(tmpdir(), 'aftershock-synth-'))
    try {
      await promisify(execFile)(
        process.execPath,
        [
          packageFile('node_modules', 'aws-cdk', 'bin', 'cdk'),
          'synth',
          '--quiet',
          '--no-lookups',
          '--output',
          output,
        ],
        { cwd: packageRoot(), env: withoutCredentials() },
      )
      assert.ok(readdirSync(output).includes('AftershockEvidence.template.json'))
    } finally {
      rmSync(output, { recursive: true, force: true })
    }
  })
})

function withoutCredentials(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  }
}
