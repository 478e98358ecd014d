import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'

/** Between them they have every kind of resource that the others have; checking takes longer than all the rest. */
export const WITH_EVERY_KIND: ReadonlySet<string> = new Set(['automq', 'kafka-tiered'])

/** As a user starts it, without credentials. */
export async function synthesizesAlone(name: string, rules: boolean): Promise<void> {
  const output = mkdtempSync(join(tmpdir(), 'aftershock-synth-'))
  try {
    await synth(output, `environment=${name}`, rules)
    const templates = readdirSync(output).filter(file => file.endsWith('.template.json'))
    assert.ok(templates.includes('AftershockEvidence.template.json'))
    assert.ok(templates.includes(`Aftershock-${name}-Cluster.template.json`))
  } finally {
    rmSync(output, { recursive: true, force: true })
  }
}

export function synth(output: string, context: string, rules: boolean): Promise<unknown> {
  const cdk = packageFile('node_modules', 'aws-cdk', 'bin', 'cdk')
  return promisify(execFile)(
    process.execPath,
    [cdk, 'synth', '--quiet', '--no-lookups', '--output', output, '--context', context],
    { cwd: packageRoot(), env: { ...withoutCredentials(), CDK_VALIDATION: String(rules) } },
  )
}

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
