import assert from 'node:assert/strict'
import { metCheck } from '../../../chaos/score/implicit-checks.ts'
import { measureMet } from '../../../chaos/score/fault-met.ts'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import type { FaultMeasurement } from '../../../chaos/record/measurements.ts'
import { clusterRows, clusterSeries, evidenceOf, linkSeries } from './evidence-of.ts'
import { faultLife } from './faults.ts'

const CLIENT = 'az-a>2:client'
const REPLICATION = 'az-a>2:replication'
const CONTROL = 'az-a>2:control'

type Rate = (t: number) => number
/** Bytes a second towards the node and back, each second from 0 to 30 s. */
function links(
  rates: Readonly<Record<string, Rate>>,
  probes: Readonly<Record<string, Rate>> = {},
): Evidence['links'] {
  const sums = new Map<string, number>()
  const add = (name: string, rate: Rate, t: number): [number, number] => {
    const sum = (sums.get(name) ?? 0) + rate(t)
    sums.set(name, sum)
    return [sum, sum]
  }
  return linkSeries(
    Array.from({ length: 31 }, (_, second) => {
      const t = second * 1000
      const counted = (of: typeof rates, prefix: string) =>
        Object.fromEntries(Object.entries(of).map(([link, rate]) => [link, add(prefix + link, rate, t)]))
      return { t, links: counted(rates, 'all '), probes: counted(probes, 'own ') }
    }),
  )
}

/** Proven at 10 s, healed from 20 s on. */
const cut = faultLife({
  id: 'cut',
  kind: 'zone-cut',
  nodes: [],
  links: [CLIENT, REPLICATION, CONTROL],
  healBeganAt: 20_000,
})
const slow = faultLife({
  id: 'slow',
  kind: 'link-latency',
  nodes: [],
  links: [CLIENT, REPLICATION],
  healBeganAt: 20_000,
})
const held = (t: number) => t > 10_000 && t <= 20_000
const stops: Rate = t => (held(t) ? 0 : 50_000)
const goesOn: Rate = () => 50_000
const never: Rate = () => 0

const metBy = (fault: typeof cut, series: Evidence['links'], changes: Partial<Evidence> = {}) =>
  measureMet(evidenceOf({ links: series, ...changes }), fault)

