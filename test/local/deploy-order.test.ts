import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { exitStatusOf } from '../../chaos/cli.ts'
import * as deployCommand from '../../chaos/commands/deploy.ts'
import * as destroyCommand from '../../chaos/commands/destroy.ts'
import type { Io } from '../../chaos/commands/io.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { AwsAccount } from '../../lib/deploy/account.ts'
import type { AccountFacts } from '../../lib/deploy/preflight/account-facts.ts'
import { askedOf, NO_LACKS, NO_USE, STACKS, standInAccount, writeAssembly, writeCdk } from './stand-in-cdk.ts'

const FOUND = new AftershockError('unavailable', 'there are no AWS credentials')

/** What `deploy` and `destroy` do in which order, and how they end, with a program that stands for cdk. */
describe('deploy and destroy, step by step', function () {
  this.timeout(30_000)
  let root = ''
  let env: NodeJS.ProcessEnv = {}
  let account: AwsAccount
  let facts: AccountFacts
  let reasons: string[] = []
  let paused: number[] = []
  let said = { out: '', err: '' }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-deploy-'))
    env = { PATH: process.env.PATH, HOME: root, XDG_CACHE_HOME: join(root, 'cache') }
    said = { out: '', err: '' }
    account = standInAccount(root)
    facts = NO_LACKS
    reasons = []
    paused = []
    writeAssembly(root)
    writeCdk(root)
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** @returns the name of the exit status */
  const program = async (argv: readonly string[], today = '2026-11-23') => {
    const io: Io = {
      stdout: { write: text => (said.out += text) },
      stderr: { write: text => (said.err += text) },
      env,
      cwd: root,
      isTerminal: false,
    }
    const command = new Command('aftershock').exitOverride().configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
    })
    const readPrices = () => ({ file: 'prices.json', sha256: '', prices: [] })
    const clock = { ...systemClock, sleep: (ms: number) => Promise.resolve(void paused.push(ms)) }
    const aid = () => ({
      whyNotDeleted: () => Promise.resolve(reasons),
      buckets: (stack: string) => Promise.resolve(stack.endsWith('Cluster') ? ['records'] : []),
      expireObjects: (bucket: string) => Promise.resolve(void (said.err += `expires ${bucket}\n`)),
    })
    const parts = {
      root,
      today,
      aws: account,
      facts: () => facts,
      readPrices,
      priceUse: () => NO_USE,
      clock,
      aid,
    }
    for (const { register } of [deployCommand, destroyCommand]) register(command, io, parts)
    try {
      await command.parseAsync([...argv], { from: 'user' })
      return 'pass'
    } catch (error) {
      const status = exitStatusOf(error, io)
      return Object.entries(EXIT).find(([, value]) => value === status)?.[0]
    }
  }
  const deploy = (...more: string[]) => program(['deploy', '--environment', 'lab', '--yes', ...more])
  const destroy = () => program(['destroy', '--environment', 'lab', '--yes'])
  const asked = () => askedOf(root)

  it('stages every file, then deploys what was shown, with the arguments that are for cdk', async () => {
    assert.equal(await deploy('--', '--concurrency', '3'), 'pass', said.err)
    assert.equal(asked().length, 1)
    assert.match(asked()[0] ?? '', /^deploy --app \S+ --all --require-approval never --concurrency 3$/)
    assert.match(said.err, /account 123456789012, region eu-west-1[\s\S]+staging file:/)
  })

  it('asks cdk for nothing when nobody knows whose account it is', async () => {
    account = { ...account, caller: () => Promise.reject(FOUND) }
    assert.equal(await deploy(), 'unavailable')
    assert.equal(await destroy(), 'unavailable')
    assert.match(said.err, /there are no AWS credentials/)
    assert.deepEqual(asked(), [])
  })

  it('stages nothing in an account that lacks something, and deploys all the same when told to', async () => {
    facts = {
      ...facts,
      quota: () => Promise.resolve(0),
      bucketKey: () => Promise.resolve({ kind: 'missing' }),
    }
    assert.equal(await deploy(), 'unavailable')
    assert.match(
      said.err,
      /nothing was created: 2 things are lacking\n {2}bootstrap-bucket: eu-west-1 was never bootstrapped[^\n]+\n +npx cdk bootstrap aws:\/\/123456789012\/eu-west-1 -c environment=lab\n {2}vpc-quota: /,
    )
    assert.match(said.err, /To deploy all the same: --unchecked bootstrap-bucket,vpc-quota\n$/)
    assert.doesNotMatch(said.err, /staging/)
    assert.deepEqual(asked(), [])
    assert.equal(await deploy('--unchecked', 'bootstrap-bucket,vpc-quota'), 'pass', said.err)
    assert.match(said.err, /not checked, as asked: bootstrap-bucket, vpc-quota\n/)
  })

  it('leaves out no check that there is none of', async () => {
    assert.equal(await deploy('--unchecked', 'vcpu-qouta'), 'usage')
    assert.match(
      said.err,
      /there is no check vcpu-qouta\nIt is some of prices, bootstrap-bucket, vcpu-quota, /,
    )
    assert.equal(await deploy('--unchecked', ''), 'usage')
    assert.deepEqual(asked(), [])
  })

  it('changes nothing when a machine would be replaced in its slot, and says what does it', async () => {
    const template = (name: string) => ({
      Resources: {
        Template: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { ImageId: name } } },
        Slot: {
          Type: 'AWS::EC2::Instance',
          Properties: {
            LaunchTemplate: { Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] } },
            Tags: [{ Key: 'Name', Value: 'kafka-1' }],
          },
        },
      },
    })
    const planned = join(root, 'assembly', 'Aftershock-lab-Cluster.template.json')
    writeFileSync(planned, JSON.stringify(template('ami-new')))
    const deployed = (name: string) => () => Promise.resolve(JSON.stringify(template(name)))
    account = { ...account, template: deployed('ami-old') }
    assert.equal(await deploy(), 'refused')
    assert.match(said.err, /kafka-1: LaunchTemplateData of Template would change/)
    assert.match(said.err, /aftershock deploy --environment lab --yes --absent kafka-1\n/)
    assert.deepEqual(asked(), [])
    account = { ...account, template: deployed('ami-new') }
    assert.equal(await deploy('--unchecked', 'prices'), 'pass', said.err)
    const failed = [{ name: 'Aftershock-lab-Cluster', status: 'ROLLBACK_COMPLETE' }]
    account = { ...account, template: deployed('ami-old'), stacks: () => Promise.resolve(failed) }
    assert.equal(await deploy('--unchecked', 'prices'), 'pass', said.err)
  })

  it('looks at every file before it ends over one, and says which and why', async () => {
    writeAssembly(root, [
      ['file:/no/such/file', '0'.repeat(64)],
      ['maven-jars:no/such/folder', '0'.repeat(64)],
      [`file:${join(root, 'cdk.js')}`, 'unset'],
    ])
    assert.equal(await deploy(), 'input')
    assert.match(said.err, /nothing was created: 3 of 4 files that nodes need could not be staged/)
    assert.match(said.err, /Compare each SHA-256 above with what the publisher says/)
    assert.match(said.out, /Not deployable yet: [^\n]+\n {2}file:\S+cdk\.js has no checksum/)
    assert.deepEqual(asked(), [])
  })

  it('tells a file that is not to be had from one that is wrong', async () => {
    writeAssembly(root, [['https://127.0.0.1:9/x', '0'.repeat(64)]])
    assert.equal(await deploy(), 'unavailable')
    assert.deepEqual(asked(), [])
  })

  it('creates nothing that has expired, and removes it', async () => {
    assert.equal(await program(['deploy', '--environment', 'lab', '--yes'], '9999-01-01'), 'input')
    assert.match(said.err, /lab\.yaml:\d+:\d+ expires: \S+ has passed; expected a day from 9999-01-01 on/)
    assert.match(said.out, /Not deployable yet/)
    assert.equal(await program(['destroy', '--environment', 'lab', '--yes'], '9999-01-01'), 'pass')
  })

  it('says how to go on when cdk fails, with the account and region that a bootstrap needs', async () => {
    writeCdk(root, { deploy: [1], destroy: [1] })
    const failed = await deploy()
    assert.equal(failed, 'unavailable')
    assert.match(said.err, /cdk deploy failed; what it said is above\n/)
    assert.match(said.err, /npx cdk bootstrap aws:\/\/123456789012\/eu-west-1 -c environment=lab\n/)
    assert.equal(await destroy(), 'unavailable')
    assert.match(said.err, /Destroying again goes on where it stopped/)
  })

  it('ends as interrupted when Ctrl-C ended cdk', async () => {
    writeCdk(root, { deploy: ['SIGINT'], destroy: ['SIGINT'] })
    assert.equal(await deploy(), 'interrupted')
    assert.equal(await destroy(), 'interrupted')
  })

  it('removes the stacks of the environment that exist, and says what is left', async () => {
    assert.equal(await destroy(), 'pass', said.err)
    assert.match(
      asked()[0] ?? '',
      /^destroy --app \S+ --force Aftershock-lab-Network Aftershock-lab-Cluster$/,
    )
    assert.match(
      said.out,
      /What is left in account 123456789012, region eu-west-1\n {2}AftershockEvidence\n {2}CDKToolkit\n$/,
    )
  })

  it('has S3 empty the buckets too, and tries again what did not go, saying why', async () => {
    writeCdk(root, { destroy: [1, 1, 0] })
    reasons = ['AWS::EC2::Volume Data: VolumeInUse']
    assert.equal(await destroy(), 'pass', said.err)
    assert.match(said.err, /^expires records\n/m)
    assert.match(
      said.err,
      /Aftershock-lab-Cluster: AWS::EC2::Volume Data: VolumeInUse\ntrying again in 60 s, what is left: Aftershock-lab-Network, /,
    )
    assert.equal(asked().length, 3)
    assert.deepEqual(paused, [60_000, 120_000])
  })

  it('gives up what does not go after four tries', async () => {
    writeCdk(root, { destroy: [1] })
    assert.equal(await destroy(), 'unavailable')
    assert.equal(asked().length, 4)
    assert.match(said.err, /cdk destroy failed/)
  })

  it('does not try again what was interrupted', async () => {
    writeCdk(root, { destroy: ['SIGINT'] })
    assert.equal(await destroy(), 'interrupted')
    assert.equal(asked().length, 1)
  })

  it('says that there is nothing to remove, and which account and region it looked at', async () => {
    account = { ...account, stacks: () => Promise.resolve([]) }
    assert.equal(await destroy(), 'unavailable')
    assert.match(
      said.err,
      /no stack of lab is in account 123456789012, region eu-west-1\nIs it in another account/,
    )
    assert.deepEqual(asked(), [])
  })

  it('shows what would be removed, which is all that --plan asks for', async () => {
    assert.equal(await program(['destroy', '--environment', 'lab', '--plan']), 'pass')
    assert.match(said.out, /What is removed, with all data in it\n {2}Aftershock-lab-Network: 1 resources\n/)
    assert.equal(await program(['destroy', '--environment', 'lab']), 'refused')
    assert.deepEqual(asked(), [])
  })

  it('begins nothing when a stack exists that the file does not make any more', async () => {
    const exist = [...STACKS, 'Aftershock-lab-Connect'].map(name => ({ name, status: 'CREATE_COMPLETE' }))
    account = { ...account, stacks: () => Promise.resolve(exist) }
    assert.equal(await destroy(), 'input')
    assert.match(said.err, /nothing was removed: Aftershock-lab-Connect in account 123456789012/)
    assert.deepEqual(asked(), [])
  })

  it('does not believe cdk that a stack is gone which is still there', async () => {
    const exist = STACKS.map(name => ({ name, status: 'DELETE_FAILED' }))
    account = { ...account, stacks: () => Promise.resolve(exist) }
    assert.equal(await destroy(), 'unavailable')
    assert.match(said.err, /Aftershock-lab-Network, Aftershock-lab-Cluster did not go/)
  })

  it('takes no stray words, which would be stacks to cdk', async () => {
    const all = ['AftershockEvidence', '*']
    assert.equal(await program(['destroy', '--environment', 'lab', '--yes', ...all]), 'usage')
    assert.equal(await program(['destroy', '--environment', 'lab', '--yes', '--', ...all]), 'usage')
    assert.equal(await deploy(...all), 'usage')
    assert.match(said.err, /Arguments for cdk deploy itself come after a -- of their own/)
    assert.equal(await deploy('--', '--profile', 'mine'), 'usage')
    assert.match(said.err, /set AWS_PROFILE instead/)
    assert.deepEqual(asked(), [])
  })

  it('says which option was meant, and that npm keeps those before the --', async () => {
    assert.equal(await program(['deploy', '--enviroment', 'lab']), 'usage')
    assert.match(said.err, /unknown option '--enviroment'\n\(Did you mean --environment\?\)/)
    assert.equal(await program(['deploy']), 'usage')
    assert.match(
      said.err,
      /expected --environment <one of automq, automq-router, kafka, kafka-tiered, lab, or the path of a file>/,
    )
    env.npm_config_environment = 'kafka'
    assert.equal(await program(['deploy', 'kafka']), 'usage')
    assert.match(said.err, /npm took --environment for itself\. Options come after a --/)
  })
})
