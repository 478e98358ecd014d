import assert from 'node:assert/strict'
import { join } from 'node:path'
import { compareRuns, type CompareInputs } from '../../../chaos/compare/compare-runs.ts'
import { type Comparison, comparison as comparisonFile } from '../../../chaos/compare/comparison.ts'
import { comparisonCsv } from '../../../chaos/compare/csv.ts'
import { readRun } from '../../../chaos/compare/read-run.ts'
import type { RunFolder } from '../../../chaos/compare/run-folder.ts'
import { loadPrices } from '../../../chaos/cost/prices.ts'
import { loadWorkload } from '../../../chaos/cost/workload.ts'
import type { Measured as MeasuredValue } from '../../../chaos/record/measured.ts'
import { RunFolders } from './run-folders.ts'

describe('a comparison of runs', function () {
  this.timeout(30_000)
  let folders: RunFolders
  let cost: CompareInputs['cost']
  /** Three runs of each of two platforms in which nothing is out of the ordinary, read once. */
  let plain: RunFolder[]
  before(async () => {
    folders = await RunFolders.make()
    plain = await Promise.all(folders.three('plain', ['kafka', 'kafka-tiered']).map(path => readRun(path)))
    cost = { loaded: await loadWorkload(), prices: loadPrices(undefined), atWallMs: 1_790_100_000_000 }
  })
  after(() => folders[Symbol.dispose]())

  async function compare(
    name: string,
    runDirs: readonly string[],
    more: Partial<CompareInputs> = {},
  ): Promise<Comparison> {
    return compareRead(name, await Promise.all(runDirs.map(readRun)), more)
  }
  function compareRead(name: string, runs: readonly RunFolder[], more: Partial<CompareInputs>): Comparison {
    const outDir = join(folders.root, name)
    return compareRuns({ outDir, runs, notRun: [], asked: 3, rule: null, cost, ...more })
  }
  const comparePlain = (more: Partial<CompareInputs> = {}) => compareRead('plain', plain, more)

  it('sets two platforms side by side, and is what its schema says', () => {
    const made = comparePlain()
    assert.deepEqual(comparisonFile.parse(made), made)
    assert.equal(made.verdict, 'pass')
    assert.deepEqual(
      made.platforms.map(({ platform, status, verdict }) => [platform, status, verdict]),
      [
        ['kafka', 'run', 'pass'],
        ['kafka-tiered', 'run', 'pass'],
      ],
    )
    assert.deepEqual(
      made.platforms[0]?.runs.map(run => run.dir),
      ['kafka/1', 'kafka/2', 'kafka/3'],
    )
    assert.match(made.platforms[0]?.runs[0]?.bundleSha256 ?? '', /^[0-9a-f]{64}$/)
    for (const row of made.verdicts) assert.deepEqual(Object.keys(row.perPlatform), ['kafka', 'kafka-tiered'])
    assert.ok(made.verdicts.some(row => row.dimension === 'zone-loss'))
    assert.ok(made.fairness.order.interleaved)
    assert.ok(made.limits.some(limit => limit.includes('the lab’s own reference')))
  })

  it('has a platform that could not be run by name, with the reason, and claims nothing about it', () => {
    const notRun = [{ platform: 'automq' as const, reason: 'no distribution is here', hint: 'get it' }]
    const made = comparePlain({ notRun })
    assert.equal(made.verdict, 'pass')
    const [entry] = made.notRun
    assert.deepEqual([entry?.platform, entry?.reason], ['automq', 'no distribution is here'])
    assert.equal(made.platforms.find(({ platform }) => platform === 'automq')?.verdict, null)
    assert.ok(made.measures.every(measure => !('automq' in measure.perPlatform)))
    assert.ok(made.verdicts.every(row => !('automq' in row.perPlatform)))
    const bill = made.cost.bills.find(({ platform }) => platform === 'automq')
    assert.deepEqual([bill?.ran, bill?.crossingsFrom], [false, 'formula'])
    assert.match(comparisonCsv(made), /^automq,,comparison,not-run,,,,no distribution is here\r$/m)
  })

  it('prices all on the same footing: measured crossings only where every platform has them', () => {
    const both = comparePlain()
    assert.deepEqual([...new Set(both.cost.bills.map(bill => bill.crossingsFrom))], ['measured'])
    const notRun = [{ platform: 'automq' as const, reason: 'absent', hint: null }]
    const three = comparePlain({ notRun })
    assert.deepEqual([...new Set(three.cost.bills.map(bill => bill.crossingsFrom))], ['formula'])
    assert.deepEqual(
      three.cost.measuredBills.map(bill => bill.platform),
      ['kafka', 'kafka-tiered'],
    )
  })

  it('leaves the tool’s own last read out of what crossed zones, and shows it beside that', () => {
    const more = plain.map(run => withAudit(run, 50_000_000))
    const [without, with_] = [comparePlain(), compareRead('plain', more, {})]
    const ratio = ({ measures }: Comparison) =>
      measures.find(({ measure }) => measure === 'crossed-per-byte')?.perPlatform.kafka?.median
    assert.ok((ratio(without) ?? 0) > 0)
    assert.equal(ratio(with_), ratio(without))
    const [before, after] = [without.zoneMatrix.kafka, with_.zoneMatrix.kafka]
    assert.deepEqual(after?.crossed, before?.crossed)
    assert.deepEqual(after?.cells, before?.cells)
    const of = (matrix: typeof before, cause: string) =>
      matrix?.causes.find(one => one.cause === cause)?.crossed.median ?? 0
    assert.equal(of(after, 'audit') - of(before, 'audit'), 50_000_000)
    const own = before?.causes.filter(({ cause }) => cause !== 'audit' && cause !== 'unattributed') ?? []
    const sum = own.reduce((all, { crossed }) => all + (crossed.median ?? Number.NaN), 0)
    assert.ok(Math.abs(sum / (before?.crossed.median ?? 0) - 1) < 1e-6, `${sum}`)
    assert.match(comparisonCsv(with_), /^kafka,1,zone-causes,crossed,audit,bytes,\d+,\r$/m)
  })

  it('says what was kept, and how often a person had to act', () => {
    const made = comparePlain()
    const of = (name: string) => made.measures.find(({ measure }) => measure === name)?.perPlatform
    assert.ok((of('stored-on-brokers')?.kafka?.median ?? 0) > 0)
    assert.equal(of('stored-in-store')?.kafka?.why, 'the platform has no object store')
    assert.ok((of('operator-steps')?.kafka?.median ?? 0) > 0)
  })

  it('prices a product in every form that it has, whichever was asked for', () => {
    const notRun = [{ platform: 'automq' as const, reason: 'absent', hint: null }]
    const { cost: priced, platforms } = comparePlain({ notRun })
    assert.deepEqual(
      priced.bills.map(({ platform, ran }) => [platform, ran]),
      [
        ['kafka', true],
        ['kafka-tiered', true],
        ['automq', false],
        ['automq-router', false],
      ],
    )
    assert.ok(!platforms.some(({ platform }) => platform === 'automq-router'), 'it is no column of its own')
    assert.ok(priced.breakEvens.every(({ curves }) => curves.length === 4))
    const two = comparePlain()
    assert.deepEqual(
      two.cost.bills.map(({ platform }) => platform),
      ['kafka', 'kafka-tiered'],
    )
  })

  it('tells labour that is stated from what a platform makes a recovery cost, and what is kept ready', () => {
    const { cost: priced } = comparePlain()
    const [kafka] = priced.bills
    const { operator } = cost.loaded.workload
    assert.equal(kafka?.labour.usdPerReplay, operator.hoursPerReplay * operator.usdPerHour)
    assert.ok((kafka?.usdPerBrokerLoss ?? 0) > (kafka?.labour.usdPerBrokerLoss ?? 0))
    const replays = kafka?.lines.find(({ line }) => line === 'replays')
    const ready = replays?.inputs.find(({ name }) => name === 'machines kept ready')?.value
    assert.equal(kafka?.readyUsdPerMonth, ready)
    const operators = priced.stated.find(({ what }) => what === 'operators')?.value ?? ''
    assert.match(operators, /2 h for each replay and 3 h for each lost broker, at 90 USD an hour/)
    assert.match(operators, /placeholder/)
  })

  it('calls the shipped workload an example, and no other', () => {
    assert.equal(comparePlain().cost.workload.example, true)
    const own = { ...cost, loaded: { ...cost.loaded, file: 'mine.yaml' } }
    const made = comparePlain({ cost: own })
    assert.equal(made.cost.workload.example, false)
    assert.ok(made.cost.stated.every(({ value }) => !value.includes('placeholder')))
    assert.ok(made.limits.every(limit => !limit.includes('example')))
  })

  it('has how far each bill moves with each thing and each price, and where prices make lines cross', () => {
    const { cost: priced } = comparePlain()
    const disks = priced.sensitivities.find(
      ({ lever, platform }) => lever === 'price of disks' && platform === 'kafka',
    )
    assert.ok((disks?.percentAtMore ?? 0) > 0 && (disks?.percentAtLess ?? 0) < 0)
    const price = priced.breakEvens.find(({ lever }) => lever === 'price of disks')
    assert.deepEqual([price?.range.fromFactor, price?.range.toFactor], [0.5, 2])
    for (const { cheapest, range } of priced.breakEvens) {
      assert.equal(cheapest[0]?.fromFactor, range.fromFactor)
      assert.equal(cheapest.at(-1)?.toFactor, range.toFactor)
    }
  })

  it('never prices a product by what a stand-in moved, and names the stand-in', async () => {
    const made = await compare('stand-in', folders.three('stand-in', ['kafka', 'automq']))
    assert.deepEqual(
      made.cost.measuredBills.map(bill => bill.platform),
      ['kafka'],
    )
    assert.ok(made.cost.crossings.every(({ platform }) => platform !== 'automq'))
    assert.equal(made.platforms[1]?.software?.kind, 'stand-in')
    assert.ok(made.limits.some(limit => limit.includes('Nothing it does is AutoMQ’s doing.')))
  })

  it('takes a run that does not say what it was made of for a stand-in', async () => {
    const runs = folders.three('unmeasured', ['kafka', 'automq'], platform =>
      platform === 'automq' ? { header: header => delete header.software } : {},
    )
    const made = await compare('unmeasured', runs)
    assert.equal(made.platforms[1]?.software?.kind, 'stand-in')
  })

  it('is no comparison with fewer than two platforms, whatever the one did', async () => {
    const notRun = [{ platform: 'kafka-tiered' as const, reason: 'absent', hint: null }]
    const made = await compare('one', folders.three('one', ['kafka']), { notRun })
    assert.equal(made.verdict, 'inconclusive')
    assert.match(made.reasons[0] ?? '', /Only Apache Kafka ran: that is no comparison/)
    assert.equal(made.platforms[0]?.verdict, 'pass')
  })

  it('fails when one platform fails a promise about data in one of its runs', async () => {
    const runs = folders.three('lost', ['kafka', 'kafka-tiered'], (platform, run) =>
      platform === 'kafka-tiered' && run === 2 ? dropped(5) : {},
    )
    const made = await compare('lost', runs)
    assert.equal(made.verdict, 'fail')
    const row = made.verdicts.find(({ dimension }) => dimension === 'durability')
    assert.equal(row?.perPlatform.kafka?.verdict, 'pass')
    assert.equal(row?.perPlatform['kafka-tiered']?.verdict, 'fail')
    assert.match(
      row?.perPlatform['kafka-tiered']?.why ?? '',
      /edge-dropped-records: it failed in 1 of 3 runs/,
    )
  })

  it('shows what is missing as null with the reason, and never as a pass', async () => {
    const runs = folders.three('missing', ['kafka', 'kafka-tiered'], (platform, run) =>
      platform === 'kafka-tiered' && run === 1 ? unmeasured('the meter was silent') : {},
    )
    const made = await compare('missing', runs)
    assert.equal(made.verdict, 'inconclusive')
    assert.equal(made.platforms.find(({ platform }) => platform === 'kafka-tiered')?.verdict, 'inconclusive')
    const inSync = made.measures.find(({ measure }) => measure === 'in-sync')?.perPlatform['kafka-tiered']
    assert.deepEqual(inSync?.values[0], { run: 1, value: null, why: 'the meter was silent' })
    assert.deepEqual([inSync?.low, inSync?.high], [null, null])
  })

  it('counts a run that was not judged as one that cannot tell', async () => {
    const runs = folders.three('unjudged', ['kafka', 'kafka-tiered'], (platform, run) =>
      platform === 'kafka' && run === 3 ? { without: ['scorecard.json'] } : {},
    )
    const made = await compare('unjudged', runs)
    const kafka = made.platforms[0]
    assert.deepEqual([kafka?.status, kafka?.verdict, made.verdict], ['run', 'inconclusive', 'inconclusive'])
    assert.equal(kafka?.runs[2]?.verdict, null)
    assert.match(kafka?.runs[2]?.why ?? '', /was not scored/)
  })

  it('says that a platform failed when none of its runs could be judged', async () => {
    const runs = folders.three('failed', ['kafka', 'kafka-tiered'], platform =>
      platform === 'kafka-tiered' ? { without: ['scorecard.json'] } : {},
    )
    const made = await compare('failed', runs)
    assert.equal(made.platforms[1]?.status, 'failed')
    assert.equal(made.verdict, 'inconclusive')
    assert.equal(made.notRun[0]?.platform, 'kafka-tiered')
    assert.ok(!('kafka-tiered' in made.timelines.perPlatform))
  })

  it('judges every run by itself when there are fewer than three, and gives no interval', async () => {
    const runs = [folders.put('few', 'kafka', 1), folders.put('few', 'kafka-tiered', 1)]
    const made = await compare('few', runs, { asked: null })
    assert.equal(made.verdict, 'pass')
    assert.ok(made.measures.every(({ perPlatform }) => perPlatform.kafka?.low === null))
    assert.ok(made.gates.every(({ rule }) => rule !== 'median'))
    assert.ok(made.limits.some(limit => limit.includes('there are no intervals')))
    assert.equal(made.fairness.order.interleaved, false)
  })

  it('is inconclusive while fewer runs are there than were asked for', async () => {
    const runs = [folders.put('part', 'kafka', 1), folders.put('part', 'kafka-tiered', 1)]
    assert.equal((await compare('part', runs, { asked: 3 })).verdict, 'inconclusive')
  })

  it('draws the run whose lost service is the median, on the drill’s own clock', async () => {
    const runs = folders.three('median', ['kafka', 'kafka-tiered'], (_platform, run) => ({
      measurements: measured => {
        measured.outages.push(outage(measured, run === 1 ? 40_000 : run === 2 ? 2000 : 9000))
      },
    }))
    const { timelines } = await compare('median', runs)
    const kafka = timelines.perPlatform.kafka
    assert.equal(kafka?.run, 3)
    assert.equal(kafka?.dir, 'kafka/3')
    assert.match(kafka?.chosen ?? '', /is the median$/)
    assert.equal(kafka?.bands[0]?.kind, 'broker-kill')
    // The drill asks for it 10 s after its zero.
    assert.ok(Math.abs((kafka?.bands[0]?.fromMs ?? 0) - 10_000) < 2000)
    assert.ok(kafka?.points.some(point => (point.unavailablePartitions ?? 0) > 0))
    assert.equal(kafka?.points.length, timelines.perPlatform['kafka-tiered']?.points.length)
    assert.equal(kafka?.points[0]?.t, timelines.fromMs)
  })

  it('says which runs were not warm when their first fault began', () => {
    const made = comparePlain()
    assert.equal(made.fairness.warmUp.length, 6)
    assert.ok(made.fairness.warmUp.every(({ enough, why }) => enough === false && why !== null))
    assert.ok(made.limits.some(limit => limit.includes('were not shown to be warm')))
  })

  it('names the runs in which the load generator itself was late', async () => {
    const runs = folders.three('late', ['kafka', 'kafka-tiered'], (platform, run) =>
      platform === 'kafka' && run === 2
        ? { measurements: measured => void (measured.fleet.loopDelayMs.value = 640) }
        : {},
    )
    const { toolBottlenecks } = (await compare('late', runs)).fairness
    assert.deepEqual(toolBottlenecks, [
      {
        platform: 'kafka',
        run: 2,
        what: 'the load generator was late, at worst by',
        value: '640 ms',
        limit: '200 ms',
      },
    ])
  })

  it('has a column for each version of a platform, the older one first, everywhere', async () => {
    const dirs = ['4.10.0', '4.3.1'].flatMap(number =>
      [1, 2, 3].map(run =>
        folders.put(`versions-${number}`, 'kafka', run, {
          header: header => {
            header.software = { name: `Apache Kafka ${number}`, version: number, kind: 'product', notes: [] }
          },
        }),
      ),
    )
    const made = await compare('versions', dirs)
    const ids = ['kafka@4.3.1', 'kafka@4.10.0']
    assert.deepEqual(
      made.platforms.map(({ platform, name, runs }) => [platform, name, runs.length]),
      [
        ['kafka@4.3.1', 'Apache Kafka 4.3.1', 3],
        ['kafka@4.10.0', 'Apache Kafka 4.10.0', 3],
      ],
    )
    assert.deepEqual(Object.keys(made.measures[0]?.perPlatform ?? {}), ids)
    // The same model, each with what its own runs measured.
    assert.deepEqual(
      made.cost.bills.map(({ platform }) => platform),
      ids,
    )
    assert.ok(made.cost.breakEvens.every(({ crossings }) => crossings.length === 0))
    const lines = comparisonCsv(made).split('\r\n')
    for (const id of ids)
      assert.ok(
        lines.some(line => line.startsWith(`${id},`)),
        id,
      )
  })

  it('writes every value of every run into the CSV, with the reason where there is none', () => {
    const made = comparePlain()
    const lines = comparisonCsv(made).trimEnd().split('\r\n')
    assert.equal(lines[0], 'platform,run,dimension,measure,subject,unit,value,why')
    const own = made.measures.flatMap(({ perPlatform }) =>
      Object.values(perPlatform).flatMap(one => one?.values ?? []),
    )
    const names = new Set(made.measures.map(({ measure }) => measure))
    assert.equal(lines.filter(line => names.has(line.split(',')[3] ?? '')).length, own.length)
    assert.ok(
      lines.some(line => line.startsWith('kafka,1,resources,object-store-requests,,count,,the platform has')),
    )
  })
})

