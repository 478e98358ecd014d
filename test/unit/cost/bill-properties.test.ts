import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { type Bill, billFor } from '../../../chaos/cost/model/bill.ts'
import { PLATFORM_NAMES, type PlatformName } from '../../../chaos/platforms/index.ts'
import type { Workload } from '../../../chaos/cost/workload.ts'
import { paperPrices, paperWorkload } from './sample-workload.ts'

const HOUR = 3_600_000
const prices = paperPrices()
const platform = fc.constantFrom(...PLATFORM_NAMES)

const workload: fc.Arbitrary<Workload> = fc
  .record({
    ingest: fc.double({ min: 0.1, max: 3000, noNaN: true }),
    fanOut: fc.double({ min: 0, max: 20, noNaN: true }),
    zones: fc.integer({ min: 1, max: 4 }),
    replicas: fc.integer({ min: 1, max: 4 }),
    rackAwareClients: fc.boolean(),
    zoneLocalProduce: fc.boolean(),
    telemetry: fc.double({ min: 0, max: 1, noNaN: true }),
    retentionHours: fc.integer({ min: 1, max: 2000 }),
    localHours: fc.integer({ min: 0, max: 100 }),
    perMonth: fc.double({ min: 0, max: 100, noNaN: true }),
    depthHours: fc.integer({ min: 0, max: 500 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    diskFill: fc.double({ min: 0.1, max: 1, noNaN: true }),
    headroom: fc.double({ min: 0, max: 0.9, noNaN: true }),
    withinHours: fc.integer({ min: 1, max: 48 }),
    losses: fc.double({ min: 0, max: 50, noNaN: true }),
    connector: fc.double({ min: 0, max: 100, noNaN: true }),
    to: fc.constantFrom('same-region' as const, 'other-region' as const, 'internet' as const),
    access: fc.constantFrom('gateway' as const, 'interface' as const, 'nat' as const),
    wholeZones: fc.boolean(),
  })
  .map(
    (one): Workload =>
      paperWorkload({
        ingestMbPerSecond: one.ingest,
        fanOut: one.fanOut,
        zones: one.zones,
        replicas: one.replicas,
        rackAwareClients: one.rackAwareClients,
        zoneLocalProduce: one.zoneLocalProduce,
        classes: {
          telemetry: { share: one.telemetry, retention: one.retentionHours * HOUR, compacted: false },
          'device-state': { share: 1 - one.telemetry, retention: 720 * HOUR, compacted: true, storedGb: 50 },
        },
        localRetention: one.localHours * HOUR,
        replays: {
          perMonth: one.perMonth,
          depth: one.depthHours * HOUR,
          share: one.share,
          within: one.withinHours * HOUR,
        },
        brokerLossesPerYear: one.losses,
        connector: { mbPerSecond: one.connector, to: one.to },
        sizing: {
          ...paperWorkload().sizing,
          wholeZones: one.wholeZones,
          diskFill: one.diskFill,
          headroom: one.headroom,
        },
        objectStore: { ...paperWorkload().objectStore, access: one.access },
      }),
  )

const bill = (of: PlatformName, stated: Workload): Bill => billFor(of, stated, prices)
const factor = fc.double({ min: 1, max: 10, noNaN: true })

/**
 * More of a thing, everything else as it is. Local retention is not among them: with more of it replays read less
 * from the object store, which may save more than the disks cost.
 */
const MORE: Readonly<Record<string, (stated: Workload, times: number) => Workload>> = {
  ingest: (stated, times) => ({ ...stated, ingestMbPerSecond: stated.ingestMbPerSecond * times }),
  'fan-out': (stated, times) => ({ ...stated, fanOut: stated.fanOut * times }),
  retention: (stated, times) => ({
    ...stated,
    classes: Object.fromEntries(
      Object.entries(stated.classes).map(([name, one]) => [
        name,
        { ...one, retention: one.retention * times },
      ]),
    ),
  }),
  replays: (stated, times) => ({
    ...stated,
    replays: { ...stated.replays, perMonth: stated.replays.perMonth * times },
  }),
  'depth of replays': (stated, times) => ({
    ...stated,
    replays: { ...stated.replays, depth: stated.replays.depth * times },
  }),
  'lost brokers': (stated, times) => ({ ...stated, brokerLossesPerYear: stated.brokerLossesPerYear * times }),
  'connector traffic': (stated, times) => ({
    ...stated,
    connector: { ...stated.connector, mbPerSecond: stated.connector.mbPerSecond * times },
  }),
  'operator hours': (stated, times) => ({
    ...stated,
    operator: { ...stated.operator, hoursPerMonth: stated.operator.hoursPerMonth * times },
  }),
  'of the ingest in a replay': (stated, times) => ({
    ...stated,
    replays: { ...stated.replays, share: Math.min(1, stated.replays.share * times) },
  }),
  'haste in a replay': (stated, times) => ({
    ...stated,
    replays: { ...stated.replays, within: stated.replays.within / times },
  }),
  'room on disks': (stated, times) => ({
    ...stated,
    sizing: { ...stated.sizing, diskFill: stated.sizing.diskFill / times },
  }),
  headroom: (stated, times) => ({
    ...stated,
    sizing: { ...stated.sizing, headroom: 1 - (1 - stated.sizing.headroom) / times },
  }),
  'brokers for the same bytes': (stated, times) => ({
    ...stated,
    sizing: { ...stated.sizing, mbPerSecondPerBroker: stated.sizing.mbPerSecondPerBroker / times },
  }),
}

/**
 * More of a thing that has another side, which is held still: a replica in the reader's zone saves its reads the way,
 * and brokers are rounded up to the same number in every zone, so that four zones may have fewer of them than three.
 */
const STEPS: Readonly<
  Record<string, readonly [still: Partial<Workload>, more: (stated: Workload) => Workload]>
> = {
  replicas: [{ rackAwareClients: false }, stated => ({ ...stated, replicas: stated.replicas + 1 })],
  zones: [
    { sizing: { ...paperWorkload().sizing, wholeZones: false } },
    stated => ({ ...stated, zones: stated.zones + 1 }),
  ],
}

describe('any bill', () => {
  it('has no negative line', () => {
    fc.assert(
      fc.property(platform, workload, (of, stated) => {
        for (const { line, usdPerMonth } of bill(of, stated).lines)
          assert.ok(Number.isFinite(usdPerMonth) && usdPerMonth >= 0, `${line} ${usdPerMonth}`)
      }),
    )
  })

  for (const [name, more] of Object.entries(MORE)) {
    it(`costs no less with more ${name}, but for brokers that are lost more cheaply among more`, () => {
      fc.assert(
        fc.property(platform, workload, factor, (of, stated, times) => {
          const [less, greater] = comparable(bill(of, stated), bill(of, more(stated, times)))
          assert.ok(greater >= less - 1e-6, `${less} to ${greater}`)
        }),
      )
    })
  }

  for (const [name, [still, more]] of Object.entries(STEPS)) {
    it(`costs no less with more ${name}, where nothing else changes`, () => {
      fc.assert(
        fc.property(platform, workload, (of, any) => {
          const stated = { ...any, ...still }
          const [less, greater] = comparable(bill(of, stated), bill(of, more(stated)))
          assert.ok(greater >= less - 1e-6, `${less} to ${greater}`)
        }),
      )
    })
  }

  it('costs no less when any price rises, and twice as much when all double, labour aside', () => {
    const noLabour = (stated: Workload): Workload => ({
      ...stated,
      operator: { ...stated.operator, usdPerHour: 0 },
    })
    const items = [...new Set(prices.rows.map(row => row.item))]
    fc.assert(
      fc.property(platform, workload, fc.constantFrom(...items), factor, (of, stated, item, times) => {
        const free = noLabour(stated)
        const now = billFor(of, free, prices).totalUsdPerMonth
        const dearer = billFor(
          of,
          free,
          prices.scaled(one => one === item, times),
        ).totalUsdPerMonth
        const doubled = billFor(
          of,
          free,
          prices.scaled(() => true, 2),
        ).totalUsdPerMonth
        assert.ok(dearer >= now - 1e-6)
        assert.ok(Math.abs(doubled - 2 * now) <= 1e-9 * doubled)
      }),
    )
  })

  it('moves bytes between zones at a price that adds up: two ingests cost what their sum costs', () => {
    const lines = ['cross-zone-paths', 'read-fan-out'] as const
    fc.assert(
      fc.property(
        platform,
        workload,
        fc.double({ min: 0.1, max: 3000, noNaN: true }),
        (of, stated, other) => {
          const costOf = (ingestMbPerSecond: number): number =>
            bill(of, { ...stated, ingestMbPerSecond })
              .lines.filter(({ line }) => lines.some(name => name === line))
              .reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0)
          const together = costOf(stated.ingestMbPerSecond + other)
          assert.ok(
            Math.abs(costOf(stated.ingestMbPerSecond) + costOf(other) - together) <= 1e-9 * together + 1e-9,
          )
        },
      ),
    )
  })

  it('keeps data classes apart: the storage of two is the storage of each, added', () => {
    fc.assert(
      fc.property(platform, workload, (of, any) => {
        // So little that volumes need no more throughput than they include.
        const stated = { ...any, ingestMbPerSecond: Math.min(any.ingestMbPerSecond, 50) }
        const sizing = { ...stated.sizing, systemGb: 0, mbPerSecondPerBroker: 1e6 }
        const storageOf = (classes: Workload['classes']): number =>
          bill(of, { ...stated, classes, sizing })
            .lines.filter(({ line }) => line === 'object-storage' || line === 'broker-storage')
            .reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0)
        const { telemetry, 'device-state': state } = stated.classes
        assert.ok(telemetry && state)
        const apart = storageOf({ telemetry }) + storageOf({ 'device-state': state })
        assert.ok(Math.abs(storageOf(stated.classes) - apart) <= 1e-6)
      }),
    )
  })
})

/** Among more brokers each holds less, so losing one costs less: the one line that may fall as others rise. */
function comparable(less: Bill, greater: Bill): readonly [number, number] {
  if (less.sizing.brokers === greater.sizing.brokers) return [less.totalUsdPerMonth, greater.totalUsdPerMonth]
  return [withoutLosses(less), withoutLosses(greater)]
}

function withoutLosses({ lines }: Bill): number {
  return lines.reduce((sum, { line, usdPerMonth }) => (line === 'broker-losses' ? sum : sum + usdPerMonth), 0)
}
