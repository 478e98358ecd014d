import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import type { UpgradeMeasurement } from '../../../chaos/record/upgrade-measurement.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { upgradeSection } from '../../../chaos/report/upgrade-section.ts'
import { assertText } from '../../inline-text.ts'
import { measured, without } from '../score/upgrade-cases.ts'

const dataOf = (upgrade: UpgradeMeasurement | undefined): ReportData =>
  ({
    measurements: { upgrade, faults: [], replays: [], operatorSteps: [] },
    samples: { fleet: { rows: [] }, cluster: { rows: [] } },
    zero: 0,
    from: 0,
    to: 150_000,
  }) as unknown as ReportData

/** The chart's values are in a table of their own. */
const withoutChart = (upgrade: UpgradeMeasurement): string => {
  const lines = render(upgrade).split('\n')
  return [...lines.slice(0, 3), ...lines.slice(lines.indexOf('Step by step'))].join('\n')
}
const render = (upgrade: UpgradeMeasurement) => textOf(upgradeSection.body(dataOf(upgrade)))

describe('the section on an upgrade', () => {
  it('is there only where a run upgrades', () => {
    assert.equal(upgradeSection.when?.(dataOf(undefined)), false)
    assert.equal(upgradeSection.when?.(dataOf(measured())), true)
  })

  it('begins with what it cost, then tells each step with what was felt of it', () => {
    assertText(
      withoutChart(measured({ outages: [without(24_000, 28_000)] })),
      `
      From 4.3.1 to 4.4.0: the upgrade took 33 s and the way back took 33 s.
      From | To | Lost | Stored again | Worst step without service | Longest step | Longest action
      4.3.1 | 4.4.0 | 0 | 0 | 4 s | 10 s | 33 s
      Step by step
      A step’s cost is what was felt from its beginning until the next thing was done.
      Action | Step | Done | It took | To end | To serve | To be in sync | Without service | Lost | Stored again | Leaders moved | Between brokers
      upgrade | checked | yes | 500 ms | | | | 0 ms | 0 | 0 | 0 | not known
      upgrade | broker 1 to 4.4.0 | yes | 10 s | 1 s | 6 s | 3 s | 0 ms | 0 | 0 | 0 | not known
      upgrade | broker 3 to 4.4.0 | yes | 10 s | 1 s | 6 s | 3 s | 4 s (telemetry/0) | 0 | 0 | 0 | not known
      upgrade | broker 2 to 4.4.0 | yes | 10 s | 1 s | 6 s | 3 s | 0 ms | 0 | 0 | not measured | not known
      way back | features | yes | 500 ms | | | | 0 ms | 0 | 0 | 0 | not known
      way back | broker 1 to 4.3.1 | yes | 10 s | 1 s | 6 s | 3 s | 0 ms | 0 | 0 | not measured | not known
      way back | broker 3 to 4.3.1 | yes | 10 s | 1 s | 6 s | 3 s | 0 ms | 0 | 0 | not measured | not known
      way back | broker 2 to 4.3.1 | yes | 10 s | 1 s | 6 s | 3 s | 0 ms | 0 | 0 | not measured | not known
      What was seen of each step
      Action | Step | By | What was seen | Journal
      upgrade | checked | machine | seen | line 10
      upgrade | broker 1 | machine | seen | line 11
      upgrade | broker 3 | machine | seen | line 12
      upgrade | broker 2 | machine | seen | line 13
      way back | features | machine | seen | line 14
      way back | broker 1 | machine | seen | line 15
      way back | broker 3 | machine | seen | line 16
      way back | broker 2 | machine | seen | line 17
      journal.jsonl · history/*.jsonl · samples/cluster.jsonl · samples/links.jsonl → measurements.json /upgrade
      `,
    )
  })

  it('says at which step the way back stopped, with what Kafka answered', () => {
    const text = render(measured({ failedAt: 'features' }))
    assert.match(text, /the way back stopped at the step features\. Kafka answered: no\./)
    assert.match(text, /^way back \| features \| NO \|/m)
    assert.match(text, /^way back \| features \| machine \| Kafka answered: no \| line 14$/m)
  })

  it('shows no zero for what is not known', () => {
    assert.match(
      render(measured({ isTorn: true })),
      /^4\.3\.1 \| 4\.4\.0 \| not measured \| not measured \| 0 ms/m,
    )
  })
})
