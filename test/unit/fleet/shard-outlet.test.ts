import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'mocha'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import type { FleetSample } from '../../../chaos/record/samples.ts'
import { ShardOutlet } from '../../../chaos/run/shard-outlet.ts'
import type { AwsCli } from '../../../chaos/run/store-once.ts'
import { FLEET_METRICS } from '../../../lib/observability-stack.ts'

const ENV = { METRIC_NAMESPACE: 'Aftershock/kafka', EVIDENCE_URI: 's3://evidence/kafka' }
const SHARD_FILES = ['history/gateway-1.jsonl', 'samples/fleet.jsonl', 'shard.json']

describe('what a shard tells its account', () => {
  it('is a sum each minute, and the worst second for latency', async () => {
    const { outlet, published } = outletOf({ METRIC_NAMESPACE: ENV.METRIC_NAMESPACE })
    for (let second = 1; second <= 60; second++)
      outlet.add(sample(second * 1000, { acked: 10, p99: second, dropped: 1, unknown: 2 }))
    outlet.add(sample(61_000, { acked: 5, p99: 7 }))
    await outlet.close('/shards/one')
    assert.deepEqual(published(), [
      { AckedRecords: 600, EdgeDroppedRecords: 60, UnknownSends: 120, ProduceLatencyP99: 60 },
      { AckedRecords: 5, EdgeDroppedRecords: 0, UnknownSends: 0, ProduceLatencyP99: 7 },
    ])
  })

  it('has no latency for a minute in which nothing was acknowledged', async () => {
    const { outlet, published } = outletOf({ METRIC_NAMESPACE: ENV.METRIC_NAMESPACE })
    outlet.add(sample(60_000, {}))
    await outlet.close('/shards/one')
    assert.deepEqual(published()[0], { AckedRecords: 0, EdgeDroppedRecords: 0, UnknownSends: 0 })
  })

  it('has the names, units and dimension that the alarms read', async () => {
    const { outlet, calls } = outletOf({ METRIC_NAMESPACE: ENV.METRIC_NAMESPACE })
    outlet.add(sample(60_000, { acked: 1, p99: 1 }))
    await outlet.close('/shards/one')
    for (const { MetricName, Unit, Dimensions } of dataOf(calls[0] ?? [])) {
      assert.equal(FLEET_METRICS.find(({ name }) => name === MetricName)?.unit, Unit)
      assert.deepEqual(Dimensions, [{ Name: 'Shard', Value: 'fleet-az-a-1' }])
    }
    assert.deepEqual(calls[0]?.slice(0, 4), [
      'cloudwatch',
      'put-metric-data',
      '--namespace',
      'Aftershock/kafka',
    ])
  })

  it('is its folder in the end, each file of it once', async () => {
    using shard = madeFolder('fleet-az-a-1-20261123T171530', SHARD_FILES)
    const { outlet, calls } = outletOf({ EVIDENCE_URI: ENV.EVIDENCE_URI })
    await outlet.close(shard.path)
    assert.deepEqual(
      calls.map(call => call.join(' ')).toSorted(),
      SHARD_FILES.map(
        file =>
          `s3api put-object --bucket evidence --key kafka/fleet-az-a-1-20261123T171530/${file} --body ${join(shard.path, file)} --if-none-match * --checksum-algorithm SHA256`,
      ),
    )
  })

  it('is nothing where there is no account', async () => {
    const { outlet, calls } = outletOf({ METRIC_NAMESPACE: '', EVIDENCE_URI: '' })
    outlet.add(sample(60_000, { acked: 1 }))
    await outlet.close('/shards/one')
    assert.deepEqual(calls, [])
  })

  it('is missed without stopping anything when metrics cannot be published, and that is said once', async () => {
    const { outlet, said } = outletOf({ METRIC_NAMESPACE: ENV.METRIC_NAMESPACE }, () =>
      Promise.reject(new Error('no credentials')),
    )
    for (let minute = 1; minute <= 3; minute++) outlet.add(sample(minute * 60_000, { acked: 1 }))
    await outlet.close('/shards/one')
    assert.deepEqual(said, ['metrics are not published: no credentials'])
  })

  it('is an error when the folder could not be stored, with the command that stores it', async () => {
    using shard = madeFolder('one', SHARD_FILES)
    const { outlet } = outletOf({ EVIDENCE_URI: ENV.EVIDENCE_URI }, () => Promise.reject(new Error('denied')))
    await assert.rejects(outlet.close(shard.path), (error: AftershockError) => {
      assert.equal(error.code, 'unavailable')
      assert.match(error.message, /one was not stored in s3:\/\/evidence\/kafka\/one\/: denied/)
      assert.match(
        error.hint ?? '',
        /cd .*one && find .*put-object --if-none-match '\*' .*--key kafka\/one\/"\$f"/,
      )
      return true
    })
  })
})

function madeFolder(name: string, files: readonly string[]): Disposable & { readonly path: string } {
  const parent = mkdtempSync(join(tmpdir(), 'aftershock-shard-'))
  const path = join(parent, name)
  for (const file of files) {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), file)
  }
  return { path, [Symbol.dispose]: () => rmSync(parent, { recursive: true }) }
}

function outletOf(env: Record<string, string>, aws: AwsCli = () => Promise.resolve()) {
  const calls: (readonly string[])[] = []
  const said: string[] = []
  const outlet = new ShardOutlet({
    shard: 'fleet-az-a-1',
    env,
    progress: line => said.push(line),
    aws: args => {
      calls.push(args)
      return aws(args)
    },
  })
  const published = () =>
    calls
      .filter(([service]) => service === 'cloudwatch')
      .map(call => Object.fromEntries(dataOf(call).map(({ MetricName, Value }) => [MetricName, Value])))
  return { outlet, calls, said, published }
}

interface Datum {
  readonly MetricName: string
  readonly Unit: string
  readonly Value: number
  readonly Dimensions: unknown
}

function dataOf(call: readonly string[]): Datum[] {
  return JSON.parse(call[call.indexOf('--metric-data') + 1] ?? '[]') as Datum[]
}

function sample(
  t: number,
  { acked = 0, dropped = 0, unknown = 0, p99 = 0 }: Partial<FleetSample> & { p99?: number },
): FleetSample {
  const counts = { due: acked, acked, failed: 0, unknown, dropped, sends: 1 }
  const latency = { n: acked, p50: p99, p95: p99, p99, max: p99 }
  return {
    t,
    intervalMs: 1000,
    ...counts,
    deviceConnects: 0,
    brokerConnects: 0,
    buffered: 0,
    latency,
    byZone: {},
    loopDelayMs: 0,
  }
}
