import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { run, withoutCredentials } from './run-program.ts'

describe('deploy and destroy, without an account', function () {
  this.timeout(180_000)

  it('prints resources, costs and targets, and ends with 0', async () => {
    const { status, stdout } = await program('deploy', '--environment', 'lab', '--plan')
    assert.equal(status, 0)
    assert.match(stdout, /Aftershock-lab-Cluster +3 × instance t4g.small +0.0552 +40.30 +2025-11-03/)
    assert.match(stdout, /What chaos may touch, and nothing else\n[\s\S]*EC2::Instance +kafka-1\n/)
    assert.match(stdout, /What stays when the environment is destroyed\n +AftershockEvidence +S3::Bucket/)
  })

  it('has a price for everything that an environment with a sink is charged for while it exists', async () => {
    const { stdout } = await program('deploy', '--environment', 'automq', '--plan')
    assert.match(stdout, /Aftershock-automq-Connect +1 × database db\.t4g\.micro +0\.0170 +12\.41 /)
    assert.match(
      stdout,
      /What its own fleet costs beside that[^\n]+\n +\d+ GB between zones +0\.\d+ +\d+\.\d+ /,
    )
    assert.match(stdout, /\d million requests to S3 /)
    assert.doesNotMatch(stdout, /has no price for it|it is not known what it costs/)
  })

  it('creates nothing without --yes', async () => {
    const { status, stdout, stderr } = await program('deploy', '--environment', 'lab', '--json')
    assert.equal(status, 75)
    assert.match(stderr, /nothing was created: that takes --yes/)
    assert.equal((JSON.parse(stdout) as { environment: string }).environment, 'lab')
  })

  it('says how to give credentials when there are none, before it creates anything', async () => {
    const { status, stderr } = await program('deploy', '--environment', 'lab', '--yes')
    assert.equal(status, 69)
    assert.match(stderr, /there are no AWS credentials: [^\n]+\nSet AWS_PROFILE to a profile that works/)
    assert.doesNotMatch(stderr, /cdk/)
  })

  it('says what goes when a slot is left empty', async () => {
    const { status, stdout } = await program(
      'deploy',
      '--environment',
      'lab',
      '--absent',
      'kafka-2',
      '--plan',
    )
    assert.equal(status, 0)
    assert.match(stdout, /What goes now, [^\n]+\n +Aftershock-lab-Cluster +EC2::Instance +kafka-2\n/)
  })

  it('removes nothing without --yes, and says that the evidence stays', async () => {
    const { status, stdout, stderr } = await program('destroy', '--environment', 'lab')
    assert.equal(status, 75)
    assert.match(stdout, /What stays\n {2}AftershockEvidence: environments share it/)
    assert.match(stderr, /nothing was removed: that takes --yes/)
  })

  it('refuses an environment that is not there, with those that are', async () => {
    const { status, stderr } = await program('deploy', '--environment', 'kafak', '--plan')
    assert.equal(status, 64)
    assert.match(
      stderr,
      /there is no environment kafak: expected --environment <one of automq, automq-router, kafka, kafka-tiered, lab, or the path of a file>/,
    )
  })

  it('synthesizes nothing when the key that names the environment is mistyped', async () => {
    const { status, stderr } = await run(
      process.execPath,
      [packageFile('node_modules', 'aws-cdk', 'bin', 'cdk'), 'synth', '--quiet', '-c', 'enviroment=lab'],
      withoutCredentials(),
    )
    assert.notEqual(status, 0)
    assert.match(
      stderr,
      /no environment was named; expected -c environment=<one of automq, automq-router, kafka, kafka-tiered, lab, or the path of a file>/,
    )
  })

  it('refuses a price table that cannot be read', async () => {
    const { status, stderr } = await program(
      'deploy',
      '--environment',
      'lab',
      '--prices',
      'no-such-file.json',
    )
    assert.equal(status, 65)
    assert.match(stderr, /no-such-file.json cannot be read/)
  })

  async function program(...args: string[]) {
    return run(process.execPath, [packageFile('bin', 'aftershock.mjs'), ...args], {
      ...withoutCredentials(),
      // The rules of CloudFormation are another test's, and take longer than all the rest.
      CDK_VALIDATION: 'false',
    })
  }
})
