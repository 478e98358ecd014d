import assert from 'node:assert/strict'
import {
  byteMatrix,
  flowsWithin,
  measureRecoveryBytes,
  STORE_PLACE,
} from '../../../chaos/score/link-bytes.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import { evidenceOf, linkSeries } from './evidence-of.ts'
import { faultLife } from './faults.ts'

type Links = Record<string, [number, number]>
const CLIENT = 'az-a>2:client'
const INTO_B = 'az-b>1:replication'
const INTO_A = 'az-a>2:replication'

/** Counters every second from 0 to 40 s; replication runs at 1,000 B/s into each of two zones. */
function rows(change: (t: number, links: Links) => Links = (_, links) => links) {
  return Array.from({ length: 41 }, (_, second) => {
    const t = second * 1000
    return {
      t,
      links: change(t, {
        [CLIENT]: [second * 500, 0],
        [INTO_A]: [0, second * 1000],
        [INTO_B]: [0, second * 1000],
      }),
    }
  })
}
const steady = { fromMs: 0, toMs: 9_000 }
/** Recovery copies 7,000 B into az-b in the second after 21 s. */
const copying = rows((t, links) => (t >= 22_000 ? { ...links, [INTO_B]: [0, t + 7_000] } : links))

describe('bytes on links', () => {
  it('are the difference between the last samples before both ends', () => {
    const client = flowsWithin(linkSeries(rows()), { fromMs: 10_400, toMs: 20_900 }).find(
      flow => flow.link === CLIENT,
    )
    assert.deepEqual(client, { link: CLIENT, toNode: 5_000, back: 0 })
  })

  it('are not known on a link whose counter went back', () => {
    const restarted = rows((t, links) => (t >= 15_000 ? { ...links, [CLIENT]: [t - 15_000, 0] } : links))
    const flows = flowsWithin(linkSeries(restarted), { fromMs: 10_000, toMs: 20_000 })
    assert.equal(flows.find(flow => flow.link === CLIENT)?.toNode, null)
    assert.equal(flows.find(flow => flow.link === INTO_A)?.back, 10_000)
  })

  it('are not known where the meter was silent at an end', () => {
    const silent = rows().filter(row => row.t < 15_000 || row.t > 25_000)
    assert.deepEqual(flowsWithin(linkSeries(silent), { fromMs: 10_000, toMs: 24_000 }), [])
  })
})

describe('bytes that recovery itself moved', () => {
  it('are what replication carried from healing to full sync, less the steady rate', () => {
    const measured = measureRecoveryBytes(linkSeries(copying), faultLife(), known(2_500), steady)
    assert.deepEqual(measured.measuredOver, { fromMs: 20_000, toMs: 23_000 })
    assert.equal(measured.gross.value, 3_000 + 3_000 + 7_000)
    assert.equal(measured.net.value, 7_000)
    assert.equal(measured.steadyBytesPerSecond.value, 2_000)
  })

  it('count what brokers and the object store gave each other from the injection on, apart from replication', () => {
    const { injectedAt } = faultLife()
    // 100 B/s either way all the time, and 5,000 B out of the store while the fault was there.
    const stored = rows((t, links) => {
      const fetched = t > (injectedAt ?? 0) ? 5_000 : 0
      return { ...links, 'az-a>9:s3': [t / 10, t / 10 + fetched] }
    })
    const { storeNet, net } = measureRecoveryBytes(linkSeries(stored), faultLife(), known(2_500), steady)
    assert.deepEqual([storeNet?.value, net.value], [5_000, 0])
  })

  it('know of no object store where there is none', () => {
    const { storeNet } = measureRecoveryBytes(linkSeries(rows()), faultLife(), known(2_500), steady)
    assert.deepEqual([storeNet?.value, storeNet?.why], [null, 'there is no object store'])
  })

  it('are told apart for the zone that was healed', () => {
    const measured = measureRecoveryBytes(linkSeries(copying), faultLife(), known(2_500), steady)
    assert.equal(measured.intoHealedZones.value, 10_000)
    assert.equal(measured.intoHealedZonesNet.value, 7_000)
    const elsewhere = measureRecoveryBytes(
      linkSeries(copying),
      faultLife({ zones: ['az-a'] }),
      known(2_500),
      steady,
    )
    assert.equal(elsewhere.intoHealedZonesNet.value, 0)
  })

  it('are not known while it is not known when replicas were in sync', () => {
    const measured = measureRecoveryBytes(linkSeries(copying), faultLife(), notKnown('a hole'), steady)
    assert.deepEqual([measured.net.value, measured.net.why], [null, 'a hole'])
  })

  it('are not known when a meter restarted in between', () => {
    const restarted = rows((t, links) => (t >= 21_000 ? { ...links, [INTO_B]: [0, t - 21_000] } : links))
    assert.equal(
      measureRecoveryBytes(linkSeries(restarted), faultLife(), known(2_500), steady).net.value,
      null,
    )
  })

  it('are known gross but not net without a steady state before', () => {
    const measured = measureRecoveryBytes(linkSeries(copying), faultLife(), known(2_500), null)
    assert.equal(measured.gross.value, 13_000)
    assert.equal(measured.net.value, null)
  })

  it('are not known without a meter', () => {
    assert.equal(measureRecoveryBytes(linkSeries([]), faultLife(), known(0), steady).gross.value, null)
  })
})

describe('bytes from zone to zone', () => {
  const live = linkSeries(rows())
  const exact = { t: 41_000, live: null, exact: { [CLIENT]: [100, 7] as [number, number] } }
  const cell = (cells: ReturnType<typeof byteMatrix>['cells'], from: string, to: string, listener: string) =>
    cells.find(one => one.from === from && one.to === to && one.listener === listener)?.bytes

  it('come from the exact meter where there is one, in both directions', () => {
    const { meter, cells } = byteMatrix(evidenceOf({ links: live, linkTotals: exact }))
    assert.equal(meter, 'exact')
    assert.equal(cell(cells, 'az-a', 'az-b', 'client'), 100)
    assert.equal(cell(cells, 'az-b', 'az-a', 'client'), 7)
  })

  it('come from the live meter, from its first sample on, when the lab was there before', () => {
    const evidence = evidenceOf({ links: live, linkTotals: exact })
    const { meter, why, cells } = byteMatrix({ ...evidence, header: { ...evidence.header, ownsLab: false } })
    assert.equal(meter, 'live')
    assert.match(why ?? '', /since before this run/)
    assert.equal(cell(cells, 'az-a', 'az-b', 'client'), 20_000)
    assert.equal(cell(cells, 'az-a', 'az-b', 'replication'), 40_000)
  })

  it('name the object store as a place of its own, which is in no zone', () => {
    const totals = { t: 41_000, live: null, exact: { 'az-b>9:s3': [300, 20] as [number, number] } }
    const { cells } = byteMatrix(evidenceOf({ linkTotals: totals }))
    assert.equal(cell(cells, 'az-b', STORE_PLACE, 's3'), 300)
    assert.equal(cell(cells, STORE_PLACE, 'az-b', 's3'), 20)
  })

  it('are not measured without any meter', () => {
    assert.deepEqual(byteMatrix(evidenceOf()).meter, 'none')
  })
})