describe('whether the platform ran into a cut', () => {
  it('is shown by its own bytes on each kind of link before, and none that come back while it holds', () => {
    const met = metBy(cut, links({ [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: never }))
    assert.deepEqual([met?.met, met?.why], [true, null])
    assert.deepEqual(
      met?.groups.map(group => [group.listener, group.beforeBytesPerSecond, group.duringBytesPerSecond]),
      [
        ['client', 50_000, 0],
        ['replication', 50_000, 0],
        ['control', 0, 0],
      ],
    )
    assert.equal(met?.from[0]?.file, 'samples/links.jsonl')
  })

  it('is not where brokers go round their links, though clients ran into it', () => {
    const met = metBy(cut, links({ [CLIENT]: stops, [REPLICATION]: never, [CONTROL]: stops }))
    assert.equal(met?.met, false)
    assert.match(
      met?.why ?? '',
      /0 B\/s on its 1 replication link before: nobody ran into it there, or went another way/,
    )
  })

  it('is not where a link kept passing bytes', () => {
    const met = metBy(cut, links({ [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: goesOn }))
    assert.equal(met?.met, false)
    assert.match(met?.why ?? '', /50 kB\/s of the platform still came over its 1 control link while it held/)
  })

  it('is not shown by the bytes of our own probes', () => {
    const only = { [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: never }
    assert.equal(metBy(cut, links(only, only))?.met, false)
    const probing = links(
      { [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: (t: number) => (held(t) ? 5000 : 0) },
      { [CONTROL]: (t: number) => (held(t) ? 5000 : 0) },
    )
    assert.equal(metBy(cut, probing)?.met, true, 'a probe that gets through is another check’s matter')
  })

  it('goes by the links that are metered in a deployed environment, and never by none; a lab meters all', () => {
    const header = { ...evidenceOf().header, driver: 'aws' } as Evidence['header']
    const clients = links({ [CLIENT]: stops })
    const met = metBy(cut, clients, { header })
    assert.deepEqual([met?.met, met?.value, met?.why], [true, 50_000, null])
    assert.equal(metBy(cut, links({ [CLIENT]: goesOn }), { header })?.met, false)
    const none = metBy(cut, links({ [REPLICATION]: stops }), { header })
    assert.deepEqual([none?.met, none?.why], [null, 'not measured: a meter restarted or was missing'])
    assert.equal(metBy(cut, clients)?.met, null)
  })

  it('asks for no replication where records have one copy', () => {
    const series = links({ [CLIENT]: stops, [REPLICATION]: never, [CONTROL]: stops })
    const header = { ...evidenceOf().header, platform: 'automq' } as Evidence['header']
    assert.equal(metBy(cut, series, { header })?.met, true)
    assert.equal(
      metBy(cut, links({ [CLIENT]: never, [REPLICATION]: never, [CONTROL]: stops }), { header })?.met,
      false,
    )
  })

  it('counts what came back only: clients send into a black hole for a while', () => {
    const series = links({ [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: never })
    const rows = series.rows.map(row => ({
      ...row,
      links: { ...row.links, [CLIENT]: [row.t * 50, row.links[CLIENT]?.[1] ?? 0] as [number, number] },
    }))
    assert.equal(metBy(cut, { ...series, rows })?.met, true)
  })
})

describe('whether the platform ran into slow links', () => {
  it('is shown by traffic before and while they were slow', () => {
    assert.equal(metBy(slow, links({ [CLIENT]: goesOn, [REPLICATION]: goesOn }))?.met, true)
  })
  it('is not where nothing went over them, before or meanwhile', () => {
    assert.equal(metBy(slow, links({ [CLIENT]: goesOn, [REPLICATION]: never }))?.met, false)
    assert.equal(metBy(slow, links({ [CLIENT]: stops, [REPLICATION]: goesOn }))?.met, false)
  })
})

describe('whether a broker that was taken away was missed', () => {
  const kill = faultLife({ nodes: [2] })
  const led = (leader: number, controller = 1) =>
    clusterSeries(
      clusterRows(0, 40_000, t => ({
        controller,
        ...(t === 0 && {
          changes: { 'telemetry/0': { leader, leaderEpoch: 1, replicas: [1, 2, 3], isr: [1, 2, 3] } },
        }),
      })),
    )
  it('is shown by the partitions that it led, or the quorum', () => {
    assert.deepEqual(metBy(kill, links({}), { cluster: led(2) })?.value, 1)
    assert.equal(metBy(kill, links({}), { cluster: led(2) })?.met, true)
    assert.equal(metBy(kill, links({}), { cluster: led(1, 2) })?.met, true)
  })
  it('is not where it led nothing, and the one of two that did not is told', () => {
    const idle = metBy(kill, links({}), { cluster: led(3) })
    assert.equal(idle?.met, false)
    assert.equal(idle?.why, 'broker 2 led no partition, nor the quorum, when it began')
    const both = metBy(faultLife({ nodes: [2, 3] }), links({}), { cluster: led(3) })
    assert.deepEqual([both?.met, both?.why], [true, idle?.why])
  })
})

describe('the check whether a fault was met', () => {
  const checkOf = (met: ReturnType<typeof measureMet>) => {
    const [check] = metCheck({ ...cut, met } as unknown as FaultMeasurement)
    return check
  }

  it('passes, or is inconclusive with the reason', () => {
    const good = checkOf(metBy(cut, links({ [CLIENT]: stops, [REPLICATION]: stops, [CONTROL]: never })))
    assert.deepEqual([good?.verdict, good?.why], ['pass', null])
    assert.match(good?.shown ?? '', /client 50,000 B\/s, then 0 B\/s/)
    const bad = checkOf(metBy(cut, links({ [CLIENT]: stops, [REPLICATION]: never, [CONTROL]: never })))
    assert.equal(bad?.verdict, 'inconclusive')
    assert.match(bad?.why ?? '', /^cut: the platform had 0 B\/s/)
  })

  it('is inconclusive where links are not metered, as on macOS, and says so', () => {
    const check = checkOf(metBy(cut, { ...linkSeries([]), trouble: 'the file is missing' }))
    assert.deepEqual([check?.verdict, check?.shown], ['inconclusive', 'not measured'])
    assert.equal(check?.why, 'cut: not measured: the file is missing')
  })
})
