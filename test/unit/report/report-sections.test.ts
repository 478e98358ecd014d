import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import { textOf } from '../../../chaos/page/html.ts'
import type { Section } from '../../../chaos/page/page.ts'
import { missingSection, setupSection } from '../../../chaos/report/appendix.ts'
import { auditSection } from '../../../chaos/report/audit-section.ts'
import { costSection } from '../../../chaos/report/cost-section.ts'
import { readReportData, type ReportData } from '../../../chaos/report/report-data.ts'
import { renderReport } from '../../../chaos/report/report.ts'
import { trafficSection } from '../../../chaos/report/traffic-section.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'
import { assertText } from '../../inline-text.ts'
import { otherLines, readPart, readTop } from '../page/read-page.ts'

/** Files of lines that are added, and links whose exact totals are. */
interface PricedKnobs extends RunKnobs {
  readonly files?: Readonly<Record<string, readonly object[]>>
  readonly totals?: object
}

function withStoreLinks<T extends { readonly t: number }>(row: T): T {
  const { links } = row as unknown as { readonly links: object }
  return { ...row, links: { ...links, 'az-a>9:s3': [row.t * 20, row.t], 'az-b>9:s3': [row.t * 25, 0] } }
}

const crossed = (page: string): string | undefined => /(\S+ \S+) crossed from one zone/.exec(page)?.[1]

