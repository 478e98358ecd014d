import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { EnvironmentError } from '../../../lib/environment-source.ts'
import { environmentFromAnywhere, loadEnvironment } from '../../../lib/environment.ts'
import { RIGHT } from '../../fixtures/right-environment.ts'

const network = (change: string) =>
  `{ ${Object.entries({ cidr: '10.1.0.0/16', nat: 'none', endpointZones: '1', flowLogs: 'false' })
    .map(([key, value]) => `${key}: ${value}`)
    .filter(pair => !pair.startsWith(change.split(':')[0] ?? ''))
    .concat(change)
    .join(', ')} }`
const brokers = (instanceType: string) => `{ perZone: 1, instanceType: ${instanceType} }`
const fleet = (devices: number) =>
  `{ host: ec2, shardsPerZone: 16, devicesPerShard: ${devices}, instanceType: c7g.large }`
const zones = (last: string) => `{ az-a: eu-west-1a, az-b: eu-west-1b, az-c: ${last} }`

const CIDR = /:\d+ network\.cidr: expected a private \/16 network such as 10\.20\.0\.0\/16$/
const TYPE = /:\d+ brokers\.instanceType: expected an instance type such as m7g\.large: a t, m, r or c type/
const DAY = /:\d+ expires: expected a date in quotes such as '2027-06-30'$/
const TAG = /:\d+ owner: expected what a tag may hold: letters, digits, spaces and _ \. : \/ = \+ - @/
const ACCOUNT = /:\d+ account: expected the 12 digits of an account, in quotes: '123456789012'$/

const WRONG: readonly (readonly [key: string, value: string | undefined, said: RegExp])[] = [
  ['network', network('cidr: 999.21.7.0/16'), CIDR],
  ['network', network('cidr: 8.8.0.0/16'), CIDR],
  ['network', network('cidr: 10.21.0.5/16'), CIDR],
  ['network', network('cidr: 172.32.0.0/16'), CIDR],
  ['network', network('cidr: 10.21.0.0/20'), CIDR],
  ['network', network('endpointZones: 2'), /:\d+ network\.endpointZones: expected 1 or 3$/],
  ['network', network('nat: some'), /:\d+ network\.nat: expected one of none, clients, all$/],
  ['network', network('flowLogs: maybe'), /:\d+ network\.flowLogs: expected true or false$/],
  ['network', 'small', /:\d+ network: expected a map with cidr, nat, endpointZones, flowLogs$/],
  ['network', undefined, /network: missing; expected a map with cidr, nat, endpointZones, flowLogs$/],
  ['brokers', brokers('x2gd.metal'), TYPE],
  ['brokers', brokers('m7g.8xlarge'), TYPE],
  ['brokers', brokers('t4g.smal'), TYPE],
  [
    'brokers',
    brokers('t4g.nano'),
    /brokers\.instanceType: t4g\.nano has less than 2048 MiB of memory; expec/,
  ],
  ['brokers', '{ perZone: 4, instanceType: m7g.large }', /perZone: expected a whole number from 1 to 3$/],
  [
    'broker',
    brokers('m7g.large'),
    /broker: unknown key; did you mean brokers\? expected one of environment,/,
  ],
  ['expires', "'2027-13-45'", DAY],
  ['expires', "'2027-06-31'", DAY],
  ['expires', 'soon', DAY],
  ['zones', zones('eu-west-1z'), /:\d+ zones\.az-c: expected a zone of eu-west-1$/],
  ['zones', zones('eu-west-10'), /:\d+ zones\.az-c: expected a zone of eu-west-1$/],
  ['zones', '{ az-a: eu-west-1a, az-b: eu-west-1b }', /zones\.az-c: missing; expected a zone such as/],
  ['owner', '"me&you{x}(#)!"', TAG],
  ['owner', undefined, /owner: missing; expected what a tag may hold/],
  [
    'fleet',
    fleet(200_000),
    /fleet\.devicesPerShard: a broker's volume would need \d+ MiB\/s, and gp3 gives 750/,
  ],
  ['workload', '{ retentionHours: 0, localRetentionHours: 1 }', /retentionHours: expected a number above 0$/],
  [
    'distribution',
    '{ source: ftp://x, sha256: unset }',
    /source: expected maven-jars:…, maven-file:…, https/,
  ],
  ['account', '123456789012', ACCOUNT],
  ['account', "'12345'", ACCOUNT],
]

describe('an environment file with one wrong value', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-environment-'))
    mkdirSync(join(folder, 'basis'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const [key, value, said] of WRONG)
    it(`is refused by file, line, key and expectation: ${key}: ${value ?? '(missing)'}`, () => {
      const problems = written({ [key]: value })
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', said)
      assert.match(problems[0] ?? '', /^lib\/environments\/mine\.yaml:\d+:\d+ /)
    })

  it('is as right as it was without the change', () => {
    assert.deepEqual(written({}), [])
    assert.deepEqual(written({ account: "'012345678901'" }), [])
  })

  it('has expired only for somebody who wants to deploy it: it can still be removed', () => {
    assert.deepEqual(written({ expires: "'2020-01-01'" }), [])
    assert.deepEqual(written({ expires: "'2020-01-01'" }, '2026-11-23'), [
      'lib/environments/mine.yaml:4:10 expires: 2020-01-01 has passed; expected a day from 2026-11-23 on',
    ])
    assert.deepEqual(written({ expires: "'2026-11-23'" }, '2026-11-23'), [])
  })

  it('is named by its path where it is a file of one’s own, and its errors name that path', () => {
    assert.deepEqual(written({}), [])
    const path = join(folder, 'mine.yaml')
    assert.equal(loadEnvironment(path).environment, 'mine')
    written({ region: 'nowhere' })
    assert.throws(() => loadEnvironment(path), {
      name: 'EnvironmentError',
      message: new RegExp(`^${path}:\\d+:\\d+ region: expected a region such as eu-west-1`),
    })
    const absent = join(folder, 'other.yaml')
    assert.throws(() => loadEnvironment(absent), { message: `${absent}: expected a file` })
    assert.throws(() => loadEnvironment('./other.yaml'), { message: './other.yaml: expected a file' })
    assert.throws(() => loadEnvironment('other'), {
      message: /there is no such environment; .* or the path of a file of your own such as \.\/other\.yaml$/,
    })
  })

  it('is found from any folder once its path is absolute, and a name stays a name', () => {
    assert.equal(environmentFromAnywhere('kafka'), 'kafka')
    assert.equal(environmentFromAnywhere('./mine.yaml'), join(process.cwd(), 'mine.yaml'))
  })

  /** What is wrong with a file that is right but for the change; `undefined` leaves a key out. */
  function written(change: Readonly<Record<string, string | undefined>>, today?: string): readonly string[] {
    const lines = Object.entries({ ...RIGHT, ...change })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}: ${value}\n`)
    writeFileSync(join(folder, 'mine.yaml'), `# mine\n${lines.join('')}`)
    try {
      loadEnvironment('mine', folder, today)
      return []
    } catch (error) {
      assert.ok(error instanceof EnvironmentError, String(error))
      return error.problems
    }
  }
})
