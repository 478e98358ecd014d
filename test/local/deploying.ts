import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../../chaos/package-root.ts'
import { belongsTo, type PlannedStack, readAssembly } from '../../lib/deploy/assembly.ts'
import { synthesize } from '../../lib/deploy/cdk.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { type Checkout, copyCheckout } from './checkout.ts'
import { compare, isIn, missingFrom, skippedKinds } from './deployed-resources.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { type CreatedResource, inventory, parameters, resourcesOf, stackNames } from './moto-inventory.ts'
import { run } from './run-program.ts'

export const REGION = 'eu-west-1'
/** moto loses outputs of stacks that are made from change sets. */
export const DIRECT = ['--method=direct', '--ci']

/** An account at a local endpoint, and a checkout whose files have checksums. */
export interface DeployingPlace extends AsyncDisposable {
  readonly moto: Moto
  readonly checkout: Checkout
  /** The program of the changed checkout. The rules of CloudFormation are another test's. */
  readonly program: (...args: string[]) => ReturnType<typeof run>
}

/** @returns null, said on standard error, where tools are missing */
export async function openDeployingPlace(): Promise<DeployingPlace | null> {
  const tools = pythonTools('moto_server', 'aws')
  if (typeof tools === 'string') {
    process.stderr.write(`deployments: skipped, because ${tools}\n`)
    return null
  }
  const moto = await startMoto(tools, REGION)
  const checkout = copyCheckout(moto.dir)
  await bootstrapAccount(moto, REGION)
  return {
    moto,
    checkout,
    program: (...args) =>
      run(process.execPath, [join(checkout.root, 'bin', 'aftershock.mjs'), ...args], {
        ...moto.env,
        CDK_VALIDATION: 'false',
      }),
    [Symbol.asyncDispose]: () => moto[Symbol.asyncDispose](),
  }
}

/** Deploys an environment, compares all that it made with its templates, and removes it. */
export async function deploysAndRemoves(name: string, place: DeployingPlace): Promise<void> {
  const { moto, checkout, program } = place
  const folder = join(moto.dir, `assembly-${name}`)
  await synthesize(name, folder, { root: checkout.root, env: { ...moto.env, CDK_VALIDATION: 'false' } })
  const stacks = readAssembly(folder)
  const deployed = await program('deploy', '--environment', name, '--yes', '--', ...DIRECT)
  assert.equal(deployed.status, 0, deployed.stderr)
  assert.match(deployed.stderr, new RegExp(`^account ${MOTO_ACCOUNT}, region ${REGION}, as arn:aws:`, 'm'))
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
}

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
