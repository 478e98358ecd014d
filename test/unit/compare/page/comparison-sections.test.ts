import assert from 'node:assert/strict'
import type { Comparison } from '../../../../chaos/compare/comparison.ts'
import { renderComparison } from '../../../../chaos/compare/page/render-comparison.ts'
import { spreadOf } from '../../../../chaos/compare/spread.ts'
import { assertText } from '../../../inline-text.ts'
import { readPart, readTop } from '../../page/read-page.ts'
import { aComparison } from '../fixtures.ts'

const sectionOf = (page: string, id: string): string =>
  readPart(new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? '')
/** One of the few sentences on top. */
const findingOf = (page: string, label: string): string =>
  readPart(new RegExp(`<dt>${label}</dt><dd>(.*?)</dd>`, 's').exec(page)?.[1] ?? '')
const rowOf = (page: string, words: string): string =>
  sectionOf(page, 'verdicts')
    .split('\n')
    .filter(line => line.startsWith(words))
    .join('\n')

/** What a reader of a comparison is told, word by word. */
describe('the sections of a comparison', function () {
  // Drawing a dozen charts takes a second or two on a busy machine.
  this.timeout(30_000)
  let good = ''
  before(() => {
    good = renderComparison(aComparison())
  })

  it('begin with the few sentences that matter, and with what was not measured', () => {
    assertText(
      readTop(good),
      `
      aftershock · comparison · compare · 2026-11-23
      Apache Kafka passes; Kafka with tiered storage is inconclusive; AutoMQ was not run.
      What differsreplace moved between brokers by recovery itself: 46.4 MB on Kafka and 8.27 MB on Tiered (reference)
      replay to read the whole history: 5.71 s on Kafka and 15.89 s on Tiered (reference)
      replace from healing until every replica was in sync: 9.35 s on Kafka and 5.64 s on Tiered (reference)
      replace until service was good and stayed so: 4.64 s on Kafka and 3.91 s on Tiered (reference)
      PriceA month of what ran: Kafka with tiered storage $10,665 and Apache Kafka $22,798; Kafka with tiered storage is 53% less than the next. By the same model, and not run: AutoMQ with zone router $5,486 and AutoMQ $7,266. This is a model over published prices for the shipped example workload “fleet”, not for yours.Worst recovery6.16 s after cut, in run 1 of Kafka with tiered storage; the median of its runs is 5.76 s.Not told apart5 of the 9 numbers that decide, recovery times among them: at the slowest, 5.47 s on Apache Kafka (cut) and 5.76 s on Kafka with tiered storage (cut) in the median.Not measuredAutoMQ was not run: no AutoMQ distribution is on this machine. Nothing is said here of how it behaves. This drill says nothing of: Restart of connectors.What ranThe drill “A broker dies, one is replaced, a zone is cut off, and history is read back under load”, with seed 1, on Apache Kafka 3 times and Kafka with tiered storage 3 times. Kafka with tiered storage ran with the lab’s own reference store, not a product. In 1 of 6 runs the tool or the machine was in the way: times are in part theirs.
      ? inconclusive The comparison as a whole, because:
      kafka-tiered: the margin of the replay is not known in run 2.
      Kafka with tiered storage: 1 of 3 runs is inconclusive.
      Apache Kafka
      ✓ pass 3 runs
      Apache Kafka 4.3.1
      Reports: run 1 of Apache Kafka (pass), run 2 of Apache Kafka (pass), run 3 of Apache Kafka (pass)
      Kafka with tiered storage
      with the lab’s reference store, no product
      ? inconclusive 3 runs
      Apache Kafka 4.3.1, remote log in the lab’s reference store
      The remote log manager is the lab’s own reference, not a product.
      Reports: run 1 of Kafka with tiered storage (pass), run 2 of Kafka with tiered storage (inconclusive), run 3 of Kafka with tiered storage (pass)
      AutoMQ
      not run
      No AutoMQ distribution is on this machine.aftershock compare … --automq-dist automq-1.6.5.tgz
      Drillcompare SHA-256 5b3f0c5e8d0a…Seed1Runs6, 1,200 devices in 3 zones eachMachineAMD EPYC, 2 CPUs, 25 GB, linux x64
      `,
    )
  })

  it('say what differs, and where the tool was the limit, before any verdict', () => {
    assertText(
      sectionOf(good, 'fairness'),
      `
      What differs between the columns
      Everything else was the same for all runs; it is listed below. Runs that differ in more are refused, not averaged.
      Difference | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product
      Platform software This is what is compared. | Apache Kafka 4.3.1 | Apache Kafka 4.3.1, remote log in the lab’s reference store
      Load of the machine at the start of a run A busy machine makes times longer. | 0.4 to 1.1 | 0.5 to 2.3
      Where the tool itself was the limit
      ? tool Kafka with tiered storage, run 2: the load generator was late, 312 ms (limit 200 ms).
      Times of these runs are in part the tool’s or the machine’s own.
      Order and warm-up
      In rounds, each of which begins one platform later than the one before. The repeats took turns, so that no platform always had the early or the late place.
      All 6 runs were at full load and steady for long enough before the first fault.
      `,
    )
  })

  it('give verdicts with the numbers under them, and mark what is better only where intervals are apart', () => {
    assertText(
      sectionOf(good, 'verdicts'),
      `
      Verdicts, and the numbers under them
      Medians over the repeats. Below each: the interval that holds the median of all possible runs, and how surely; it needs at least 3 runs. ▼ or ▲ marks the better one, and only where its interval touches no other.
      Dimension | Apache Kafka✓ pass 3 runs | Kafka with tiered storagewith the lab’s reference store, no product? inconclusive 3 runs | AutoMQnot run
      No second outage What follows a fault takes the service down anew. | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      The longest loss of service after healing | 0 ms the same in 3 runs | 0 ms 0 ms to 1.2 s, 75% | –not run
      Loss of a broker broker-kill: broker 3 (az-c) | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      kill until service was good and stayed so | 3.47 s 3.35 s to 3.78 s, 75% | 4.1 s 3.6 s to 4.12 s, 75% | –not run
      Replacement of a broker broker-replace: broker 2 (az-b) | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      replace until service was good and stayed so | 4.64 s 4.34 s to 5.05 s, 75% | 3.91 s ▼ 3.84 s to 4.17 s, 75% | –not run
      replace moved between brokers by recovery itself | 46.4 MB 40.7 MB to 47.3 MB, 75% | 8.27 MB ▼ 8.23 MB to 9.96 MB, 75% | –not run
      replace from healing until every replica was in sync | 9.35 s 8.49 s to 9.55 s, 75% | 5.64 s ▼ 5.61 s to 5.73 s, 75% | –not run
      Loss of a zone zone-cut: az-c | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      cut until service was good and stayed so | 5.47 s 5.09 s to 5.85 s, 75% | 5.76 s 5.15 s to 6.16 s, 75% | –not run
      Replay from the oldest offset A consumer reads the whole history while devices keep sending. | ✓ pass 3 of 3 passed | ? inconclusive 2 of 3 passedreplay-margin-records: 2 runs tell; at least 3 are needed | not run
      replay to read the whole history | 5.71 s ▼ 5.71 s to 6.2 s, 75% | 15.89 s 14.04 s to 16.48 s, 75% | –not run
      replay producers’ p99 during the replay over before | ×1.70 ×1.58 to ×1.85, 75% | ×1.59 ×1.34 to ×1.59, 75% | –not run
      Durability Brokers acknowledge records and lose them. | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      Acknowledged records that are not stored | 0 records the same in 3 runs | 0 records the same in 3 runs | –not run
      The faults were real An injection has no effect. | ✓ pass 3 of 3 passed | ✓ pass 3 of 3 passed | not run
      ○ not exercised by this drill, so nothing is known of: Restart of connectors.
      What a pass here does not show
      One run shows one recovery; repeat the drill, and with more load.
      comparison.json /verdicts, /gates and /measures; every run’s value is in comparison.csv
      `,
    )
  })

  it('call a number that is missing not known, with the reason', () => {
    assertText(
      sectionOf(good, 'replay'),
      `
      What the replay did to live traffic
      Producers’ p99 latency before the first fault (hollow) and while the history was read (filled). Whiskers: the interval of the median over the repeats.
      Live traffic | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product
      Producer p99 before the first fault | 200 ms 193 ms to 211 ms, 75% | 197 ms 188 ms to 197 ms, 75%
      Producer p99 during the replay | 356 ms 309 ms to 369 ms, 75% | 280 ms 267 ms to 300 ms, 75%
      Producer p99 after it | 198 ms 196 ms to 207 ms, 75% | 183 ms 179 ms to 216 ms, 75%
      Tail lag, worst before the first fault | 230 ms 219 ms to 263 ms, 75% | 226 ms 220 ms to 248 ms, 75%
      Tail lag, worst during the replay | 486 ms 473 ms to 555 ms, 75% | 547 ms 533 ms to 570 ms, 75%
      Tail lag, worst after it | 241 ms 227 ms to 280 ms, 75% | 268 ms 232 ms to 271 ms, 75%
      Acknowledged before the first fault | 1,430 records/s 1,403 records/s to 1,434 records/s, 75% | 1,563 records/s 1,423 records/s to 1,579 records/s, 75%
      Acknowledged during the replay | 1,423 records/s 1,345 records/s to 1,435 records/s, 75% | 1,533 records/s 1,399 records/s to 1,550 records/s, 75%
      Acknowledged after it | 1,404 records/s 1,330 records/s to 1,534 records/s, 75% | 1,418 records/s 1,325 records/s to 1,542 records/s, 75%
      The replay itself
      Replay | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product
      Producer p99, during over before | ×1.67 ×1.66 to ×1.80, 75% | ×1.53 ×1.47 to ×1.60, 75%
      Duration | 6.07 s 5.53 s to 6.11 s, 75% | 15.98 s 14.6 s to 16.5 s, 75%
      Rate records read | 69,974 records/s 66,807 records/s to 78,529 records/s, 75% | 27,179 records/s 27,101 records/s to 27,707 records/s, 75%
      Rate bytes read | 12.3 MB/s 12.3 MB/s to 14.6 MB/s, 75% | 5.58 MB/s 4.97 MB/s to 5.99 MB/s, 75%
      Cold share records that came from the object store; the rest was hot, on brokers | not known: the platform keeps one kind of storage | 85% hot 15% 73% to 87%, 75%
      comparison.json /replayImpact
      `,
    )
  })

  it('tell bytes across zones by cause, with the tool’s own read outside of the sum', () => {
    assertText(
      sectionOf(good, 'zones'),
      `
      What crossed between zones
      Bytes that the platform and its clients moved in the whole run, medians over the repeats with the interval below; darker is more, on one scale for all. Traffic within a zone is in italics: it costs nothing. Counted are the payloads of connections, protocol and all; headers of TCP and IP, which a cloud bills too, are not in them.
      Apache Kafka
      from ↓ to → | az-a | az-b | az-c
      az-a | 8.36 MB8.24–9.73 MB | 64.1 MB62.4–69.0 MB | 66.2 MB62.7–67.5 MB
      az-b | 61.3 MB60.3–63.5 MB | 10.2 MB8.53–10.2 MB | 62.9 MB59.3–63.3 MB
      az-c | 58.8 MB57.6–70.3 MB | 69.5 MB59.8–69.7 MB | 8.26 MB8.13–10.3 MB
      Kafka with tiered storage with the lab’s reference store, no product
      from ↓ to → | az-a | az-b | az-c | store
      az-a | 9.07 MB8.41–9.83 MB | 62.5 MB62.0–71.1 MB | 60.8 MB57.5–70.1 MB | 32.1 MB31.6–33.0 MB
      az-b | 66.0 MB61.1–67.1 MB | 8.72 MB8.65–9.67 MB | 62.8 MB58.4–69.2 MB | 30.0 MB28.1–35.2 MB
      az-c | 60.1 MB58.4–60.9 MB | 63.1 MB61.7–67.2 MB | 9.21 MB8.23–10.0 MB | 32.4 MB30.3–35.1 MB
      store | 23.6 MB21.5–24.9 MB | 21.9 MB21.6–21.9 MB | 23.2 MB19.9–24.7 MB | not applicable
      Why they moved
      For each byte acknowledged | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product
      Produce clients to leaders | 0.93 0.84 to 0.95, 75% 78.3 MB in a run | 0.88 0.78 to 0.93, 75% 85.5 MB in a run
      Replicate leaders to followers | 2.10 2.09 to 2.25, 75% 207 MB in a run | 2.08 1.97 to 2.18, 75% 181 MB in a run
      Consume to the live readers | 0.78 0.77 to 0.91, 75% 74.3 MB in a run | 0.84 0.73 to 0.85, 75% 79.0 MB in a run
      Replay to the recovery consumer | 0.20 0.19 to 0.23, 75% 18.9 MB in a run | 0.20 0.19 to 0.22, 75% 17.4 MB in a run
      Recovery replicas that caught up, beyond the steady rate | 0.21 0.21 to 0.21, 75% 17.8 MB in a run | 0.22 0.18 to 0.23, 75% 19.5 MB in a run
      Control the quorum | 0.01 0.01 to 0.01, 75% 944 kB in a run | 0.01 0.01 to 0.01, 75% 903 kB in a run
      The platform’s own all pairs of different zones | 3.97 3.94 to 4.59, 75% 397 MB in a run | 4.17 3.79 to 4.65, 75% 416 MB in a run
      This tool’s last read everything is read once more to be audited; no platform pays for that, and it is in no number above | 0.76 0.66 to 0.79, 75% 71.3 MB in a run | 0.72 0.69 to 0.76, 75% 68.5 MB in a run
      Unattributed counted by the proxies, missed by the look at sockets once a second; in no number above | 0.06 0.06 to 0.06, 75% 5.46 MB in a run | 0.07 0.07 to 0.07, 75% 5.71 MB in a run
      Counted by | the link proxies, exactly; the causes from sockets, looked at once a second | the link proxies, exactly; the causes from sockets, looked at once a second
      comparison.json /zoneMatrix
      `,
    )
  })

  it('price what ran and what did not, and split a recovery into the platform’s part and labour', () => {
    assertText(
      sectionOf(good, 'cost'),
      `
      What it costs a month
      A model over published prices for the workload “fleet” in us-east-1, not the lab’s own bill. The workload is the example that this program ships, not yours: give your own with --workload. Bytes across zones are by the usual formula, for all of them. AutoMQ and AutoMQ with zone router: the model alone, nothing of it ran. AutoMQ is priced in both of its forms, whichever was asked for.
      ingest50 MB/sfan-out3 consumer groupsreplays4 a month, 3 days deepbroker losses4 a year
      A month | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product | AutoMQthe model alone: not run | AutoMQ with zone routerthe model alone: not run
      Compute | $1,372 | $1,372 | $1,372 | $1,372
      Broker storage | $15,230 | $2,210 | $110 | $110
      Object storage | $0 | $1,120 | $1,180 | $1,180
      Object requests | $0 | $42 | $390 | $390
      Network transfer | $0 | $0 | $0 | $0
      Read fan-out | $0 | $0 | $0 | $0
      Cross-zone paths | $3,420 | $3,420 | $1,780 | $20
      Between regions | $0 | $0 | $0 | $0
      Operator time | $1,800 | $1,800 | $1,800 | $1,800
      Replays | $880 | $640 | $610 | $590
      Broker losses | $96 | $61 | $24 | $24
      Total | $22,798 | $10,665 | $7,266 | $5,486
      Cost of one more replay | $220 $100 the platform, $120 labour | $160 $40 the platform, $120 labour | $160 $40 the platform, $120 labour | $160 $40 the platform, $120 labour
      Cost of one lost broker | $288 $108 the platform, $180 labour | $183 $3.00 the platform, $180 labour | $183 $3.00 the platform, $180 labour | $183 $3.00 the platform, $180 labour
      Machines kept ready for replays, a month | $730 | $730 | $730 | $730
      Brokers | 6 | 6 | 6 | 6
      What it costs to recover
      One more of each, beside what is in the bill already; and what is paid all month so that a replay can run beside the usual load. A plan that is affordable only while nobody replays is not a plan.
      Extrapolated from small runsCrossings per ingested and per read byte.
      Not extrapolatedLatency and recovery times of the lab: they are its own.
      In no billLicences and support of any vendor.
      comparison.json /cost; workload chaos/cost/workloads/fleet.yaml, prices chaos/cost/prices.json
      `,
    )
  })

  it('have each bill at 20% less and more of each thing, and who stays the cheapest', () => {
    assertText(
      sectionOf(good, 'break-even'),
      `
      Where the cheaper one changes
      Bill a month as one thing grows and everything else stays as stated; both axes are logarithmic, and the upright line is what the workload states. A number marks where the cheaper of two bills changes. Bills within 2% count as the same; they go up in steps, since the number of brokers is whole and the same in every zone. AutoMQ and AutoMQ with zone router: by the model alone, without a run.
      All crossings
      Ingest. Cheapest: Apache Kafka; from 3 MB/s on AutoMQ with zone router (not run). AutoMQ and AutoMQ with zone router cost the same up to 5 MB/s, AutoMQ with zone router less above. 1 Apache Kafka costs less below 6.15 MB/s, Kafka with tiered storage above ($4,906 a month there).
      Retention. Cheapest: Apache Kafka; from 0.06 × the stated retention on AutoMQ with zone router (not run). AutoMQ and AutoMQ with zone router cost the same up to 0.1 × the stated retention, AutoMQ with zone router less above. 2 Apache Kafka costs less below 0.12 × the stated retention, Kafka with tiered storage above ($4,906 a month there).
      Fan-out. Cheapest: Apache Kafka; from 0.18 consumer groups on AutoMQ with zone router (not run). AutoMQ and AutoMQ with zone router cost the same up to 0.3 consumer groups, AutoMQ with zone router less above. 3 Apache Kafka costs less below 0.369 consumer groups, Kafka with tiered storage above ($4,906 a month there).
      When one thing is 20% less, and 20% more
      AutoMQ with zone router (not run) stays the cheapest with each of these 20% less or more.
      The bill moves by | Apache Kafka | Kafka with tiered storagewith the lab’s reference store, no product | AutoMQthe model alone: not run | AutoMQ with zone routerthe model alone: not run
      Ingest | −15.0% / +15.0% | −15.0% / +15.0% | −15.0% / +15.0% | −15.0% / +15.0%
      Price of disks | −15.0% / +15.0% | −15.0% / +15.0% | −15.0% / +15.0% | −15.0% / +15.0%
      comparison.json /cost/breakEvens, with the points of each line, and /cost/sensitivities
      `,
    )
  })

  it('give the reason why a platform was not run, and how to have it run', () => {
    assertText(
      sectionOf(good, 'missing'),
      `
      What was not run, and what this cannot say
      ○ not run AutoMQ. No AutoMQ distribution is on this machine. Nothing is claimed about it. How to have it run: Aftershock compare … --automq-dist automq-1.6.5.tgz.
      LimitsAll zones were on one machine: their latency and their hardware are the lab’s, not a region’s.
      With 3 runs the interval of a median holds it three times in four.
      `,
    )
  })

  it('do not call a workload of one’s own an example', () => {
    const own = aComparison()
    const workload = { ...own.cost.workload, example: false }
    const page = renderComparison({ ...own, cost: { ...own.cost, workload } })
    assertText(
      findingOf(page, 'Price'),
      `
      A month of what ran: Kafka with tiered storage $10,665 and Apache Kafka $22,798; Kafka with tiered storage is 53% less than the next. By the same model, and not run: AutoMQ with zone router $5,486 and AutoMQ $7,266. This is a model over published prices for “fleet”.
      `,
    )
    assert.ok(!page.includes('example'))
  })

  it('name the worst recovery of those that the gates look at, and lead to its run', () => {
    const made = aComparison()
    const [kill] = made.measures
    assert.ok(kill)
    const at = (run: number, value: number) => ({ run, value, why: null })
    const slow = spreadOf([at(1, 28.8), at(2, 5.3), at(3, 3.7)])
    const cutOff = spreadOf([at(1, 99), at(2, 99), at(3, 99)])
    const page = renderComparison({
      ...made,
      measures: [
        { ...kill, perPlatform: { ...kill.perPlatform, kafka: slow } },
        // Clients that the drill itself cut off: no gate looks at them.
        { ...kill, subject: 'cut', key: false, perPlatform: { kafka: cutOff } },
        ...made.measures.slice(1),
      ],
    })
    assertText(
      findingOf(page, 'Worst recovery'),
      `
      28.8 s after kill, in run 1 of Apache Kafka; the median of its runs is 5.3 s and the gate at most 30 s.
      `,
    )
    assert.ok(page.includes('<a href="./kafka/1/report.html">run 1 of Apache Kafka</a>'))
    assert.ok(!readTop(page).includes('99 s'))
  })

  it('say of too few repeats that there is no interval', () => {
    const page = renderComparison(withTwoRuns(aComparison()))
    assertText(
      rowOf(page, 'replay to read the whole history'),
      `
      replay to read the whole history | 5.71 s 2 runs, no interval | 15.89 s 2 runs, no interval | –not run
      `,
    )
    assert.ok(!page.includes('aria-label="the least"'))
  })
})

function withTwoRuns(made: Comparison): Comparison {
  return {
    ...made,
    measures: made.measures.map(measure => ({
      ...measure,
      perPlatform: Object.fromEntries(
        Object.entries(measure.perPlatform).map(([platform, spread]) => [
          platform,
          spread && {
            ...spread,
            values: spread.values.slice(0, 2),
            low: null,
            high: null,
            confidence: null,
            why: '2 runs: at least 3 are needed for an interval',
          },
        ]),
      ),
    })),
  }
}