/** What a reader of a run's report is told, word by word. */
describe('the sections of a report', function () {
  this.timeout(60_000)
  let directory = ''
  let data: ReportData
  let priced: ReportData
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))))
  afterEach(() => rmSync(directory, { recursive: true }))
  const score = async (knobs: RunKnobs): Promise<ReportData> => {
    makeRun(directory, { devices: 60, tickMs: 2000, ...knobs })
    await scoreRun(directory)
    return readReportData(directory)
  }
  const price = async ({ files = {}, totals = {}, ...knobs }: PricedKnobs = {}): Promise<ReportData> => {
    makeRun(directory, { devices: 60, tickMs: 2000, ...knobs })
    for (const [file, rows] of Object.entries(files))
      writeFileSync(join(directory, file), rows.map(row => `${JSON.stringify(row)}\n`).join(''))
    const path = join(directory, 'samples', 'link-totals.json')
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { readonly exact: object }
    writeFileSync(path, JSON.stringify({ ...kept, exact: { ...kept.exact, ...totals } }))
    await scoreRun(directory)
    await priceRun(directory, await loadInputs())
    return readReportData(directory)
  }
  const text = (section: Section<ReportData>, of: ReportData): string => readPart(section.body(of).text)
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))
    data = await score({})
    priced = await price()
    rmSync(directory, { recursive: true })
  })

  it('say that service was lost anew when it was, and that no gate judges it', async () => {
    const stalls = [{ partition: 'telemetry/3', fromMs: 150_000, toMs: 160_000 }]
    await score({ devices: 600, tickMs: 1000, stalls })
    assertText(
      readTop(await renderReport(directory)),
      `
      aftershock · first on Apache Kafka · 2026-09-21 14:13 UTC
      Failed: sustained recovery after zone-cut-3: 39.92 s, allowed at most 20 s (and 1 more).
      ✕ fail 2 of 37 checks failed.
      What failed
      Check | Measured | Allowed | Beyond it by | Look at
      Sustained recovery after zone-cut-3 | 39.92 s | at most 20 s | 19.92 s | Loss of a zone, timeline measurements.json /faults/2/outsideOf/az-c/sustainedMs/value
      Unavailable after zone-cut-3 | 30.03 s | at most 30 s | 27 ms | Loss of a zone, timeline measurements.json /faults/2/everyone/unavailableMs/value
      After zone-cut-3, 1 partition lost service anew, for up to 10.02 s, which this drill does not judge.
      A broker was killed: broker 2 (az-b), leader of telemetry/1; links were delayed: 100 ms on 8 links between az-b and the others; a zone was cut off: az-c against az-a and az-b, both directions, 12 links; the whole history was replayed under load. Meanwhile 600 devices in 3 zones went on sending 708 records a second.
      Slowest recovery39.92 s✕ allowed at most 20 suntil service was good and stayed so, after zone-cut-3, outside az-cAcknowledged records lost0✓ allowed at most 0 recordsof 150,000 acknowledgedLongest unavailability20.03 s✕ allowed at most 30 soperations/0, clients in az-c, from 1:37Moved by recovery itself4.75 MBbetween brokers, beyond the steady rate, after 3 faultsReplay of the history22.3 s✓ allowed at most 60 s115k records; live dashboards 1.3 s behind at worst
      `,
    )
  })

  it('tell repeats that fail the audit from repeats whose cause is known', async () => {
    const audit = (failures: object[]) => ({
      verdict: failures.length > 0 ? 'fail' : 'pass',
      failures,
      anomalies: {},
      anomalyCounts: { duplicate: 7 },
      judged: { duplicate: 'fails' },
      counts: {},
      reasons: [],
    })
    const failed = audit([{ anomaly: 'duplicate', topic: 't', count: 7 }])
    assertText(
      text(auditSection, await score({ audit: failed })),
      `
      ✕ fail t: 7 duplicate
      duplicate: 7 (fails the audit)
      audit.json
      `,
    )
    assertText(
      text(auditSection, await score({ audit: audit([]) })),
      `
      ✓ pass Every partition was read whole and compared with every operation of every client.
      duplicate: 7 (each explained, e.g. sent again after a time-out; none fails the audit)
      audit.json
      `,
    )
  })

  it('price the run: by cause, line by line, with what a replay and a lost broker cost', () => {
    assertText(
      text(costSection, priced),
      `
      Bytes that crossed zones, by cause
      3.52 MB of records were ingested, 15,180 of them; 15.5 MB of the platform’s own crossed from one zone to another. The ratios are of the steady part before the first fault, and of the replay while it ran. What the protocol adds to records is in them; headers of TCP and IP, which a cloud bills too, are not: payloads of connections were counted.
      | Crossed | For each byte | Usual formula | Least possible | Finding
      Produce clients to leaders | 5.23 MB | 0.70 per ingested byte | 0.67 | 0.00 | ✓ as the formula
      Replicate leaders to followers | 6.75 MB | 2.10 per ingested byte | 2.00 | 2.00 | ✓ as the formula
      Consume to the live readers | 1.20 MB | 0.68 per read byte | 0.67 | 0.00 | ✓ as the formula
      Replay to the recovery consumer | 54.1 kB | 0.02 per read byte | 0.67 | 0.00 | ? flagged
      Recovery replicas that caught up, beyond the steady rate | 687 kB | – | – | – |
      Control the quorum | 1.61 MB | – | – | – |
      The platform’s own | 15.5 MB |
      Beside these 4.95 kB of this program’s own last read, and 56.8 kB that are unattributed. cost.json /meters/crossed, /deviations
      Replay: a byte took 0.12 on the wire, at 2.4 records a request, of which 16.7% crossed; a byte cannot take less than one: records were counted wrongly
      What was kept and used
      Kept on brokers, every replica10.5 MB, worked out: one copy times the replicasKept in the object storenot known: there is no samples/object-store.jsonlOne copy, keys and values alone3.49 MBCPU of the brokersbroker 1 46.2 s, broker 2 46.23 s, broker 3 46.2 sMemory of the brokers, peakbroker 1 220 MB (RSS), broker 2 223 MB (RSS), broker 3 226 MB (RSS)Steps for an operator2: replays that were started, and brokers that had to be brought backConnector trafficnot known: the run has no connector whose traffic is metered apart
      cost.json /meters: each number names the samples that it comes fromWhat Apache Kafka costs a month
      For the workload “fleet” in us-east-1: 50 MB/s, 3 consumer groups, 3 zones, 4 replays a month of 3 days, 4 lost brokers a year. A model over published prices, not the lab’s own bill. The second column has this run’s crossings per byte in place of the formula’s.
      | By the formula | Share | As measured
      Compute | $715 | 3% | $715
      Broker storage | $13,296 | 54% | $13,296
      Object storage | $0 | 0% | $0
      Object requests | $0 | 0% | $0
      Network transfer | $0 | 0% | $0
      Read fan-out | $0 | 0% | $0
      Cross-zone paths | $7,008 | 28% | $7,378
      Between regions | $0 | 0% | $0
      Operator time | $1,800 | 7% | $1,800
      Replays | $1,814 | 7% | $1,814
      Broker losses | $201 | 1% | $201
      Total a month 6 brokers | $24,834 | | $25,203
      One more replay beside what is in the bill | $180 | | $180
      One lost broker beside what is in the bill | $602 | | $602
      cost.json /bills, /measuredBill. Another workload: npx . cost with --workload.
      How sure the prices are
      Prices are those of chaos/cost/prices.json, as old as they were on 2026-09-21, the day of the run. 5 of the 5 in this bill are flagged: older than 180 days, without a date, or of low confidence. npx . prices refresh brings today’s.
      What is taken from this run, and what is not
      Taken from this small runCrossings per ingested and per read byte: a property of where clients, leaders and replicas are, and of the batches that clients make. Small batches, as in the lab, make them larger than in production.
      Not taken from itLatency and recovery times of the lab: they are its own.
      Capacity: how much one broker carries is stated in the workload, not taken from CPU or memory in the lab.
      Object-store requests of a run: they depend on the ingest rate more than on bytes, so the model works them out for the stated rate and the run’s own count stands beside its rate.
      Bytes that recovery moved: they depend on how long the fault was held and what was stored by then.
      Not in the billHeaders of TCP and IP, which AWS bills: meters count what connections carry. Of a full packet of 1,500 bytes they are 52, so bytes are 3.6% more than measured; of small packets they are a larger part.
      Licences and support of any vendor (AutoMQ’s commercial editions and managed services among them).
      Discounts, reserved machines, spot machines and free tiers.
      Clients, connectors’ own machines and sinks; monitoring and logs; bytes of the control plane.
      `,
    )
  })

  it('say that a run was not priced', () => {
    assertText(
      text(costSection, data),
      `
      There is no cost.json in this run: npx . cost runs/first-fixture prices it.
      `,
    )
  })

  it('do not count the tool’s own last read among what the platform moved across zones', () => {
    const told = /(\S+ [kM]B) of the platform’s own crossed from one zone/.exec(
      text(costSection, priced),
    )?.[1]
    assert.ok(told)
    assert.ok(text(costSection, priced).includes(`The platform’s own | ${told} |`))
  })

  it('flag prices that were older than 180 days on the day of the run', async () => {
    const on = async (day: string) =>
      textOf(
        costSection.body(
          await price({ header: header => ({ ...header, startedAtWallMs: Date.parse(day) }) }),
        ),
      )
    const late = await on('2031-06-01')
    const [, flagged, used] = /(\d+) of the (\d+) in this bill are flagged/.exec(late) ?? []
    assert.ok(Number(used) > 0)
    assert.equal(flagged, used)
    assert.ok(late.includes('as old as they were on 2031-06-01, the day of the run'))
    assert.match(late, /last seen \d{4} days ago/)
    // Before their sources were read, no price was old; what has no date or no source is flagged on any day.
    assert.doesNotMatch(await on('2020-01-01'), /last seen -?\d+ days ago/)
  })

  it('keep bytes to the object store out of what crossed zones', async () => {
    const totals = { 'az-a>9:s3': [5_000_000, 700_000], 'az-b>9:s3': [6_000_000, 0] }
    const stored = await price({ samples: { links: rows => rows.map(withStoreLinks) }, totals })
    const own = crossed(text(trafficSection, stored))
    assert.ok(own)
    assert.equal(own, crossed(text(trafficSection, priced)))
    assertText(
      otherLines(text(trafficSection, stored), text(trafficSection, priced)),
      `
      To the object store and back
      The store is in no zone, so none of this crosses from one zone to another; it is not in the sums above.
      Brokers in | To the store | From the store
      az-a | 5.00 MB | 700 kB
      az-b | 6.00 MB | 0 B
      az-c | 0 B | 0 B
      All zones | 11.0 MB | 700 kB
      `,
    )
  })

  it('say in the set-up what producers asked of brokers', async () => {
    const fleet = async (asked: object) => {
      const made = await score({
        header: header => {
          const drill = header['drill'] as { fleet: object }
          return { ...header, drill: { ...drill, fleet: { ...drill.fleet, ...asked } } }
        },
      })
      return /acks=[^;]*/.exec(text(setupSection, made))?.[0]
    }
    const said: (string | undefined)[] = []
    for (const asked of [{}, { acks: 1 }, { idempotent: true }, { compression: 'lz4' }])
      said.push(await fleet(asked))
    assert.equal(
      said.join(' | '),
      'acks=all | acks=1 | acks=all, idempotent producers | acks=all, compressed by lz4',
    )
  })

  it('show what a connector moved apart from other clients, and what its sink lacks', async () => {
    const withConnector = async (lines: number) => {
      const made = await price({
        header: header => ({
          ...header,
          drill: { ...(header['drill'] as object), connector: { zone: 'az-b', topics: ['integration'] } },
        }),
        journal(events) {
          const at = events.findIndex(({ kind }) => kind === 'final-read')
          const t = (events[at]?.t ?? 0) - 1
          const counts = { stored: 1000, lines, bytes: 90_000, waitedMs: 9 }
          return events.toSpliced(at, 0, { kind: 'connector.drained', t, topics: ['integration'], ...counts })
        },
        totals: { 'az-b>1:connect': [1000, 199_000], 'az-b>2:connect': [0, 300_000] },
      })
      const [traffic, cost] = [text(trafficSection, made), text(costSection, made)]
      return [
        otherLines(traffic, text(trafficSection, priced)),
        otherLines(cost, text(costSection, priced)),
      ].join('\n')
    }
    const lacking = await withConnector(997)
    assertText(
      lacking,
      `
      15.8 MB crossed from one zone to another, in the whole run. Counted by the link proxies, exactly, when all connections had ended.
      All traffic the sum of the four
      az-a | 3.04 MB | 5.81 MB | 2.85 MB
      az-b | 1.99 MB | 1.02 MB | 1.13 MB
      Connector between brokers and the worker
      az-a | – | 199 kB | –
      az-b | 1.00 kB | 300 kB | –
      az-c | – | – | –
      3.52 MB of records were ingested, 15,180 of them; 15.7 MB of the platform’s own crossed from one zone to another. The ratios are of the steady part before the first fault, and of the replay while it ran. What the protocol adds to records is in them; headers of TCP and IP, which a cloud bills too, are not: payloads of connections were counted.
      Connector between brokers and the worker | 200 kB | – | – | – |
      The platform’s own | 15.7 MB |
      Kept on brokers, every replica10.5 MB, worked out: one copy times the replicasKept in the object storenot known: there is no samples/object-store.jsonlOne copy, keys and values alone3.49 MBCPU of the brokersbroker 1 46.2 s, broker 2 46.23 s, broker 3 46.2 sMemory of the brokers, peakbroker 1 220 MB (RSS), broker 2 223 MB (RSS), broker 3 226 MB (RSS)Steps for an operator2: replays that were started, and brokers that had to be brought backConnector traffic500 kBWhat the connector’s sink has997 lines, 90.0 kB, for 1,000 records: 3 of them are missing
      `,
    )
    assertText(
      otherLines(await withConnector(1001), lacking),
      `
      Kept on brokers, every replica10.5 MB, worked out: one copy times the replicasKept in the object storenot known: there is no samples/object-store.jsonlOne copy, keys and values alone3.49 MBCPU of the brokersbroker 1 46.2 s, broker 2 46.23 s, broker 3 46.2 sMemory of the brokers, peakbroker 1 220 MB (RSS), broker 2 223 MB (RSS), broker 3 226 MB (RSS)Steps for an operator2: replays that were started, and brokers that had to be brought backConnector traffic500 kBWhat the connector’s sink has1,001 lines, 90.0 kB, for 1,000 records
      `,
    )
  })

  it('show what the object store was asked, beside the rate', async () => {
    const counts = (requests: number) => ({ requests, failed: 2, toStoreBytes: 10, fromStoreBytes: 7 })
    const made = await price({
      files: {
        'samples/object-store.jsonl': [
          { t: 20_000, zones: {}, storedBytes: 0 },
          {
            t: 90_000,
            zones: { 'az-a': { PutObject: counts(12), GetObject: counts(3) } },
            storedBytes: 8_000_000,
          },
        ],
      },
    })
    assertText(
      otherLines(text(costSection, made), text(costSection, priced)),
      `
      What the object store was asked
      At 16.7 kB/s of ingest. Requests follow the rate and the clock more than the bytes, so they are not multiplied up: the bill has the model’s own count for the stated rate.
      Operation | Requests
      PutObject | 12
      GetObject | 3
      All | 15
      4 of them were answered with an error or not at all; that something is not there is no error. Bodies: 20 B to the store, 14 B from it. samples/object-store.jsonl → cost.json /meters/objectStoreWhat was kept and used
      Kept on brokers, every replica10.5 MB, worked out: one copy times the replicasKept in the object store8.00 MBOne copy, keys and values alone3.49 MBCPU of the brokersbroker 1 46.2 s, broker 2 46.23 s, broker 3 46.2 sMemory of the brokers, peakbroker 1 220 MB (RSS), broker 2 223 MB (RSS), broker 3 226 MB (RSS)Steps for an operator2: replays that were started, and brokers that had to be brought backConnector trafficnot known: the run has no connector whose traffic is metered apart
      `,
    )
  })

  it('mark what is no product before any result, and name it', async () => {
    const software = {
      name: 'Kafka 4.3.1 with a store of the lab',
      kind: 'reference',
      notes: ['It is <no> product.'],
    }
    const made = await price({ header: header => ({ ...header, platform: 'kafka-tiered', software }) })
    assertText(
      readTop(await renderReport(directory))
        .split('\n')
        .slice(0, 5)
        .join('\n'),
      `
      aftershock · first on Kafka 4.3.1 with a store of the lab · 2026-09-21 14:13 UTC
      The lab’s reference store, no product. It is <no> product.
      Recovery did not become a second outage.
      ✓ pass All 37 checks passed.
      A broker was killed: broker 2 (az-b), leader of telemetry/1; links were delayed: 100 ms on 8 links between az-b and the others; a zone was cut off: az-c against az-a and az-b, both directions, 12 links; the whole history was replayed under load. Meanwhile 60 devices in 3 zones went on sending 129 records a second.
      `,
    )
    assert.ok(text(setupSection, made).includes('About that softwareIt is <no> product.'))
    assert.ok(text(costSection, made).includes('What Kafka with tiered storage costs a month'))
  })

  it('never show a stand-in as the product, nor price it as that', async () => {
    const software = {
      name: 'stand-in (Kafka 4.3.1), not AutoMQ',
      kind: 'stand-in',
      notes: ['This is not AutoMQ.'],
    }
    const made = await price({ header: header => ({ ...header, platform: 'automq', software }) })
    const page = await renderReport(directory)
    assertText(
      readTop(page).split('\n').slice(0, 5).join('\n'),
      `
      aftershock · first on stand-in (Kafka 4.3.1), not AutoMQ · 2026-09-21 14:13 UTC
      A stand-in, not the product. This is not AutoMQ.
      Recovery did not become a second outage.
      ✓ pass All 34 checks passed.
      A broker was killed: broker 2 (az-b), leader of telemetry/1; links were delayed: 100 ms on 8 links between az-b and the others; a zone was cut off: az-c against az-a and az-b, both directions, 12 links; the whole history was replayed under load. Meanwhile 60 devices in 3 zones went on sending 129 records a second.
      `,
    )
    assertText(
      otherLines(text(costSection, made), text(costSection, priced)),
      `
      Produce clients to leaders | 5.23 MB | – | – | – |
      Replicate leaders to followers | 6.75 MB | – | – | – |
      Consume to the live readers | 1.20 MB | – | – | – |
      Replay to the recovery consumer | 54.1 kB | – | – | – |
      Kept on brokers, every replicanot known: the disks of brokers were not looked atKept in the object storenot known: there is no samples/object-store.jsonlOne copy, keys and values alone3.49 MBCPU of the brokersbroker 1 46.2 s, broker 2 46.23 s, broker 3 46.2 sMemory of the brokers, peakbroker 1 220 MB (RSS), broker 2 223 MB (RSS), broker 3 226 MB (RSS)Steps for an operator2: replays that were started, and brokers that had to be brought backConnector trafficnot known: the run has no connector whose traffic is metered apart
      cost.json /meters: each number names the samples that it comes fromWhat it costs a month
      What ran was a stand-in. What it did is not the doing of AutoMQ, so no bill of that is shown here.
      `,
    )
    assert.ok(page.includes('<title>first on stand-in (Kafka 4.3.1), not AutoMQ: '))
    assert.doesNotMatch(page, /By the formula|on AutoMQ|AutoMQ costs/)
  })

  it('name what was not measured', async () => {
    const made = await score({ without: ['samples/links.jsonl', 'samples/link-totals.json'], audit: null })
    assertText(
      text(trafficSection, made),
      `
      Not measured: the file is missing.
      samples/links.jsonl → measurements.json /matrix
      `,
    )
    assertText(
      text(auditSection, made),
      `
      ? not audited There is no audit.json in this run.
      `,
    )
    assertText(
      text(missingSection, made),
      `
      · noted samples not whole in samples/links.jsonl: the file is missing Gates that rest on it: recovery-bytes-moved, inter-region-bytes.
      broker-kill-1, bytes moved by recovery: the links were not metered at the time
      link-latency-2, bytes moved by recovery: the links were not metered at the time
      zone-cut-3, bytes moved by recovery: the links were not metered at the time
      bytes between zones: the file is missing
      Nobody tested here: loss of power (page caches survive the death of a process), disks that fail slowly, clocks that jump, packet loss, and more than one machine.
      `,
    )
  })
})
