import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { auditHistory } from '../../../chaos/audit/audit-history.ts'
import { fromJepsen } from '../../../chaos/audit/jepsen-history.ts'
import { jepsenHistory } from '../../../chaos/export/jepsen.ts'
import { poll, send, stored, withRun } from '../audit/run-folder.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import { commandLine } from '../commands/command-line.ts'

interface OtlpLine {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly gauge: { readonly dataPoints: readonly { timeUnixNano: string; asDouble: number }[] }
      }[]
    }[]
  }[]
}

describe('a run in formats of others', () => {
  let cwd = ''
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'aftershock-export-'))
    makeRun(join(cwd, 'run'), { devices: 60, tickMs: 1000 })
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))
  const exported = async (format: string) => {
    const out = join(cwd, format)
    const { code, err } = await commandLine(['export', 'run', '--format', format, '--out', out], { cwd })
    assert.equal(code, 0, err)
    return (name: string) => readFileSync(join(out, name), 'utf8')
  }
  const samples = (name: string) =>
    readFileSync(join(cwd, 'run', 'samples', `${name}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)

  it('has a table for each series that the run has, with a row for each sample', async () => {
    const read = await exported('csv')
    const [head = '', ...rows] = read('fleet.csv').trimEnd().split('\n')
    const fleet = samples('fleet')
    assert.equal(rows.length, fleet.length)
    const columns = head.split(',')
    assert.equal(columns[0], 't_ms')
    const at = (column: string) => Number(rows[3]?.split(',')[columns.indexOf(column)])
    const row = fleet[3] as {
      t: number
      acked: number
      latency: { p99: number }
      byZone: Record<string, { due: number }>
    }
    assert.deepEqual(
      [at('t_ms'), at('acked'), at('latency_p99'), at('by_zone_due{zone=az-a}')],
      [row.t, row.acked, row.latency.p99, row.byZone['az-a']?.due],
    )
    for (const name of readdirSync(join(cwd, 'csv')))
      assert.ok(existsSync(join(cwd, 'run', 'samples', name.replace('.csv', '.jsonl'))))
  })

  it('has every sample with its time, as Prometheus takes it', async () => {
    const text = (await exported('openmetrics'))('samples.om')
    assert.ok(text.endsWith('# EOF\n'))
    const lines = text.trimEnd().split('\n')
    const { startedAtWallMs } = JSON.parse(readFileSync(join(cwd, 'run', 'run.json'), 'utf8')) as {
      startedAtWallMs: number
    }
    const acked = lines.filter(line => line.startsWith('aftershock_fleet_acked{'))
    const fleet = samples('fleet') as { t: number; acked: number }[]
    assert.deepEqual(
      acked.map(line => line.split('} ')[1]),
      fleet.map(({ t, acked: value }) => `${value} ${((startedAtWallMs + t) / 1000).toFixed(3)}`),
    )
    // A family is told once, and all of it stands together.
    const types = lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2] ?? '')
    assert.equal(new Set(types).size, types.length)
    let family = ''
    for (const line of lines) {
      if (line.startsWith('# TYPE')) family = line.split(' ')[2] ?? ''
      else if (!line.startsWith('#'))
        assert.match(line, new RegExp(`^${family}\\{([a-z]+="[^"]*",?)+\\} -?[\\d.e+-]+ \\d+\\.\\d{3}$`))
    }
  })

  it('has the same as OTLP, a request a line, and each value at its time', async () => {
    const metrics = (await exported('otlp'))('samples.otlp.jsonl')
      .trimEnd()
      .split('\n')
      .flatMap(line => (JSON.parse(line) as OtlpLine).resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [])
    const acked = metrics.filter(({ name }) => name === 'aftershock_fleet_acked')
    const { startedAtWallMs } = JSON.parse(readFileSync(join(cwd, 'run', 'run.json'), 'utf8')) as {
      startedAtWallMs: number
    }
    const fleet = samples('fleet') as { t: number; acked: number }[]
    assert.deepEqual(
      acked.flatMap(({ gauge }) =>
        gauge.dataPoints.map(({ timeUnixNano, asDouble }) => [timeUnixNano, asDouble]),
      ),
      fleet.map(({ t, acked: value }) => [
        `${BigInt(Math.round((startedAtWallMs + t) * 1000)) * 1000n}`,
        value,
      ]),
    )
  })

  it('has its sends and polls as Jepsen keeps them, in which the audit finds the same', async () => {
    const of = (records: readonly string[]) =>
      withRun(
        {
          // Two requests on their way at a time, of which one is answered late.
          gateway: [
            ...send(['d1/1/0', 'd1/1/1'], 0),
            ...send(['d2/1/0'], 'info', 120),
            ...send(['d3/1/0'], 2, 130),
          ],
          tail: [poll(0, ['d1/1/0', 'd1/1/1'])],
          stored: stored(0, records.length, [[0, records]]),
        },
        async dir => {
          const chunks = async function* () {
            yield Buffer.from(await jepsenHistory(dir))
          }
          return auditHistory(fromJepsen({ name: 'history.edn', chunks }))
        },
      )
    const whole = await of(['d1/1/0', 'd1/1/1', 'd3/1/0'])
    assert.deepEqual([whole.verdict, whole.counts.acked, whole.counts.unknown], ['pass', 3, 1])
    const lost = await of(['d1/1/0', 'd1/1/1', 'd4/1/0'])
    assert.equal(lost.verdict, 'fail')
  })

  it('writes over nothing, and knows its formats', async () => {
    const again = await commandLine(['export', 'run', '--format', 'csv', '--out', 'csv'], { cwd })
    assert.equal(again.code, 75)
    assert.match(again.err, /is there already\nName another folder/)
    const inFile = await commandLine(['export', 'run', '--format', 'csv', '--out', 'run/run.json'], { cwd })
    assert.equal(inFile.code, 65)
    assert.match(inFile.err, /run\.json\s+cannot be made: [^]*\nchoose another with --out/)
    assert.deepEqual(
      readdirSync(join(cwd, 'csv')).filter(name => name.endsWith('.partial')),
      [],
    )
    const typo = await commandLine(['export', 'run', '--format', 'parket', '--out', 'x'], { cwd })
    assert.equal(typo.code, 64)
    assert.match(typo.err, /csv, openmetrics, otlp, parquet, jepsen/)
  })
})
