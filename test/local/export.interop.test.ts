import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { makeRun } from '../fixtures/run/make-run.ts'
import { commandLine } from '../unit/commands/command-line.ts'
import { python, skipWithout } from './python.ts'

interface Fleet {
  readonly t: number
  readonly acked: number
  readonly byZone: Readonly<Record<string, { readonly acked: number }>>
}

describe('exported samples, to implementations that are not ours', () => {
  let cwd = ''
  let fleet: readonly Fleet[] = []
  let header: { readonly run: string; readonly startedAtWallMs: number }
  /** Of all series: what OpenMetrics has a line for. */
  let points = 0
  const exported = async (format: string, file: string) => {
    const { code, err } = await commandLine(['export', 'run', '--format', format, '--out', 'out'], { cwd })
    assert.equal(code, 0, err)
    return join(cwd, 'out', file)
  }
  before(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'aftershock-export-'))
    makeRun(join(cwd, 'run'), { devices: 60, tickMs: 1000 })
    const read = (file: string) => readFileSync(join(cwd, 'run', file), 'utf8')
    fleet = read('samples/fleet.jsonl')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Fleet)
    header = JSON.parse(read('run.json')) as typeof header
    const text = readFileSync(await exported('openmetrics', 'samples.om'), 'utf8')
    points = text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length
    assert.ok(points > 10_000)
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))

  it('are OTLP to OpenTelemetry’s own messages, in lines that a Collector takes', async function () {
    skipWithout(this, 'opentelemetry.proto', 'google.protobuf')
    const file = await exported('otlp', 'samples.otlp.jsonl')
    const { status, stdout, stderr } = python(
      packageFile('test/fixtures/exports/read_otlp.py'),
      file,
      'aftershock_fleet_by_zone_acked',
    )
    assert.equal(status, 0, stderr)
    const found = JSON.parse(stdout) as {
      lines: number
      longest: number
      points: number
      resource: Record<string, string>
      wanted: readonly [Record<string, string>, number, number][]
    }
    assert.equal(found.points, points)
    assert.ok(found.lines > 1 && found.longest < 2 ** 20, `${found.lines} lines, ${found.longest} bytes`)
    assert.equal(found.resource['service.name'], 'aftershock')
    assert.equal(found.resource['service.instance.id'], header.run)
    const ofZone = found.wanted.filter(([labels]) => labels.zone === 'az-b')
    assert.deepEqual(
      ofZone.map(([, wallMs, value]) => [wallMs, value]),
      fleet.map(({ t, byZone }) => [Math.floor(header.startedAtWallMs + t), byZone['az-b']?.acked]),
    )
    assert.deepEqual(Object.keys(ofZone[0]?.[0] ?? {}), ['drill', 'platform', 'run', 'zone'])
  })

  it('are one table to Arrow, with the same columns for every run', async function () {
    skipWithout(this, 'pyarrow')
    const file = await exported('parquet', 'samples.parquet')
    const { status, stdout, stderr } = python(
      packageFile('test/fixtures/exports/read_parquet.py'),
      file,
      'fleet',
      'acked',
    )
    assert.equal(status, 0, stderr)
    const found = JSON.parse(stdout) as {
      columns: readonly [string, string][]
      rows: number
      groups: number
      nulls: number
      wanted: readonly unknown[]
    }
    assert.deepEqual(found.columns, [
      ['run', 'string'],
      ['drill', 'string'],
      ['platform', 'string'],
      ['time', 'timestamp[ms, tz=UTC]'],
      ['t_ms', 'double'],
      ['series', 'string'],
      ['name', 'string'],
      ['labels', 'string'],
      ['value', 'double'],
    ])
    assert.equal(found.rows, points)
    assert.ok(found.groups > 1)
    assert.equal(found.nulls, 0)
    assert.deepEqual(
      found.wanted,
      fleet.map(({ t, acked }) => [header.run, '{}', t, Math.trunc(header.startedAtWallMs + t), acked]),
    )
  })
}).timeout(60_000)
