import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { main } from '../../../chaos/cli.ts'
import type { Io } from '../../../chaos/commands/io.ts'
import { costFile } from '../../../chaos/record/cost-file.ts'
import { priceFile } from '../../../chaos/cost/price-file.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
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

  it('writes the same bytes again, from the workload and the prices that cost.json holds', async () => {
    await withPlantedRun({}, async folder => {
      const written = () => readFileSync(join(folder, 'cost.json'), 'utf8')
      writeFileSync(
        join(folder, 'mine.yaml'),
        'workload: mine\nregion: us-east-1\ningestMbPerSecond: 5\nclasses: { telemetry: { share: 1, retention: 1d } }\n',
      )
      await run(folder, 'cost', '.', '--workload', 'mine.yaml', '--out', 'cost.json')
      const first = written()
      rmSync(join(folder, 'mine.yaml'))
      assert.equal((await run(folder, 'cost', '.')).status, 0)
      assert.equal(written(), first)
      assert.match(first, /"workload": "mine"/)
    })
  })

  it('counts the age of prices to the day of the run, not to the day of the command', async () => {
    await withPlantedRun({ header: { startedAtWallMs: Date.parse('2031-01-01') } }, async folder => {
      const { prices } = costFile.parse(JSON.parse((await run(folder, 'cost', '.', '--json')).out))
      assert.equal(prices.judgedOn, '2031-01-01')
      assert.ok(prices.used.every(({ flags }) => flags.some(({ flag }) => flag === 'stale')))
    })
  })

  it('flags no price that was seen within 180 days, and says so', async () => {
    await withPlantedRun({ header: { startedAtWallMs: Date.parse('2031-01-01') } }, async folder => {
      const list = JSON.parse((await run(folder, 'prices', 'list', '--json')).out) as {
        prices: object[]
      }
      const fresh = list.prices.map(row => ({ ...row, date: '2030-09-01', confidence: 'high' }))
      writeFileSync(join(folder, 'fresh.json'), JSON.stringify({ ...list, prices: fresh }))
      const { out } = await run(folder, 'cost', '.', '--prices', 'fresh.json')
      assert.match(out, /every price that was used is recent and sourced/)
    })
  })

  it('leaves the run’s own cost.json alone when asked what if, and says so', async () => {
    await withPlantedRun({}, async folder => {
      await run(folder, 'cost', '.')
      const before = readFileSync(join(folder, 'cost.json'), 'utf8')
      writeFileSync(
        join(folder, 'mine.yaml'),
        'workload: mine\nregion: us-east-1\ningestMbPerSecond: 5\nclasses: { telemetry: { share: 1, retention: 1d } }\n',
      )
      const { status, out, err } = await run(
        folder,
        'cost',
        '.',
        '--workload',
        'mine.yaml',
        '--out',
        'if.json',
      )
      assert.deepEqual([status, err], [0, ''])
      assert.match(out, /mine \(5 MB\/s/)
      assert.equal(readFileSync(join(folder, 'cost.json'), 'utf8'), before)
      assert.equal(
        costFile.parse(JSON.parse(readFileSync(join(folder, 'if.json'), 'utf8'))).workload.workload,
        'mine',
      )
      assert.match((await run(folder, 'cost', '.', '--workload', 'mine.yaml')).err, /cost\.json is as it was/)
    })
  })

  it('never breaks a seal: what a sealed run does not have is printed, and not written', async () => {
    await withPlantedRun({}, async folder => {
      rmSync(join(folder, 'measurements.json'))
      await sealRun(folder)
      const { status, err } = await run(folder, 'cost', '.')
      assert.equal(status, 0)
      assert.match(err, /the run is sealed, and without a cost\.json: nothing was written/)
      assert.equal(existsSync(join(folder, 'cost.json')), false)
      const { err: warned } = await run(folder, 'cost', '.', '--out', 'cost.json')
      assert.match(warned, /cost\.json is not what bundle\.json seals any more/)
      await sealRun(folder)
      assert.equal((await run(folder, 'cost', '.')).err, '')
    })
  })

  it('does not price a stand-in as the product that it stands for', async () => {
    const software = { name: 'a stand-in', kind: 'stand-in', notes: ['It is stock Kafka.'] }
    await withPlantedRun({ header: { platform: 'automq', software } }, async folder => {
      const report = costFile.parse(JSON.parse((await run(folder, 'cost', '.', '--json')).out))
      assert.equal(report.measuredBill, null)
      assert.deepEqual(report.deviations, [])
      assert.match((await run(folder, 'cost', '.')).out, /on a stand-in \(stand-in\)[\s\S]*It is stock Kafka/)
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
    assert.match(out, /s3\.standard\.get +us-east-1 +0\.0000004 USD per request/)
    const words = out.replaceAll(/\s+/g, ' ')
    assert.match(words, /s3\.standard\.storage us-east-1 0\.022 USD per GB-month from 51200 to 512000/)
    assert.match(words, /USD per MiB\/s-month/)
    assert.match(words, /! last seen \d+ days ago/)
    assert.deepEqual(
      out.split('\n').filter(line => line.length > 80),
      [],
    )
    assert.match(words, /! its source has no date; no source was found/)
  })

  it('answers a region that it does not have with 65 and those that it has', async () => {
    const { status, err } = await run('/nowhere', 'prices', 'list', '--region', 'mars-1')
    assert.equal(status, 65)
    assert.match(err, /no prices of mars-1[\s\S]*eu-west-1, us-east-1/)
  })
})
