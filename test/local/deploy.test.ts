import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { belongsTo, type PlannedStack, readAssembly } from '../../lib/deploy/assembly.ts'
import { synthesize } from '../../lib/deploy/cdk.ts'
import { environmentNames, loadEnvironment } from '../../lib/environment.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { type CreatedResource, inventory, parameters, resourcesOf, stackNames } from './moto-inventory.ts'

const REGION = 'eu-west-1'
/** moto loses outputs of stacks that are made from change sets. */
const DIRECT = ['--method=direct', '--ci']

describe('a real cdk deploy against a local endpoint', function () {
  this.timeout(300_000)
  let moto: Moto

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`cdk deploy: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, REGION)
    await bootstrap()
  })
  // What a failed test leaves is no finding of the next one.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return
    await moto.reset()
    await bootstrap()
  })
  after(async () => {
    await moto?.[Symbol.asyncDispose]()
  })

  const bootstrap = () => cdk(moto, 'bootstrap', `aws://${MOTO_ACCOUNT}/${REGION}`, '--app', '')

  for (const name of environmentNames()) {
    it(`creates every resource of ${name}, and removes all but the evidence`, async () => {
      assert.equal(loadEnvironment(name).region, REGION)
      const folder = join(moto.dir, `assembly-${name}`)
      await synthesize(name, folder, { root: packageRoot(), env: moto.env })
      const stacks = readAssembly(folder)
      replaceStagedFiles(folder)
      await cdk(moto, 'deploy', '--app', folder, '--all', '--require-approval', 'never', ...DIRECT)

      const created = new Map<string, readonly CreatedResource[]>()
      for (const stack of stacks) created.set(stack.name, await resourcesOf(moto, stack.name))
      sayWhatWasSkipped(name, stacks, created)
      const differences = stacks.flatMap(stack => compare(stack, created.get(stack.name) ?? []))
      assert.deepEqual(differences, [])
      const unknown = missingFrom(await inventory(moto), [...created.values()].flat())
      assert.deepEqual(unknown, [], 'resources that CloudFormation lists and their own service does not know')
      await checkNodeSettings(moto, name)

      const own = stacks.filter(stack => belongsTo(name, stack.name)).map(stack => stack.name)
      await cdk(moto, 'destroy', '--app', folder, '--force', ...own, '--ci')
      assert.deepEqual(await stackNames(moto), ['AftershockEvidence', 'CDKToolkit'])
      const known = await inventory(moto)
      const left = own.flatMap(stack => created.get(stack) ?? []).filter(isIn(known))
      assert.deepEqual(left, [], 'resources that outlived their stack')
      const evidence = created.get('AftershockEvidence')?.filter(({ type }) => type === 'AWS::S3::Bucket')
      assert.equal(evidence?.filter(isIn(known)).length, 1)
    })
  }
})

describe('the comparison of a template with what was created', () => {
  const of = (logicalId: string, type: string) => ({
    stack: 'S',
    logicalId,
    type,
    properties: {},
    remains: 'nothing' as const,
  })
  const stack: PlannedStack = {
    name: 'S',
    region: REGION,
    resources: [of('A', 'AWS::EC2::Volume'), of('B', 'AWS::EC2::Volume'), of('C', 'AWS::X::Y')],
  }
  const created = (logicalId: string, type: string, status = 'CREATE_COMPLETE'): CreatedResource => ({
    logicalId,
    type,
    status,
    physicalId: `id-${logicalId}`,
  })
  const A = created('A', 'AWS::EC2::Volume')
  const B = created('B', 'AWS::EC2::Volume')

  it('finds no difference in a kind that the endpoint does not know at all', () => {
    assert.deepEqual(compare(stack, [A, B, created('', '')]), [])
    assert.deepEqual([...skippedKinds(stack, [A, B])], ['AWS::X::Y'])
  })

  it('finds a resource that is missing, unfinished, of another kind, or in no template', () => {
    assert.deepEqual(compare(stack, [A]), ['S: AWS::EC2::Volume B was not created'])
    assert.deepEqual(compare(stack, [A, created('B', 'AWS::EC2::Volume', 'CREATE_FAILED')]), [
      'S: AWS::EC2::Volume B is CREATE_FAILED',
    ])
    assert.deepEqual(compare(stack, [A, created('B', 'AWS::EC2::VPC')]), [
      'S: B is AWS::EC2::VPC, not AWS::EC2::Volume',
    ])
    assert.deepEqual(compare(stack, [A, B, created('D', 'AWS::EC2::VPC')]), [
      'S: AWS::EC2::VPC D is in no template',
    ])
  })

  it('finds a resource that CloudFormation lists and its service does not know', () => {
    const known = new Map([['AWS::EC2::Volume', new Set(['id-A'])]])
    assert.deepEqual(missingFrom(known, [A, B]), [B])
  })
})

