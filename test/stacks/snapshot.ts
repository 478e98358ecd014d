import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Template } from 'aws-cdk-lib/assertions'
import { packageFile } from '../../chaos/package-root.ts'

// The rules of CloudFormation are checked once, by `cdk synth`; here they would take 2 s for each template.
process.env.CDK_VALIDATION = 'false'

/** The feature flags that the real app has: without them, the tests would see another template. */
export function cdkContext(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(packageFile('cdk.json'), 'utf8')) as {
    context: Record<string, unknown>
  }
  return context
}

/**
 * Compares with the template under `test/fixtures/stacks`; `UPDATE_SNAPSHOTS=1` writes it instead. Digests of
 * files are left out: what is in the files has tests of its own.
 */
export function matchesSnapshot(name: string, template: Template): void {
  const path = packageFile('test', 'fixtures', 'stacks', `${name}.json`)
  const text = JSON.stringify(template.toJSON(), null, 2).replaceAll(/[0-9a-f]{64}/g, '<sha256>')
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${text}\n`)
  }
  assert.ok(existsSync(path), `${path} is missing: run the tests with UPDATE_SNAPSHOTS=1 and review it`)
  assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(path, 'utf8')))
}
