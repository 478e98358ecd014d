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
  const masked = JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}/g, '<sha256>')
  const actual = JSON.parse(masked, withResourcesInOrder) as unknown
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(actual, null, 2)}\n`)
  }
  assert.ok(existsSync(path), `${path} is missing: run the tests with UPDATE_SNAPSHOTS=1 and review it`)
  assert.deepEqual(actual, JSON.parse(readFileSync(path, 'utf8')))
}

/** CDK orders what a policy allows by its text, in which there are digests. */
function withResourcesInOrder(key: string, value: unknown): unknown {
  if (key !== 'Resource' || !Array.isArray(value)) return value
  return value
    .map(item => JSON.stringify(item))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(item => JSON.parse(item) as unknown)
}
