import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { costFile } from '../../../chaos/record/cost-file.ts'
import { readMeters } from '../../../chaos/cost/meters.ts'
import type { RunMeters } from '../../../chaos/record/run-meters.ts'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import type { LinkId } from '../../../chaos/core/topology.ts'
import { type Plan, withPlantedRun } from './planted-run.ts'

/** What a worker in az-b moves each second: towards a node, and back from it. */
const A_SECOND = {
  'az-b>1:connect': [10, 1000],
  'az-b>2:connect': [20, 2000],
  'az-b>3:connect': [30, 3000],
} as const
type ConnectLink = keyof typeof A_SECOND & LinkId
const LINKS = Object.keys(A_SECOND) as ConnectLink[]
/** Carried by connections that no sample saw. */
const MISSED = 7
type Counters = Record<string, readonly [number, number]>

function withConnectLinks(files: Record<string, unknown>): void {
  const rows = files['samples/links.jsonl'] as { t: number; links: Counters }[]
  const seconds = rows.length - 1
  const after = (second: number, more = 0): Counters =>
    Object.fromEntries(
      LINKS.map(link => [link, [A_SECOND[link][0] * second + more, A_SECOND[link][1] * second] as const]),
    )
  files['samples/links.jsonl'] = rows.map((row, second) => ({
    ...row,
    links: { ...row.links, ...after(second) },
  }))
  const totals = files['samples/link-totals.json'] as { t: number; live: Counters; exact: Counters }
  files['samples/link-totals.json'] = {
    ...totals,
    live: { ...totals.live, ...after(seconds) },
    exact: { ...totals.exact, ...after(seconds, MISSED) },
  }
}

const drained = (stored: number | null, lines: number) => ({
  kind: 'connector.drained' as const,
  t: 121_000,
  topics: ['integration'],
  stored,
  lines,
  bytes: 90_000,
  waitedMs: 10,
})

const plan = (changes: Plan = {}): Plan => ({
  change: withConnectLinks,
  drill: { connector: { zone: 'az-b', topics: ['integration'] } },
  events: [drained(1000, 1000)],
  ...changes,
})
const metersOf = (changes: Plan = {}): Promise<RunMeters> => withPlantedRun(plan(changes), readMeters)

const seconds = 116
const path = (meters: RunMeters, from: string, to: string) => {
  const found = meters.paths.find(one => one.from === from && one.to === to)
  assert.ok(found)
  return found
}

