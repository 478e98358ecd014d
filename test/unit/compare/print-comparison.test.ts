import assert from 'node:assert/strict'
import { comparison as comparisonFile } from '../../../chaos/compare/comparison.ts'
import { comparisonCsv } from '../../../chaos/compare/csv.ts'
import { printComparison, shownSpread } from '../../../chaos/compare/print-comparison.ts'
import { spreadOf } from '../../../chaos/compare/spread.ts'
import { assertText } from '../../inline-text.ts'
import { aComparison } from './fixtures.ts'

describe('a comparison on a terminal', () => {
  it('has the verdict and why, each platform, what was not the same, each dimension, numbers, bytes and bills', () => {
    assertText(
      printComparison(aComparison()),
      `

      ? INCONCLUSIVE  compare with seed 1: A broker dies, one is replaced, a zone is cut off, and history is read back under load
        kafka-tiered: the margin of the replay is not known in run 2.
        Kafka with tiered storage: 1 of 3 runs is inconclusive.

        kafka: pass. Apache Kafka 4.3.1; runs: 1 pass, 2 pass, 3 pass
        kafka-tiered: inconclusive. Apache Kafka 4.3.1, remote log in the lab’s reference store, reference; runs: 1 pass, 2 inconclusive, 3 pass
        automq: NOT RUN: no AutoMQ distribution is on this machine (aftershock compare … --automq-dist automq-1.6.5.tgz)

      What was not the same
        platform software: kafka Apache Kafka 4.3.1 · kafka-tiered Apache Kafka 4.3.1, remote log in the lab’s reference store
        load of the machine at the start of a run: kafka 0.4 to 1.1 · kafka-tiered 0.5 to 2.3
        order: In rounds, each of which begins one platform later than the one before.
        kafka-tiered/2: the load generator was late 312 ms (limit 200 ms)

                                       kafka            kafka-tiered
        No second outage               ✓ pass 3/3       ✓ pass 3/3
        Loss of a broker               ✓ pass 3/3       ✓ pass 3/3
        Replacement of a broker        ✓ pass 3/3       ✓ pass 3/3
        Loss of a zone                 ✓ pass 3/3       ✓ pass 3/3
        Replay from the oldest offset  ✓ pass 3/3       ? inconclusive 2/3
        Durability                     ✓ pass 3/3       ✓ pass 3/3
        Restart of connectors          ○ not exercised  ○ not exercised
        The faults were real           ✓ pass 3/3       ✓ pass 3/3

      Median (interval of the median)
                                    kafka                         kafka-tiered
        sustained-recovery kill     3.47 s (3.35 s to 3.78 s)     4.1 s (3.6 s to 4.12 s)
        sustained-recovery replace  4.64 s (4.34 s to 5.05 s)     3.91 s (3.84 s to 4.17 s)
        recovery-bytes-net replace  46.4 MB (40.7 MB to 47.3 MB)  8.27 MB (8.23 MB to 9.96 MB)
        in-sync replace             9.35 s (8.49 s to 9.55 s)     5.64 s (5.61 s to 5.73 s)
        sustained-recovery cut      5.47 s (5.09 s to 5.85 s)     5.76 s (5.15 s to 6.16 s)
        replay-seconds replay       5.71 s (5.71 s to 6.2 s)      15.89 s (14.04 s to 16.48 s)
        producer-p99-ratio replay   ×1.70 (×1.58 to ×1.85)        ×1.59 (×1.34 to ×1.59)
        second-outage               0 ms in each                  0 ms (0 ms to 1.2 s)
        acked-loss                  0 records in each             0 records in each

      Bytes between zones per byte acknowledged, by cause
                                               kafka                   kafka-tiered
        produce                                ×0.93 (×0.84 to ×0.95)  ×0.88 (×0.78 to ×0.93)
        replicate                              ×2.10 (×2.09 to ×2.25)  ×2.08 (×1.97 to ×2.18)
        consume                                ×0.78 (×0.77 to ×0.91)  ×0.84 (×0.73 to ×0.85)
        replay                                 ×0.20 (×0.19 to ×0.23)  ×0.20 (×0.19 to ×0.22)
        recovery                               ×0.21 (×0.21 to ×0.21)  ×0.22 (×0.18 to ×0.23)
        control                                ×0.01 (×0.01 to ×0.01)  ×0.01 (×0.01 to ×0.01)
        audit (not in the ratio above)         ×0.76 (×0.66 to ×0.79)  ×0.72 (×0.69 to ×0.76)
        unattributed (not in the ratio above)  ×0.06 (×0.06 to ×0.06)  ×0.07 (×0.07 to ×0.07)

      What it would cost: workload fleet (the shipped example, not yours: --workload), us-east-1, prices judged on 2026-11-23, 2 of 14 flagged; bytes across zones by the formula
                       a month     as measured  a replay*      a broker loss*  kept ready**
        kafka          22,798 USD  23,482 USD   100 + 120 USD  108 + 180 USD   730 USD
        kafka-tiered   10,665 USD  11,349 USD   40 + 120 USD   3 + 180 USD     730 USD
        automq         7,266 USD                40 + 120 USD   3 + 180 USD     730 USD       the model alone: it was not run here
        automq-router  5,486 USD                40 + 120 USD   3 + 180 USD     730 USD       the model alone: it was not run here
        * the platform + labour, by the hours that the workload states; ** machines for replays, a month, in the bill

      What this cannot say
        All zones were on one machine: their latency and their hardware are the lab’s, not a region’s.
        With 3 runs the interval of a median holds it three times in four.

      `,
    )
  })

  it('never shows a number that is missing as one', () => {
    const silent = spreadOf([1, 2, 3].map(run => ({ run, value: null, why: 'the probe was silent' })))
    assert.equal(shownSpread(silent, 's'), 'not known: the probe was silent')
    const partly = spreadOf([
      { run: 1, value: 2, why: null },
      { run: 2, value: null, why: 'silent' },
      { run: 3, value: 3, why: null },
    ])
    assert.equal(shownSpread(partly, 's'), '2.5 s of 2/3 runs')
  })
})

describe('a comparison as CSV', () => {
  it('quotes what needs it, and disarms what a spreadsheet would compute', () => {
    const made = aComparison()
    const csv = comparisonCsv({
      ...made,
      notRun: [{ platform: 'automq', name: 'AutoMQ', reason: '=cmd|"x", and more', hint: null }],
    })
    assert.match(csv, /automq,,comparison,not-run,,,,"'=cmd\|""x"", and more"\r\n$/)
  })

  it('has eight cells in every line', () => {
    const lines = comparisonCsv(aComparison()).trimEnd().split('\r\n')
    for (const line of lines) assert.equal(cells(line), 8, line)
  })

  it('rests on a fixture that is what the schema says', () => {
    const made = aComparison()
    assert.deepEqual(comparisonFile.parse(made), made)
  })
})

const cells = (line: string): number => line.replaceAll(/"(?:[^"]|"")*"/g, 'x').split(',').length
