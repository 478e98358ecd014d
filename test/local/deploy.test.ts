import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { belongsTo, type PlannedStack, readAssembly } from '../../lib/deploy/assembly.ts'
import { synthesize } from '../../lib/deploy/cdk.ts'
import { environmentNames } from '../../lib/environment.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { type Checkout, copyCheckout } from './checkout.ts'
import { compare, isIn, missingFrom, skippedKinds } from './deployed-resources.ts'
import { impatient, runStateMachine, templateOf } from './moto-state-machine.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { type CreatedResource, inventory, parameters, resourcesOf, stackNames } from './moto-inventory.ts'
import { run } from './run-program.ts'

const REGION = 'eu-west-1'
/** moto loses outputs of stacks that are made from change sets. */
const DIRECT = ['--method=direct', '--ci']

describe('npm run deploy and npm run destroy, for real against a local endpoint', function () {
  this.timeout(1_200_000)
  let moto: Moto
  let checkout: Checkout

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`deployments: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, REGION)
    checkout = copyCheckout(moto.dir)
    await bootstrapAccount(moto, REGION)
  })
  // What a failed test leaves is no finding of the next one.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return
    await moto.reset()
    await bootstrapAccount(moto, REGION)
  })
  after(async () => {
    await moto?.[Symbol.asyncDispose]()
  })

  /** The program of the changed checkout. The rules of CloudFormation are another test's. */
  const program = (...args: string[]) =>
    run(process.execPath, [join(checkout.root, 'bin', 'aftershock.mjs'), ...args], {
      ...moto.env,
      CDK_VALIDATION: 'false',
    })

  for (const name of environmentNames()) {
    it(`creates every resource of ${name}, and removes all but the evidence`, async () => {
      const folder = join(moto.dir, `assembly-${name}`)
      await synthesize(name, folder, { root: checkout.root, env: { ...moto.env, CDK_VALIDATION: 'false' } })
      const stacks = readAssembly(folder)
      const deployed = await program('deploy', '--environment', name, '--yes', '--', ...DIRECT)
      assert.equal(deployed.status, 0, deployed.stderr)
      assert.match(
        deployed.stderr,
        new RegExp(`^account ${MOTO_ACCOUNT}, region ${REGION}, as arn:aws:`, 'm'),
      )
      assert.doesNotMatch(deployed.stdout, /Not deployable yet/)

      const created = new Map<string, readonly CreatedResource[]>()
      for (const stack of stacks) created.set(stack.name, await resourcesOf(moto, stack.name))
      sayWhatWasSkipped(name, stacks, created)
      const differences = stacks.flatMap(stack => compare(stack, created.get(stack.name) ?? []))
      assert.deepEqual(differences, [])
      const unknown = missingFrom(await inventory(moto), [...created.values()].flat())
      assert.deepEqual(unknown, [], 'resources that CloudFormation lists and their own service does not know')
      await checkNodeSettings(moto, name)

      const destroyed = await program('destroy', '--environment', name, '--yes')
      assert.equal(destroyed.status, 0, destroyed.stderr)
      assert.match(
        destroyed.stdout,
        new RegExp(`What is left in account ${MOTO_ACCOUNT}, region ${REGION}\n  AftershockEvidence\n`),
      )
      assert.deepEqual(await stackNames(moto), ['AftershockEvidence', 'CDKToolkit'])
      const own = stacks.filter(stack => belongsTo(name, stack.name)).map(stack => stack.name)
      const known = await inventory(moto)
      const left = own.flatMap(stack => created.get(stack) ?? []).filter(isIn(known))
      assert.deepEqual(left, [], 'resources that outlived their stack')
      const evidence = created.get('AftershockEvidence')?.filter(({ type }) => type === 'AWS::S3::Bucket')
      assert.equal(evidence?.filter(isIn(known)).length, 1)
    })
  }

  it('removes all but the evidence when it has expired, as its schedule would start it', async () => {
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
    const { status, stderr } = await program('destroy', '--environment', 'lab', '--yes')
    assert.equal(status, 69, stderr)
    assert.match(
      stderr,
      new RegExp(`nothing was removed: no stack of lab is in account ${MOTO_ACCOUNT}, region ${REGION}`),
    )
  })
})

function sayWhatWasSkipped(
  environment: string,
  stacks: readonly PlannedStack[],
  created: ReadonlyMap<string, readonly CreatedResource[]>,
): void {
  const skipped = stacks.flatMap(stack => [...skippedKinds(stack, created.get(stack.name) ?? [])])
  const kinds = [...new Set(skipped)].sort((a, b) => a.localeCompare(b)).join(', ')
  process.stderr.write(`      ${environment}: the endpoint skipped ${kinds === '' ? 'no kind' : kinds}\n`)
}

/** What a node would read: every name documented, no placeholder of the CDK left, the script where it says. */
async function checkNodeSettings(moto: Moto, environment: string): Promise<void> {
  const documented = new Set(
    readFileSync(packageFile('lib', 'assets', 'README.md'), 'utf8').match(/[A-Z][A-Z0-9_]+/g),
  )
  const all = await parameters(moto)
  const nodes = [...all].filter(([name]) => name.endsWith('/node.env'))
  assert.ok(nodes.length >= 6, `${environment} has ${nodes.length} nodes`)
  // What Connect reads from a file when it starts is no placeholder of the CDK.
  for (const [name, value] of all) assert.doesNotMatch(value, /\$\{(?!file:)|Token\[|AWS::/, name)
  for (const [name, env] of nodes) {
    const settings = Object.fromEntries(
      [...env.matchAll(/^([A-Z0-9_]+)='([^']*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
    )
    assert.equal(env.trim().split('\n').length, Object.keys(settings).length, `${name} is NAME='value' lines`)
    assert.deepEqual(
      Object.keys(settings).filter(key => !documented.has(key)),
      [],
      `${name} has settings that lib/assets/README.md does not explain`,
    )
    assert.equal(name, `${settings.PARAMETER_PATH}/node.env`)
    for (const file of settings.FILES?.split(' ').filter(Boolean) ?? [])
      assert.ok(all.has(`${settings.PARAMETER_PATH}/${file}`), `${name} names ${file}, which is no parameter`)
    const script = await moto.get('s3', settings.BOOTSTRAP_URI?.replace('s3://', '') ?? '')
    assert.equal(createHash('sha256').update(script).digest('hex'), settings.BOOTSTRAP_SHA256, name)
  }
}