describe('npm run deploy', function () {
  this.timeout(120_000)

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
    assert.match(stdout, /Not in that sum, because it is billed by what is done with it/)
    assert.doesNotMatch(stdout, /has no price for it|it is not known what it costs/)
  })

  it('creates nothing without --yes', async () => {
    const { status, stdout, stderr } = await program('deploy', '--environment', 'lab', '--json')
    assert.equal(status, 75)
    assert.match(stderr, /nothing was created: that takes --yes/)
    assert.equal((JSON.parse(stdout) as { environment: string }).environment, 'lab')
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
    assert.match(stderr, /Allowed choices are automq, kafka, kafka-tiered, lab/)
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
    return run(process.execPath, [packageFile('bin', 'deploy.mjs'), ...args], withoutCredentials())
  }
})

/**
 * Distributions come from Maven and from releases, and the program is bundled, when a deployment uploads them.
 * Here each is one small file: what is uploaded is not what this test is about.
 */
function replaceStagedFiles(folder: string): void {
  writeFileSync(join(folder, 'staged'), 'stands for a distribution')
  for (const file of readdirSync(folder).filter(entry => entry.endsWith('.assets.json'))) {
    const path = join(folder, file)
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: Record<string, { source: object }> }
    for (const asset of Object.values(manifest.files))
      if ('executable' in asset.source) asset.source = { path: 'staged', packaging: 'file' }
    writeFileSync(path, JSON.stringify(manifest))
  }
}

/** A kind of which nothing exists is one that the endpoint does not know: it is said, and no difference. */
function skippedKinds(stack: PlannedStack, created: readonly CreatedResource[]): ReadonlySet<string> {
  const existing = new Set(created.map(({ type }) => type))
  return new Set(stack.resources.map(({ type }) => type).filter(type => !existing.has(type)))
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

function compare(stack: PlannedStack, created: readonly CreatedResource[]): string[] {
  const skipped = skippedKinds(stack, created)
  const byId = new Map(created.map(resource => [resource.logicalId, resource]))
  const planned = new Map(stack.resources.map(resource => [resource.logicalId, resource]))
  const missing = stack.resources.flatMap(({ logicalId, type }) => {
    const found = byId.get(logicalId)
    if (skipped.has(type)) return []
    if (!found) return [`${stack.name}: ${type} ${logicalId} was not created`]
    if (found.type !== type) return [`${stack.name}: ${logicalId} is ${found.type}, not ${type}`]
    return found.status === 'CREATE_COMPLETE'
      ? []
      : [`${stack.name}: ${type} ${logicalId} is ${found.status}`]
  })
  const extra = created
    .filter(({ logicalId }) => logicalId !== '' && !planned.has(logicalId))
    .map(({ logicalId, type }) => `${stack.name}: ${type} ${logicalId} is in no template`)
  return [...missing, ...extra]
}

function isIn(known: ReadonlyMap<string, ReadonlySet<string>>) {
  return ({ type, physicalId }: CreatedResource) => known.get(type)?.has(physicalId) ?? false
}

function missingFrom(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  resources: readonly CreatedResource[],
): readonly CreatedResource[] {
  return resources.filter(resource => known.has(resource.type) && !isIn(known)(resource))
}

/** What a node would read: every name documented, no placeholder of the CDK left, the script where it says. */
async function checkNodeSettings(moto: Moto, environment: string): Promise<void> {
  const documented = new Set(
    readFileSync(packageFile('lib', 'assets', 'README.md'), 'utf8').match(/[A-Z][A-Z0-9_]+/g),
  )
  const all = await parameters(moto)
  const nodes = [...all].filter(([name]) => name.endsWith('/node.env'))
  assert.ok(nodes.length >= 6, `${environment} has ${nodes.length} nodes`)
  for (const [name, value] of all) assert.doesNotMatch(value, /\$\{|Token\[|AWS::/, name)
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

async function cdk(moto: Moto, ...args: string[]): Promise<void> {
  const { status, stderr, stdout } = await run(
    process.execPath,
    [packageFile('node_modules', 'aws-cdk', 'bin', 'cdk'), ...args],
    moto.env,
  )
  assert.equal(status, 0, `cdk ${args[0]} ended with ${status}:\n${stdout}\n${stderr}`)
}

async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const options = { cwd: packageRoot(), env, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(command, [...args], options, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

function withoutCredentials(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}
