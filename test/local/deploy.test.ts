import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { WITH_EVERY_KIND } from '../stacks/cdk-synth.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { deploysAndRemoves, type DeployingPlace, DIRECT, openDeployingPlace, REGION } from './deploying.ts'
import { impatient, runStateMachine, templateOf } from './moto-state-machine.ts'
import { MOTO_ACCOUNT } from './moto.ts'
import { stackNames } from './moto-inventory.ts'

describe('npm run deploy and npm run destroy, for real against a local endpoint', function () {
  this.timeout(1_200_000)
  let place: DeployingPlace

  before(async function () {
    const opened = await openDeployingPlace()
    if (!opened) this.skip()
    place = opened
  })
  // What a failed test leaves is no finding of the next one.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return
    await place.moto.reset()
    await bootstrapAccount(place.moto, REGION)
  })
  after(async () => {
    await place?.[Symbol.asyncDispose]()
  })

  // The others: test/drills/deploy.test.ts.
  for (const name of WITH_EVERY_KIND)
    it(`creates every resource of ${name}, and removes all but the evidence`, () =>
      deploysAndRemoves(name, place))

  it('removes all but the evidence when it has expired, as its schedule would start it', async () => {
    const { moto, program } = place
    const deployed = await program('deploy', '--environment', 'lab', '--yes', '--', ...DIRECT)
    assert.equal(deployed.status, 0, deployed.stderr)
    assert.match(
      deployed.stdout,
      /everything but the evidence is removed by itself at 3000-01-01 00:00:00 UTC/,
    )
    const resources = await templateOf(moto, 'Aftershock-lab-Expiry')
    const properties = (kind: string) => resources.find(({ Type }) => Type === kind)?.Properties ?? {}
    const { ScheduleExpression, Target } = properties('AWS::Scheduler::Schedule')
    assert.equal(ScheduleExpression, 'at(3000-01-01T00:00:00)')
    const { DefinitionString } = properties('AWS::StepFunctions::StateMachine')
    await runStateMachine(moto, String(DefinitionString), impatient((Target as { Input: string }).Input))
    assert.deepEqual(await stackNames(moto), ['AftershockEvidence', 'CDKToolkit'])
  })

  it('creates nothing while a file has no checksum, and prints the one that it has', async () => {
    const { moto, checkout, program } = place
    const existing = await stackNames(moto)
    const changed = checkout.change('lab', text => text.replace(/sha256: .*/, 'sha256: unset'))
    try {
      const { status, stdout, stderr } = await program('deploy', '--environment', 'lab', '--yes')
      assert.equal(status, 65, stderr)
      assert.match(stdout, /^Not deployable yet: .*\n +file:.* has no checksum; --yes fetches it and prints/m)
      assert.ok(stderr.includes(`has the SHA-256 ${checkout.sha256}`), stderr)
      assert.match(stderr, /nothing was created: 1 of \d files that nodes need could not be staged/)
    } finally {
      changed.undo()
    }
    assert.deepEqual(await stackNames(moto), existing)
  })

  it('creates and removes nothing in an account that is not the one of the environment', async () => {
    const { moto, checkout, program } = place
    const existing = await stackNames(moto)
    const changed = checkout.change('lab', text => `account: '999999999999'\n${text}`)
    try {
      for (const [command, done] of [
        ['deploy', 'created'],
        ['destroy', 'removed'],
      ] as const) {
        const { status, stderr } = await program(command, '--environment', 'lab', '--yes')
        assert.equal(status, 75, stderr)
        assert.match(
          stderr,
          new RegExp(`nothing was ${done}: environment lab is for account 999999999999, and`),
        )
      }
    } finally {
      changed.undo()
    }
    assert.deepEqual(await stackNames(moto), existing)
  })

  it('does not call it done to remove what is not there', async () => {
    const { program } = place
    const { status, stderr } = await program('destroy', '--environment', 'lab', '--yes')
    assert.equal(status, 69, stderr)
    assert.match(
      stderr,
      new RegExp(`nothing was removed: no stack of lab is in account ${MOTO_ACCOUNT}, region ${REGION}`),
    )
  })
})