type Measured = Parameters<NonNullable<Parameters<RunFolders['put']>[3]>['measurements'] & object>[0]

/** The tool reads so much more across zones, spread over all pairs. */
function withAudit(run: RunFolder, bytes: number): RunFolder {
  if (!run.judged) return run
  const { meters } = run.judged
  const more = (measured: MeasuredValue, by: number) => ({ ...measured, value: (measured.value ?? 0) + by })
  const pairs = meters.paths.filter(path => path.crosses).length
  const paths = meters.paths.map(path => {
    const by = path.crosses ? bytes / pairs : 0
    return {
      ...path,
      total: more(path.total, by),
      byCause: { ...path.byCause, audit: more(path.byCause.audit, by) },
    }
  })
  const crossed = {
    total: more(meters.crossed.total, bytes),
    byCause: { ...meters.crossed.byCause, audit: more(meters.crossed.byCause.audit, bytes) },
  }
  return { ...run, judged: { ...run.judged, meters: { ...meters, paths, crossed } } }
}

const dropped = (records: number) => ({
  measurements: (measured: Measured) => void (measured.fleet.dropped.value = records),
})

const unmeasured = (why: string) => ({
  measurements(measured: Measured) {
    for (const fault of measured.faults) fault.inSyncMs = { value: null, why, from: [] }
  },
})

function outage(measured: Measured, lengthMs: number) {
  const fromMs = (measured.faults[0]?.intendedAt ?? 0) + 500
  return { partition: 'telemetry/0', zone: 'az-a', fromMs, toMs: fromMs + lengthMs, open: false }
}
