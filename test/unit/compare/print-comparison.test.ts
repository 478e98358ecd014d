import assert from 'node:assert/strict'
import { comparison as comparisonFile } from '../../../chaos/compare/comparison.ts'
import { comparisonCsv } from '../../../chaos/compare/csv.ts'
import { printComparison, shownSpread } from '../../../chaos/compare/print-comparison.ts'
import { spreadOf } from '../../../chaos/compare/spread.ts'
import { aComparison } from './fixtures.ts'

describe('a comparison on a terminal', () => {
  const text = printComparison(aComparison())

  it('begins with the verdict and why, then each platform, also the one that was not run', () => {
    assert.match(text, /^\n\? INCONCLUSIVE {2}compare with seed 1/)
    assert.match(text, /automq: NOT RUN: no AutoMQ distribution is on this machine/)
    assert.match(text, /kafka-tiered: inconclusive\. .*, reference;/)
    assert.ok(text.indexOf('What was not the same') < text.indexOf('Loss of a broker'))
  })

  it('has verdicts as signs and words, with how many runs passed', () => {
    assert.match(text, /Loss of a broker +✓ pass 3\/3 +✓ pass 3\/3/)
    assert.match(text, /Replay from the oldest offset +✓ pass 3\/3 +\? inconclusive 2\/3/)
    assert.match(text, /Restart of connectors +○ not exercised/)
  })

  it('has the key numbers with their intervals, and no others', () => {
    assert.match(text, /sustained-recovery kill +[\d.]+ s \([\d.]+ s to [\d.]+ s\)/)
    assert.doesNotMatch(text, /leader-moves/)
  })

  it('says of a bill whose platform was not run that it is the model alone', () => {
    assert.match(text, /automq .*the model alone: it was not run here/)
  })

  it('names where the tool itself was in the way', () => {
    assert.match(text, /kafka-tiered\/2: the load generator was late 312 ms \(limit 200 ms\)/)
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
