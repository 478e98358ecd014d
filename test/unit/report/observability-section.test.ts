import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { observabilitySection } from '../../../chaos/report/observability-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'

type Signals = ReportData['measurements']['observability']

function dataWith(observability: Signals): ReportData {
  return { measurements: { observability } } as unknown as ReportData
}

describe('the signals of a run, in the report', () => {
  it('say for each phase what share came, and the longest gap', () => {
    const phases = [
      { name: 'steady', share: 1, longestGapMs: 1000 },
      { name: 'kill', share: 0.756, longestGapMs: 15_570 },
      { name: 'replay', share: null, longestGapMs: null },
    ]
    const data = dataWith([{ signal: 'broker metrics', file: 'samples/broker-metrics.jsonl', phases }])
    assert.equal(
      textOf(observabilitySection.body(data)),
      `The share of the samples due in each phase that came; below it, the longest time without one. A broker that is down serves no metrics: whoever recovers it does not see them either.
Signal | steady | kill | replay
broker metrics | 100 % 1 s | 75 % 15.57 s | not exercised
measurements.json /observability; samples/*.jsonl`,
    )
  })

  it('are left out of a run without phases', () => {
    assert.equal(observabilitySection.when?.(dataWith([])), false)
  })
})
