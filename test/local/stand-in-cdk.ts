import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../../chaos/package-root.ts'
import type { EnvironmentUse } from '../../chaos/platforms/environment-load.ts'
import type { AwsAccount } from '../../lib/deploy/account.ts'
import type { AccountFacts } from '../../lib/deploy/preflight/account-facts.ts'
import { sha256 } from './moto-node.ts'

export const STACKS = ['AftershockEvidence', 'Aftershock-lab-Network', 'Aftershock-lab-Cluster']

/** What the program that stands for cdk gives as synthesized: three stacks, and files to stage. */
export function writeAssembly(
  root: string,
  more: readonly (readonly [source: string, sha256: string])[] = [],
): void {
  const folder = join(root, 'assembly')
  mkdirSync(folder, { recursive: true })
  const file = join(root, 'distribution')
  writeFileSync(file, 'stands for a distribution')
  const stager = packageFile('lib', 'assets', 'stage-distribution.mjs')
  const sources = [[`file:${file}`, sha256(file)], ...more]
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content))
  const artifacts = STACKS.map(name => [
    name,
    { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/eu-west-1' },
  ])
  write('manifest.json', { artifacts: Object.fromEntries(artifacts) })
  for (const name of STACKS) write(`${name}.template.json`, { Resources: { Vpc: { Type: 'AWS::EC2::VPC' } } })
  const files = sources.map((words, index) => [
    String(index),
    {
      source: { executable: [process.execPath, stager, ...words] },
      destinations: { here: { bucketName: 'assets-${AWS::AccountId}-${AWS::Region}' } },
    },
  ])
  write('Aftershock-lab-Cluster.assets.json', { files: Object.fromEntries(files) })
}

/** How the stand-in ends, try by try; the last is that of all others. A removal that ends with 0 removed everything. */
export interface CdkEnds {
  readonly deploy?: readonly (number | 'SIGINT')[]
  readonly destroy?: readonly (number | 'SIGINT')[]
}

/** Writes down what it is asked for; synthesizes what there is, and ends everything else as it is told. */
export function writeCdk(root: string, ends: CdkEnds = {}): void {
  const bin = join(root, 'node_modules', 'aws-cdk', 'bin')
  mkdirSync(bin, { recursive: true })
  // By which a package is known to be installed.
  writeFileSync(join(bin, '..', 'package.json'), '{"name":"aws-cdk"}')
  writeFileSync(join(root, 'cdk.js'), 'a file of which nobody knows the digest')
  writeFileSync(
    join(bin, 'cdk'),
    `const { appendFileSync, cpSync, readFileSync, writeFileSync } = require('node:fs')
const { root, ends } = ${JSON.stringify({ root, ends })}
const args = process.argv.slice(2)
appendFileSync(root + '/asked', args.join(' ') + '\\n')
if (args[0] === 'synth') cpSync(root + '/assembly', args[args.indexOf('--output') + 1], { recursive: true })
else {
  const tries = readFileSync(root + '/asked', 'utf8').split('\\n').filter(line => line.startsWith(args[0]))
  const end = ends[args[0]]?.[Math.min(tries.length, ends[args[0]].length) - 1] ?? 0
  writeFileSync(root + '/group-' + args[0], readFileSync('/proc/self/stat', 'utf8').split(' ')[4])
  if (args[0] === 'destroy' && end === 0) writeFileSync(root + '/gone', '')
  if (end === 'SIGINT') process.kill(process.pid, 'SIGINT')
  else process.exitCode = end
}
`,
  )
}

/** What cdk was asked for, but for synthesis. */
export function askedOf(root: string): string[] {
  const asked = join(root, 'asked')
  const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []
  return lines.filter(line => !line.startsWith('synth '))
}

/** An account with the stacks, from the beginning or once they are deployed, until they are removed. */
export function standInAccount(root: string, fromTheBeginning = true): AwsAccount {
  return {
    caller: () => Promise.resolve({ account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me' }),
    stacks() {
      const isDeployed = fromTheBeginning || askedOf(root).some(line => line.startsWith('deploy '))
      const gone = existsSync(join(root, 'gone')) || !isDeployed
      const left = [...STACKS, 'CDKToolkit'].filter(name => !gone || !name.startsWith('Aftershock-lab-'))
      return Promise.resolve(left.map(name => ({ name, status: 'CREATE_COMPLETE' })))
    },
    template: () => Promise.resolve('{}'),
  }
}

/** Of an account that lacks nothing. */
export const NO_LACKS: AccountFacts = {
  quota: () => Promise.resolve(5),
  runningInstances: () => Promise.resolve([]),
  vcpus: () => Promise.resolve(new Map()),
  zonesWith: () => Promise.resolve(new Map()),
  networks: () => Promise.resolve([]),
  hasRole: () => Promise.resolve(true),
  makeServiceRole: () => Promise.resolve(),
  bucketKey: () => Promise.resolve({ kind: 'aws' }),
}

/** Nothing costs anything. */
export const NO_USE: EnvironmentUse = { lines: [], unpriced: [], hourlyUsd: 0, monthlyUsd: 0 }
