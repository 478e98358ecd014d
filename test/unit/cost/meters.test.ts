import assert from 'node:assert/strict'
import { before, describe, it } from 'mocha'
import { readMeters } from '../../../chaos/cost/meters.ts'
import type { Cause, RunMeters } from '../../../chaos/record/run-meters.ts'
import { PLANTED, PLANTED_INGEST, PLANTED_REPLAY, type Plan, withPlantedRun } from './planted-run.ts'

const metersOf = (plan: Plan = {}): Promise<RunMeters> => withPlantedRun(plan, readMeters)

/** The link meter and a known payload agree within 2%. */
function agrees(found: number | null, payload: number, what: string): void {
  assert.ok(found !== null, `${what} was not measured`)
  assert.ok(Math.abs(found / payload - 1) < 0.02, `${what}: ${found} where ${payload} were planted`)
}

describe('meters of a run whose payload is known', () => {
  let meters: RunMeters
  before(async () => {
    meters = await metersOf()
  })
  const crossed = (cause: Cause): number | null => meters.crossed.byCause[cause]?.value ?? null
  const path = (from: string, to: string) => {
    const found = meters.paths.find(one => one.from === from && one.to === to)
    assert.ok(found)
    return found
  }

  it('count what was ingested, in records and bytes', () => {
    agrees(meters.ingest.bytes.value, PLANTED_INGEST, 'ingest')
    agrees(meters.ingest.records.value, PLANTED_INGEST / PLANTED.recordBytes, 'records')
    assert.equal(meters.ingest.bytesPerRecord.value, PLANTED.recordBytes)
  })

  it('agree with the payload within 2% for each cause', () => {
    agrees(crossed('produce'), (PLANTED_INGEST * 2) / 3, 'produce')
    agrees(crossed('replicate'), PLANTED_INGEST * 2, 'replicate')
    agrees(crossed('consume'), (PLANTED_INGEST * 2) / 3, 'consume')
    agrees(crossed('replay'), (PLANTED_REPLAY * 2) / 3, 'replay')
    agrees(crossed('recovery'), PLANTED.recoveryPerLink * 2, 'recovery')
    agrees(crossed('audit'), (PLANTED_INGEST * 2) / 3, 'audit')
  })

  it('agree with the payload within 2% in total', () => {
    const payload =
      PLANTED_INGEST * (2 + (3 * 2) / 3) + (PLANTED_REPLAY * 2) / 3 + PLANTED.recoveryPerLink * 2
    agrees(meters.crossed.total.value, payload, 'everything')
  })

  it('know which way bytes went: recovery goes into the zone that was cut off', () => {
    agrees(path('az-a', 'az-c').byCause.recovery.value, PLANTED.recoveryPerLink, 'az-a to az-c')
    assert.equal(path('az-c', 'az-a').byCause.recovery.value, 0)
    agrees(path('az-b', 'az-a').byCause.consume.value, PLANTED_INGEST / 3, 'az-b to az-a')
    assert.equal(path('az-a', 'az-b').byCause.consume.value, 0)
    assert.equal(path('az-a', 'az-a').crosses, false)
  })

  it('know nothing of what brokers say to each other on a cluster that was there, and all of its clients', async () => {
    const there = await metersOf({ header: { driver: 'attach', ownsLab: false } })
    for (const cause of ['replicate', 'recovery', 'control'] as const) {
      assert.equal(there.crossed.byCause[cause]?.value, null, cause)
      assert.match(there.crossed.byCause[cause]?.why ?? '', /the cluster was there/)
    }
    assert.deepEqual(
      [there.crossed.total.value, there.ratios.replicate.value, there.ratios.control.value],
      [null, null, null],
    )
    agrees(there.crossed.byCause.produce.value, (PLANTED_INGEST * 2) / 3, 'produce')
    agrees(there.ratios.consume.value, 2 / 3, 'consume')
    agrees(there.ratios.replay.value, 2 / 3, 'replay')
  })

  it('leave nothing out: the causes of a path add up to its total', () => {
    for (const { from, to, total, byCause } of meters.paths) {
      const sum = Object.entries(byCause)
        .filter(([cause]) => cause !== 'object-store')
        .reduce((all, [, measured]) => all + (measured.value ?? Number.NaN), 0)
      assert.ok(Math.abs(sum - (total.value ?? 0)) <= 10, `${from} to ${to}: ${sum} of ${total.value}`)
    }
  })

  it('give crossings for each ingested and each read byte, under steady load', () => {
    assert.deepEqual(meters.ratios.span, { fromMs: PLANTED.from, toMs: PLANTED.steadyTo })
    agrees(meters.ratios.produce.value, 2 / 3, 'produce')
    agrees(meters.ratios.replicate.value, 2, 'replicate')
    agrees(meters.ratios.consume.value, 2 / 3, 'consume')
    agrees(meters.ratios.replay.value, 2 / 3, 'replay')
    for (const client of ['produce', 'consume', 'replay'] as const) {
      agrees(meters.ratios.wire[client].value, PLANTED.wire, `protocol of ${client}`)
      agrees(meters.ratios.share[client].value, 2 / 3, `share of ${client}`)
    }
    assert.equal(meters.ratios.recordsPerRequest.value, 50)
  })

  it('count the CPU of both lives of a broker that was restarted, and its largest memory', () => {
    const [first, second] = meters.brokers
    agrees(first?.cpuSeconds.value ?? null, (PLANTED.end - PLANTED.from) / 10_000, 'broker 1')
    agrees(second?.cpuSeconds.value ?? null, 47 * 0.1 + 66 * 0.1, 'broker 2')
    assert.equal(first?.peakMemoryBytes.value, 206e6)
    assert.equal(first?.memoryIs, 'rss')
  })

  it('count what is stored, once and with every replica', () => {
    agrees(meters.stored.oneCopyBytes.value, PLANTED_INGEST, 'one copy')
    agrees(meters.stored.onBrokersBytes.value, PLANTED_INGEST * 3, 'all copies')
  })

  it('take what brokers keep from their disks, where those were looked at', async () => {
    const looked = (row: object, index: number) => ({
      ...row,
      // Every broker is looked at twice; the last look counts, and between looks nothing is known.
      segmentBytes: index < 3 ? 1e6 : index >= 60 && index < 63 ? 5e6 + index : null,
    })
    const { stored } = await metersOf({
      change: files => {
        files['samples/nodes.jsonl'] = (files['samples/nodes.jsonl'] as object[]).map(looked)
      },
    })
    assert.equal(stored.onBrokersBytes.value, 3 * 5e6 + 60 + 61 + 62)
    assert.deepEqual(
      stored.onBrokersBytes.from.map(({ selector }) => selector),
      ['line 61 /segmentBytes', 'line 62 /segmentBytes', 'line 63 /segmentBytes'],
    )
  })

  it('count what a person would have had to do, and where the journal says so', () => {
    // The run of the fixture kills one broker and replays once; links and zones come back without a hand.
    assert.equal(meters.operatorSteps.value, 2)
    assert.deepEqual(
      meters.operatorSteps.from.map(({ value }) => value),
      ['fault.healed', 'action.started'],
    )
  })

  it('say where every value comes from', () => {
    const { crossed: all, ingest, ratios, stored } = meters
    for (const measured of [
      all.total,
      all.byCause.produce,
      ingest.bytes,
      ratios.replicate,
      stored.oneCopyBytes,
    ]) {
      assert.ok(measured.from.length > 0)
      for (const { file, selector } of measured.from) assert.match(`${file} ${selector}`, /\.jsonl? \S/)
    }
  })
})

