import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { putParameter } from './moto-node.ts'
import { makeNetwork, type MotoNetwork } from './moto-network.ts'
import { run } from './run-program.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const SWITCH = '/aftershock/mine/chaos/switch'
const LOCK = '/aftershock/mine/chaos/lock'

/** The driver's deeds against a local EC2, each broken by one process, which dies of SIGKILL, and healed by another. */
describe('a deployed environment, broken and healed', function () {
  this.timeout(240_000)
  let moto: Moto
  let mine: MotoNetwork
  let theirs: MotoNetwork
  let file: string

  before(async function () {
    const tools = pythonTools('moto_server')
    if (typeof tools === 'string') {
      process.stderr.write(`AWS driver: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    file = join(moto.dir, 'mine.yaml')
    writeFileSync(file, environmentFile(`account: '${MOTO_ACCOUNT}'\n`))
  })
  beforeEach(async () => {
    mine = await makeNetwork(moto, 'mine')
    theirs = await makeNetwork(moto, 'theirs', { cidr: '10.22.0.0/16' })
    await putParameter(moto, SWITCH, 'armed')
  })
  afterEach(() => moto?.reset())
  after(() => moto?.[Symbol.asyncDispose]())

  const aws = (...args: string[]) => run(process.execPath, [PROGRAM, 'aws', ...args], moto.env)
  const status = async () => {
    const { status: code, stdout } = await aws('status', '--environment', file, '--json')
    return { code, ...(JSON.parse(stdout) as StandingDocument) }
  }

  /** Breaks something in a process of its own, which is killed the moment that it says so. */
  async function breakAndDie(deeds: readonly string[]): Promise<void> {
    const script = `
      import { sdkAccount } from ${JSON.stringify(packageFile('chaos/drivers/aws/sdk-account.ts'))}
      import { AwsHands } from ${JSON.stringify(packageFile('chaos/drivers/aws/hands.ts'))}
      import { systemClock } from ${JSON.stringify(packageFile('chaos/system-clock.ts'))}
      const account = await sdkAccount('eu-west-1', systemClock)
      const hands = new AwsHands({ account, environment: 'mine', clock: systemClock, permit: async () => {} })
      await account.change.createParameter('${LOCK}', JSON.stringify({ run: 'r', host: 'h', pid: process.pid, at: 'now' }))
      ${deeds.map(deed => `await hands.${deed}`).join('\n      ')}
      process.stdout.write('broken')
      setInterval(() => {}, 1000)
    `
    mkdirSync(join(moto.dir, 'scripts'), { recursive: true })
    const path = join(moto.dir, 'scripts', 'break.mts')
    writeFileSync(path, script)
    const child = spawn(process.execPath, ['--import', 'tsx', path], {
      cwd: packageFile('.'),
      env: moto.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', chunk => {
      said += String(chunk)
    })
    const gone = new Promise(resolve => child.once('exit', resolve))
    try {
      await waitFor('it to be broken', () => said.includes('broken'), {
        clock: systemClock,
        deadlineMs: 60_000,
      })
    } finally {
      child.kill('SIGKILL')
      await gone
    }
  }

  it('is healed by two others at once, and again, after whoever broke all of it was killed', async () => {
    const whole = await status()
    assert.deepEqual([whole.code, whole.damage, whole.refusals], [0, [], []])
    await breakAndDie([
      "cutZone('az-b', 'cut')",
      "cutZone('az-a', 'cut-keep-s3')",
      "cutStore('az-c')",
      "stopMachines(['kafka-2', 'fleet-az-a-1'])",
    ])
    const during = await status()
    assert.deepEqual(
      during.damage.map(one => one.replaceAll(/\([\w-]+\) /g, '')),
      [
        'brokers of az-a are cut off',
        'clients of az-a are cut off',
        'brokers of az-b are cut off',
        'clients of az-b are cut off',
        'brokers of az-c have no way to S3',
        'kafka-2 is stopped',
        'fleet-az-a-1 is stopped',
        'group mine-fleet-az-a does not bring machines back',
      ],
    )
    assert.equal(during.code, 75)
    assert.match(during.refusals.join('\n'), /^lock: held by run r \(process \d+ on h, since now\)$/)
    const healed = await Promise.all([
      aws('heal', '--environment', file),
      aws('heal', '--environment', file, '--break-lock'),
    ])
    for (const one of healed) assert.equal(one.status, 0, one.stderr)
    assert.match(healed.map(({ stdout }) => stdout).join(''), /the lock of run r .* is taken away/)
    const mended = await status()
    assert.deepEqual([mended.code, mended.damage, mended.refusals], [0, [], []])
    assert.deepEqual(mended.targets, whole.targets)
    const again = await aws('heal', '--environment', file)
    assert.deepEqual([again.status, again.stdout], [0, 'mine: nothing was broken\n'])
  })

  it('is left by a program that is killed, held against the next one, and healed by another', async () => {
    const words = ['break', 'zone-cut', 'az-b', '--environment', file, '--for', '10m']
    const dry = await aws(...words, '--dry-run')
    assert.equal(dry.status, 0, dry.stderr)
    assert.match(
      dry.stdout,
      /^zone-cut in mine, .*\n {2}touches subnet of brokers in az-b .*\n {2}touches subnet of clients in az-b .*\n$/,
    )
    assert.deepEqual((await status()).damage, [])
    const program = spawn(process.execPath, [PROGRAM, 'aws', ...words, '--yes'], {
      env: moto.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    program.stdout.on('data', chunk => {
      said += String(chunk)
    })
    const gone = new Promise(resolve => program.once('exit', resolve))
    try {
      await waitFor('it to be broken', () => said.includes('broken: zone-cut'), {
        clock: systemClock,
        deadlineMs: 90_000,
        lastSeen: () => said,
      })
    } finally {
      program.kill('SIGKILL')
      await gone
    }
    const next = await aws(...words, '--yes')
    assert.equal(next.status, 75)
    assert.match(
      next.stdout,
      /refused by lock: held by run break-\w+ \(process \d+ on [^]*refused by damage: brokers of az-b/,
    )
    const healed = await aws('heal', '--environment', file, '--break-lock')
    assert.equal(healed.status, 0, healed.stderr)
    const { code, damage } = await status()
    assert.deepEqual([code, damage], [0, []])
  })

  it('shows what a drill may touch, and nothing of another environment or of the management', async () => {
    const { targets } = await status()
    const text = JSON.stringify(targets)
    for (const id of Object.values(mine.machines)) assert.ok(text.includes(id))
    for (const id of [...Object.values(theirs.machines), ...Object.values(theirs.subnets), theirs.endpoint])
      assert.ok(!text.includes(id), id)
    for (const zone of ['az-a', 'az-b', 'az-c']) {
      assert.ok(!text.includes(mine.subnets[`management ${zone}`] ?? ''))
      assert.ok(text.includes(mine.subnets[`brokers ${zone}`] ?? ''))
    }
    const { stdout, status: code } = await aws('status', '--environment', file)
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^mine in account 123456789012, eu-west-1\nWhat a drill may touch\n {2}machines:\n {4}kafka-1/,
    )
    assert.match(stdout, /What is broken\n {2}nothing\nWhether a drill may begin\n {2}yes\n$/)
  })

  it('lets no drill begin while the switch is not armed, and says how to arm it', async () => {
    await putParameter(moto, SWITCH, 'not today')
    const { code, refusals } = await status()
    assert.equal(code, 75)
    assert.match(
      refusals.join('\n'),
      /^switch: .* is 'not today', and not 'armed'; to allow drills: aws ssm put-parameter/,
    )
  })

  it('neither begins nor heals in an account that the file does not name', async () => {
    writeFileSync(file, environmentFile("account: '999999999999'\n"))
    try {
      const { code, refusals } = await status()
      assert.equal(code, 75)
      assert.match(
        refusals.join('\n'),
        /^account: mine is in account 999999999999 .* credentials are of 123456789012$/,
      )
      const healed = await aws('heal', '--environment', file)
      assert.equal(healed.status, 75)
      assert.match(
        healed.stderr,
        /healing mine: nothing was touched\n {2}account: mine is in account 999999999999/,
      )
    } finally {
      writeFileSync(file, environmentFile(`account: '${MOTO_ACCOUNT}'\n`))
    }
  })

  it('says what is wrong with credentials and names, and what mends it', async () => {
    const wrong = await aws('status', '--environment', 'kafak')
    assert.equal(wrong.status, 64)
    assert.match(wrong.stderr, /there is no environment kafak\n[^]*expected --environment <one of automq, /)
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...without } = moto.env
    const nobody = await run(process.execPath, [PROGRAM, 'aws', 'status', '--environment', file], {
      ...without,
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    assert.equal(nobody.status, 69)
    assert.match(nobody.stderr, /AWS does not do [\w:]+ in eu-west-1: CredentialsProviderError/)
    assert.match(nobody.stderr, /aws sso login/)
  })
})

interface StandingDocument {
  readonly targets: Readonly<Record<string, readonly string[]>>
  readonly damage: readonly string[]
  readonly refusals: readonly string[]
}

function environmentFile(more: string): string {
  return `${more}environment: mine
platform: kafka
owner: me
costCenter: mine
expires: '2999-12-31'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: 10.21.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 6 }
timeouts: tuned
security: plaintext
brokers: { perZone: 1, instanceType: t4g.small }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 300, instanceType: t4g.small }
distribution: { source: 'maven-jars:chaos/drivers/local/setup/kafka', sha256: unset }
`
}
