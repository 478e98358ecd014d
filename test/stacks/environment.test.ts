import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { EnvironmentError } from '../../lib/environment-source.ts'
import { environmentNames, loadEnvironment } from '../../lib/environment.ts'
import { RIGHT } from '../fixtures/right-environment.ts'
import { instanceMemoryMiB } from '../../lib/instance-memory.ts'
import { changed, ENVIRONMENTS, FLEET_IMAGE, LOGINS } from './synthesized.ts'

describe('the shipped environments', function () {
  this.timeout(60_000)

  it('are those that the tests know', () => {
    assert.deepEqual(environmentNames(), ENVIRONMENTS)
  })

  it('know the memory of every machine that they name', () => {
    for (const name of ENVIRONMENTS) {
      const { brokers, controllers, fleet, connect } = loadEnvironment(name)
      for (const of of [brokers, controllers, fleet, connect])
        if (of) assert.ok(instanceMemoryMiB(of.instanceType) >= 2048)
    }
    assert.throws(() => instanceMemoryMiB('x2gd.metal'), /is not known/)
  })
})

describe('a bad environment file', function () {
  this.timeout(60_000)

  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-environments-'))
    mkdirSync(join(folder, 'basis'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is named when there is none of that name, with those that there are', () => {
    assert.deepEqual(problems('kafak'), [
      'environment=kafak: there is no such environment; expected one of automq, automq-router, kafka, kafka-tiered, lab, or the path of a file of your own such as ./kafak.yaml',
    ])
  })

  it('says file, line, key and expectation for a wrong value', () => {
    assert.deepEqual(written({ region: 'Dublin' }), [
      'lib/environments/mine.yaml:8:9 region: expected a region such as eu-west-1',
    ])
  })

  it('says which keys there are when one is unknown', () => {
    assert.deepEqual(written({ brokers: '{ perZone: 1, instanceType: m7g.large, count: 3 }' }), [
      'lib/environments/mine.yaml:13:56 brokers.count: unknown key; expected one of perZone, instanceType',
    ])
  })

  it('says what is missing', () => {
    const [problem = ''] = written({ owner: undefined })
    assert.match(problem, /^lib\/environments\/mine\.yaml:\d+:\d+ owner: /)
  })

  it('may not decide what its basis decides', () => {
    writeFileSync(join(folder, 'basis', 'shared.yaml'), 'owner: us\n')
    assert.deepEqual(written({ basis: 'shared' }), [
      'lib/environments/mine.yaml:5:8 owner: decided by lib/environments/basis/shared.yaml, so that environments on it stay comparable',
    ])
  })

  it('must have zones of its region, three of them', () => {
    assert.deepEqual(written({ zones: '{ az-a: eu-west-1a, az-b: eu-west-1a, az-c: us-east-1c }' }), [
      'lib/environments/mine.yaml:9:8 zones: expected three different zones',
      'lib/environments/mine.yaml:9:52 zones.az-c: expected a zone of eu-west-1',
    ])
  })

  it('needs an image that a task can pull, for a fleet on Fargate', () => {
    const fleet = (image: string) =>
      `{ host: fargate, shardsPerZone: 1, devicesPerShard: 10, instanceType: c7g.large${image} }`
    assert.match(written({ fleet: fleet('') })[0] ?? '', /fleet(\.image)?: expected with host: fargate$/)
    assert.match(
      written({ fleet: fleet(`, image: '${FLEET_IMAGE.replace(/^[^/]+/, 'example.org')}'`) })[0] ?? '',
      /fleet\.image: expected an image in a private registry/,
    )
    assert.deepEqual(written({ fleet: fleet(`, image: '${FLEET_IMAGE}'`) }), [])
    assert.match(
      written({ fleet: fleet(`, image: '${FLEET_IMAGE.replace(/@.*/, ':1')}'`) })[0] ?? '',
      /fleet\.image: expected an image by its digest, NAME@sha256:…, since a tag moves/,
    )
  })

  it('has no shards whose histories could not be stored when they stop, or kept by a task', () => {
    const fleet = (host: string, devices: number, image = '') =>
      `{ host: ${host}, shardsPerZone: 1, devicesPerShard: ${devices}, instanceType: c7g.large${image} }`
    const image = `, image: '${FLEET_IMAGE}'`
    const brokers = JSON.stringify({ perZone: 1, instanceType: 'm7g.4xlarge' })
    const [stored = ''] = written({ brokers, fleet: fleet('ec2', 69_000) })
    assert.match(
      stored,
      /mine\.yaml:\d+:\d+ fleet\.devicesPerShard: a shard has a minute .* at most 68\d{3} devices; /,
    )
    const workload = '{ retentionHours: 72, localRetentionHours: 1 }'
    const [kept = ''] = written({ workload, fleet: fleet('fargate', 30_000, image) })
    assert.match(
      kept,
      /fleet\.devicesPerShard: histories of 72 h need a disk of \d+ GiB, and a task has at most 200; /,
    )
    assert.deepEqual(written({ fleet: fleet('fargate', 30_000, image) }), [])
  })

  it('cannot have the tier of another platform, nor AutoMQ without controllers', () => {
    assert.match(written({ zoneRouter: 'true' })[0] ?? '', /zoneRouter: expected only with platform: automq$/)
    assert.match(written({ platform: 'automq' })[0] ?? '', /controllers: expected with platform: automq$/)
    assert.match(written({ platform: 'kafka-tiered' })[0] ?? '', /tierPlugin: expected with/)
  })

  it('refuses a load that its brokers could not catch up with, and one that is no load', () => {
    const workload = (load: number) => JSON.stringify({ load, retentionHours: 24, localRetentionHours: 2 })
    const brokers = (instanceType: string) => JSON.stringify({ perZone: 1, instanceType })
    const fleet = JSON.stringify({
      host: 'ec2',
      shardsPerZone: 1,
      devicesPerShard: 3400,
      instanceType: 'c7g.large',
    })
    assert.match(written({ workload: workload(2) })[0] ?? '', /workload\.load: expected 1, 10 or 50/)
    assert.match(
      written({ fleet, workload: workload(50), brokers: brokers('m7g.large') })[0] ?? '',
      /brokers\.instanceType: a broker that catches up writes \d+ MiB\/s with workload\.load: 50, and m7g\.large has 75 MiB\/s/,
    )
    assert.deepEqual(written({ fleet, workload: workload(50), brokers: brokers('m7g.2xlarge') }), [])
    assert.deepEqual(written({ fleet, workload: workload(10), brokers: brokers('m7g.large') }), [])
    const many = JSON.stringify({ ...(JSON.parse(fleet) as object), shardsPerZone: 3 })
    assert.match(
      written({ fleet: many, workload: workload(10), brokers: brokers('m7g.large') })[0] ?? '',
      /fleet\.shardsPerZone: workload\.load: 10 makes them 30 a zone; expected at most 16/,
    )
  })

  it('says who is told of alarms as an address or a topic, and nothing else', () => {
    assert.deepEqual(written({ notify: 'ops@example.org' }), [])
    assert.deepEqual(written({ notify: 'arn:aws:sns:eu-west-1:123456789012:ops' }), [])
    assert.match(
      written({ notify: 'ops' })[0] ?? '',
      /notify: expected a mail address, or the ARN of a topic of SNS/,
    )
  })

  it('may name certificates of its own when clients log in, and only then', () => {
    const tls = (authority: string) => JSON.stringify({ secret: 'mine/tls', authority })
    const [authority = ''] = rootCertificates
    assert.deepEqual(written({ security: 'sasl-scram' }), [])
    assert.match(written({ tls: tls(authority) })[0] ?? '', /tls: expected only with security: sasl-scram/)
    assert.deepEqual(written({ security: 'sasl-scram', tls: tls(authority) }), [])
    assert.deepEqual(written({ security: 'sasl-scram', tls: tls(`${authority}\n${authority}\n`) }), [])
  })

  it('holds nothing but certificates of authorities, above all no key', () => {
    const [authority = ''] = rootCertificates
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
    const broken = authority.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')
    for (const wrong of ['', 'authority.pem', `${key}${authority}`, broken, `${authority}\n`.repeat(9)])
      assert.match(
        written({ security: 'sasl-scram', tls: JSON.stringify({ secret: 'a', authority: wrong }) })[0] ?? '',
        /^lib\/environments\/mine\.yaml:\d+:\d+ tls\.authority: expected the PEM text/,
      )
  })

  it('may have clients log in to any platform, Connect too', () => {
    const environments = [
      changed('kafka', LOGINS),
      changed('kafka-tiered', LOGINS),
      changed('automq', LOGINS),
    ]
    for (const { connect, cluster } of environments) assert.ok(connect && cluster.secrets)
  })

  it('is YAML', () => {
    writeFileSync(join(folder, 'mine.yaml'), 'environment: mine\nowner: [\n')
    assert.match(problems('mine', folder)[0] ?? '', /^lib\/environments\/mine\.yaml:3:\d+ .*\(YAML\)$/)
  })

  it('must be called what it is called inside', () => {
    assert.deepEqual(written({ environment: 'yours' }), [
      'lib/environments/mine.yaml:2:14 environment: expected mine, the name of the file',
    ])
  })

  /** Problems of a file that is right but for the change; `undefined` leaves a key out. */
  function written(change: Readonly<Record<string, string | undefined>>): readonly string[] {
    const lines = Object.entries({ ...RIGHT, ...change })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}: ${value}\n`)
    writeFileSync(join(folder, 'mine.yaml'), `# mine\n${lines.join('')}`)
    return problems('mine', folder)
  }
})

function problems(name: string, folder?: string): readonly string[] {
  try {
    loadEnvironment(name, folder)
    return []
  } catch (error) {
    assert.ok(error instanceof EnvironmentError)
    return error.problems
  }
}