describe('meters of a run with trouble', () => {
  it('divide reads by what each consumer says, when both are in one zone', async () => {
    const { crossed } = await metersOf({ recoveryZone: 'az-a' })
    agrees(crossed.byCause.consume.value, (PLANTED_INGEST * 2) / 3, 'consume')
    agrees(crossed.byCause.replay.value, (PLANTED_REPLAY * 2) / 3, 'replay')
  })

  it('prefer the proportional size of memory where it was sampled', async () => {
    const { brokers } = await metersOf({
      change: files => {
        files['samples/nodes.jsonl'] = (files['samples/nodes.jsonl'] as object[]).map(row => ({
          ...row,
          pssBytes: 150e6,
        }))
      },
    })
    assert.equal(brokers[0]?.memoryIs, 'pss')
    assert.equal(brokers[0]?.peakMemoryBytes.value, 150e6)
  })

  it('know nothing of a link whose counter went back, and say which', async () => {
    const { paths, ratios } = await metersOf({
      change: files => {
        const rows = structuredClone(files['samples/links.jsonl']) as {
          t: number
          links: Record<string, [number, number]>
        }[]
        for (const row of rows.slice(50)) (row.links['az-b>1:client'] as [number, number])[0] -= 3e6
        files['samples/links.jsonl'] = rows
      },
    })
    const broken = paths.find(path => path.from === 'az-b' && path.to === 'az-a')
    assert.equal(broken?.byCause.produce.value, null)
    assert.match(broken?.byCause.produce.why ?? '', /az-b>1:client to node/)
    // The exact counters do not depend on the live meter.
    assert.ok((broken?.total.value ?? 0) > 0)
    assert.equal(ratios.produce.value, null)
  })

  it('show what only the exact counters saw as a cause of its own', async () => {
    const { crossed } = await metersOf({
      change: files => {
        const totals = structuredClone(files['samples/link-totals.json']) as {
          exact: Record<string, [number, number]>
        }
        ;(totals.exact['az-b>1:client'] as [number, number])[0] += 5_000_000
        files['samples/link-totals.json'] = totals
      },
    })
    agrees(crossed.byCause.unattributed.value, 5_000_000, 'unattributed')
  })

  it('have no ratios without a scored run, and say what to do', async () => {
    const { ratios, crossed } = await metersOf({ change: files => (files['measurements.json'] = null) })
    assert.equal(ratios.produce.value, null)
    assert.match(ratios.produce.why ?? '', /score the run first/)
    assert.ok((crossed.total.value ?? 0) > 0)
    assert.equal(crossed.byCause.replay.value, null)
    assert.equal(crossed.byCause.recovery.value, null)
  })

  it('cannot tell reads apart when no history says where readers were', async () => {
    const { crossed } = await metersOf({
      change: files => {
        for (const file of Object.keys(files)) if (file.startsWith('history/')) delete files[file]
      },
    })
    assert.equal(crossed.byCause.consume.value, 0)
    agrees(crossed.byCause.unattributed.value, ((PLANTED_INGEST + PLANTED_REPLAY) * 2) / 3, 'reads')
  })

  it('say that there is no object store rather than that it was asked nothing', async () => {
    const { objectStore, stored } = await metersOf()
    assert.equal(objectStore.toStoreBytes.value, null)
    assert.match(objectStore.toStoreBytes.why ?? '', /there is no samples\/object-store\.jsonl/)
    assert.equal(stored.inObjectStoreBytes.value, null)
  })

  it('do not guess what brokers with a tier keep on their disks', async () => {
    const { stored } = await metersOf({ header: { platform: 'kafka-tiered' } })
    assert.equal(stored.onBrokersBytes.value, null)
    assert.match(stored.onBrokersBytes.why ?? '', /were not looked at/)
  })

  it('know of one copy on a shared platform, whatever the contract asks for', async () => {
    assert.equal((await metersOf()).replicas, 3)
    for (const platform of ['automq', 'automq-router'])
      assert.equal((await metersOf({ header: { platform } })).replicas, 1)
  })

  it('keep the ways to the object store apart from what crosses zones', async () => {
    const without = await metersOf()
    const { objectStore, crossed } = await metersOf({
      change: files => {
        const totals = structuredClone(files['samples/link-totals.json']) as {
          exact: Record<string, [number, number]>
        }
        totals.exact['az-a>9:s3'] = [5000, 700]
        totals.exact['az-b>9:s3'] = [6000, 800]
        files['samples/link-totals.json'] = totals
      },
    })
    assert.deepEqual(without.objectStore.overLinks, [])
    assert.deepEqual(
      objectStore.overLinks.map(({ zone, toStore, fromStore }) => [zone, toStore.value, fromStore.value]),
      [
        ['az-a', 5000, 700],
        ['az-b', 6000, 800],
      ],
    )
    assert.equal(crossed.total.value, without.crossed.total.value)
  })

  it('count object requests by operation, with the ingest rate beside them', async () => {
    const counts = (requests: number) => ({
      requests,
      failed: 1,
      toStoreBytes: requests * 100,
      fromStoreBytes: 7,
    })
    const { objectStore } = await metersOf({
      change: files => {
        files['samples/object-store.jsonl'] = [
          { t: PLANTED.from, zones: {}, storedBytes: 0 },
          {
            t: PLANTED.from + 10_000,
            zones: {
              'az-a': { PutObject: counts(3), GetObject: counts(5) },
              'az-b': { PutObject: counts(4) },
            },
            storedBytes: 700,
          },
        ]
      },
    })
    assert.equal(objectStore.requests.PutObject?.value, 7)
    assert.equal(objectStore.requests.GetObject?.value, 5)
    assert.equal(objectStore.failed.value, 3)
    assert.equal(objectStore.toStoreBytes.value, 1200)
    assert.equal(objectStore.storedBytes.value, 700)
    agrees(objectStore.ingestBytesPerSecond.value, PLANTED.perZoneAndNode * 9, 'rate')
  })
})
