import assert from 'node:assert/strict'
import { join } from 'node:path'
import { packageFile } from '../../chaos/package-root.ts'
import { MOTO_ACCOUNT, type Moto } from './moto.ts'
import { run } from './run-program.ts'

/**
 * `cdk bootstrap` of the local endpoint, as the documentation says it: the CDK runs the app, which wants an environment, for
 * this too. Its assembly goes beside the endpoint: two at once in one folder refuse each other.
 */
export async function bootstrapAccount(moto: Moto, region = 'eu-west-1'): Promise<void> {
  const { status, stderr } = await run(
    process.execPath,
    [
      packageFile('node_modules', 'aws-cdk', 'bin', 'cdk'),
      'bootstrap',
      `aws://${MOTO_ACCOUNT}/${region}`,
      '-c',
      'environment=lab',
      '--output',
      join(moto.dir, 'bootstrap.out'),
    ],
    moto.env,
  )
  assert.equal(status, 0, stderr)
}