describe('meters of a run with a connector', () => {
  it('count its bytes by the proxies’ own counters, in its zone and out of it, and say so', async () => {
    const { connectorBytes } = await metersOf()
    assert.equal(connectorBytes.value, 6060 * seconds + 3 * MISSED)
    assert.deepEqual(
      connectorBytes.from.map(({ file, selector }) => `${file} ${selector}`),
      ['samples/link-totals.json /exact'],
    )
  })

  it('know each way of them, and what of it crossed', async () => {
    const meters = await metersOf()
    const ways = [
      ['az-b', 'az-a', 10 * seconds + MISSED],
      ['az-a', 'az-b', 1000 * seconds],
      ['az-b', 'az-b', 2020 * seconds + MISSED],
      ['az-b', 'az-c', 30 * seconds + MISSED],
      ['az-c', 'az-b', 3000 * seconds],
      ['az-a', 'az-c', 0],
    ] as const
    for (const [from, to, bytes] of ways)
      assert.equal(path(meters, from, to).byCause.connector?.value, bytes, `${from} to ${to}`)
    assert.equal(meters.crossed.byCause.connector?.value, 4040 * seconds + 2 * MISSED)
  })

  it('leave nothing out and count nothing twice: causes add up, and the other causes are what they were', async () => {
    const [meters, plain] = [await metersOf(), await withPlantedRun({}, readMeters)]
    for (const { from, to, total, byCause } of meters.paths) {
      const sum = Object.entries(byCause)
        .filter(([cause]) => cause !== 'object-store')
        .reduce((all, [, measured]) => all + (measured.value ?? Number.NaN), 0)
      assert.ok(Math.abs(sum - (total.value ?? 0)) <= 10, `${from} to ${to}: ${sum} of ${total.value}`)
    }
    const { connector, ...others } = meters.crossed.byCause
    assert.ok(connector)
    assert.deepEqual(others, plain.crossed.byCause)
    assert.deepEqual(meters.ratios, plain.ratios)
  })

  it('use the live meter where the lab was there before the run', async () => {
    const { connectorBytes, crossed } = await metersOf({ header: { ownsLab: false } })
    assert.equal(connectorBytes.value, 6060 * seconds)
    assert.match(connectorBytes.from[0]?.file ?? '', /links\.jsonl/)
    assert.equal(crossed.byCause.connector?.value, 4040 * seconds)
  })

  it('know nothing where the live meter lost one of its links, and say which', async () => {
    const { connectorBytes } = await metersOf({
      header: { ownsLab: false },
      change: files => {
        withConnectLinks(files)
        const rows = files['samples/links.jsonl'] as { links: Record<string, [number, number]> }[]
        for (const row of rows.slice(50)) row.links['az-b>2:connect'] = [0, 0]
      },
    })
    assert.equal(connectorBytes.value, null)
    assert.match(connectorBytes.why ?? '', /az-b>2:connect/)
  })

  it('tell what its sink has beside what is stored, and where the journal says so', async () => {
    const { connector } = await metersOf({ events: [drained(1000, 998)] })
    assert.equal(connector?.zone, 'az-b')
    assert.equal(connector?.storedRecords.value, 1000)
    assert.equal(connector?.sinkLines.value, 998)
    assert.match(connector?.sinkLines.from[0]?.selector ?? '', /^line \d+$/)
  })

  it('do not know what no broker told, nor what an interrupted run did not wait for', async () => {
    const unmeasured = await metersOf({ events: [drained(null, 998)] })
    assert.equal(unmeasured.connector?.storedRecords.value, null)
    assert.equal(unmeasured.connector?.sinkLines.value, 998)
    const { connector } = await metersOf({ events: [] })
    assert.equal(connector?.sinkLines.value, null)
    assert.match(connector?.sinkLines.why ?? '', /before its sink was given time/)
  })

  it('are in cost.json as its schema has them', async () => {
    await withPlantedRun(plan(), async folder => {
      await priceRun(folder, await loadInputs())
      const { meters } = costFile.parse(JSON.parse(readFileSync(join(folder, 'cost.json'), 'utf8')))
      assert.equal(meters?.connectorBytes.value, 6060 * seconds + 3 * MISSED)
      assert.equal(meters?.connector?.sinkLines.value, 1000)
    })
  })
})

describe('meters of a run without a connector', () => {
  it('have no such cause, and say why its traffic is not known', async () => {
    const meters = await withPlantedRun({}, readMeters)
    assert.equal(meters.connectorBytes.value, null)
    assert.match(meters.connectorBytes.why ?? '', /the run has no connector/)
    assert.equal('connector' in meters, false)
    for (const byCause of [meters.crossed.byCause, ...meters.paths.map(one => one.byCause)])
      assert.equal('connector' in byCause, false)
  })
})

describe('meters of a run with two regions', () => {
  /** The same bytes, over the links between the regions. */
  const betweenRegions = (files: Record<string, unknown>): void => {
    withConnectLinks(files)
    const rename = (text: string) => text.replaceAll('az-b>', 'region-b>').replaceAll(':connect', ':mirror')
    for (const name of ['samples/links.jsonl', 'samples/link-totals.json'])
      files[name] = JSON.parse(rename(JSON.stringify(files[name]))) as unknown
  }
  const regions = {
    brokers: 1,
    mirror: { policy: 'identity', emitCheckpoints: true },
    offsets: 'translated',
    bounds: {},
  }

  it('count what went between them apart, and in no zone', async () => {
    const meters = await withPlantedRun({ change: betweenRegions, drill: { regions } }, readMeters)
    assert.equal(meters.interRegionBytes?.value, 6060 * seconds + 3 * MISSED)
    const alone = await withPlantedRun({ drill: { regions } }, readMeters)
    assert.equal(alone.interRegionBytes?.value, 0)
  })

  it('have no such number where there is one region', async () => {
    assert.equal((await withPlantedRun({}, readMeters)).interRegionBytes, undefined)
  })
})
