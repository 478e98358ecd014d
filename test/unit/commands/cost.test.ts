import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { main } from '../../../chaos/cli.ts'
import type { Io } from '../../../chaos/commands/io.ts'
import { costFile } from '../../../chaos/cost/cost-file.ts'
import { priceFile } from '../../../chaos/cost/price-file.ts'
import { withPlantedRun } from '../cost/planted-run.ts'

function recordingIo(cwd: string) {
  const said = { out: '', err: '' }
  const io: Io = {
    stdout: { write: text => (said.out += text) },
    stderr: { write: text => (said.err += text) },
    env: {},
    cwd,
    isTerminal: false,
  }
  return { io, said }
}

async function run(cwd: string, ...args: readonly string[]) {
  const { io, said } = recordingIo(cwd)
  return { status: await main(args, io), ...said }
}

describe('`aftershock cost`', () => {
  it('writes cost.json into the run, and prints the same as one JSON document when asked', async () => {
    await withPlantedRun({}, async folder => {
      const { status, out, err } = await run(folder, 'cost', '.', '--json')
      assert.deepEqual([status, err], [0, ''])
      assert.deepEqual(JSON.parse(out), JSON.parse(readFileSync(join(folder, 'cost.json'), 'utf8')))
      const report = costFile.parse(JSON.parse(out))
      assert.equal(report.bills.length, 4)
      assert.equal(report.measuredBill?.platform, 'kafka')
      assert.deepEqual(
        report.deviations.map(one => one.verdict),
        ['within', 'within', 'within', 'within'],
      )
      assert.ok(report.extrapolated.length > 0 && report.notExtrapolated.length > 0)
    })
  })

  it('prints a bill that people can read, with what is wrong with its prices', async () => {
    await withPlantedRun({}, async folder => {
      const { status, out } = await run(folder, 'cost', '.')
      assert.equal(status, 0)
      for (const part of [
        /Measured in .* on kafka/,
        /replicate +2\.02 +2\.00 +2\.00 +per ingested byte +within/,
        /USD a month +kafka +kafka-tiered +automq +automq-router +as measured/,
        /one more replay/,
        /one lost broker/,
        /last seen \d+ days ago/,
        /not extrapolated: Latency/,
        /not in the bill: Licences/,
      ])
        assert.match(out, part)
    })
  })

  it('prints only the bill without a run, and writes nothing', async () => {
    await withPlantedRun({}, async folder => {
      const { status, out } = await run(folder, 'cost')
      assert.equal(status, 0)
      assert.doesNotMatch(out, /Measured in/)
      assert.equal(existsSync(join(folder, 'cost.json')), false)
    })
  })

  it('takes a workload and a price table of one’s own', async () => {
    await withPlantedRun({}, async folder => {
      writeFileSync(
        join(folder, 'mine.yaml'),
        'workload: mine\nregion: eu-west-1\ningestMbPerSecond: 5\nclasses: { telemetry: { share: 1, retention: 1d } }\n',
      )
      const { out } = await run(folder, 'prices', 'list', '--json')
      writeFileSync(join(folder, 'prices.json'), out)
      const { status, out: bill } = await run(
        folder,
        'cost',
        '--workload',
        'mine.yaml',
        '--prices',
        'prices.json',
      )
      assert.equal(status, 0)
      assert.match(bill, /mine \(5 MB\/s, 1 consumer groups, 3 zones, eu-west-1/)
    })
  })

  it('ends with 65 and says what is wrong with a folder, a workload or a region', async () => {
    await withPlantedRun({}, async folder => {
      writeFileSync(
        join(folder, 'far.yaml'),
        'workload: far\nregion: mars-1\ningestMbPerSecond: 5\nclasses: { telemetry: { share: 1, retention: 1d } }\n',
      )
      const cases: readonly (readonly [string[], RegExp])[] = [
        [['cost', 'nowhere'], /no run\.json/],
        [['cost', '--workload', 'absent.yaml'], /no such file/],
        [
          ['cost', '--workload', 'far.yaml'],
          /no price of .* in mars-1.*[\s\S]*prices refresh --region mars-1/,
        ],
      ]
      for (const [args, expected] of cases) {
        const { status, err } = await run(folder, ...args)
        assert.equal(status, 65)
        assert.match(err, expected)
      }
    })
  })
})

describe('`aftershock prices list`', () => {
  it('prints a table that --prices takes back', async () => {
    const { status, out } = await run('/nowhere', 'prices', 'list', '--region', 'us-east-1', '--json')
    assert.equal(status, 0)
    const table = priceFile.parse(JSON.parse(out))
    assert.ok(table.prices.every(row => row.region === 'us-east-1'))
  })

  it('never writes a price with an exponent, and marks the old ones', async () => {
    const { out } = await run('/nowhere', 'prices', 'list')
    assert.match(out, /s3\.standard\.get +us-east-1 +0\.0000004 USD\/request/)
    assert.match(out, /! last seen \d+ days ago/)
    assert.match(out, /! its source has no date; no source was found/)
  })

  it('answers a region that it does not have with 65 and those that it has', async () => {
    const { status, err } = await run('/nowhere', 'prices', 'list', '--region', 'mars-1')
    assert.equal(status, 65)
    assert.match(err, /no prices of mars-1[\s\S]*eu-west-1, us-east-1/)
  })
})
