import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import type { RegionMeasurement } from '../../../chaos/record/region-measurement.ts'
import { regionsSection } from '../../../chaos/report/regions-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { ids, measured } from '../score/region-cases.ts'
import { assertText } from '../../inline-text.ts'

const dataOf = (regions: RegionMeasurement | undefined): ReportData =>
  ({
    measurements: { regions, faults: [], replays: [] },
    from: 0,
    to: 80_000,
  }) as unknown as ReportData

/** Without its chart, whose values are in a table of their own. */
const render = (regions: RegionMeasurement) =>
  textOf(regionsSection.body(dataOf({ ...regions, bySecond: [] })))

describe('the section on two regions', () => {
  it('is there only where a run has two', async () => {
    assert.equal(regionsSection.when?.(dataOf(undefined)), false)
    assert.equal(regionsSection.when?.(dataOf(await measured())), true)
  })

  it('begins with what was lost and how long it took, then tells steps and offsets by content', async () => {
    const storedInB = [...ids('d1', 1, 8), ...ids('d1', 11, 12)]
    assertText(
      render(await measured({ storedInB, translated: 5 })),
      `
      Region a acknowledged 10 records and region b 2. The newest record that region a acknowledged and region b lacks is d1/1/10 of telemetry, acknowledged 0 ms before the last one.
      Recovery point | Lost in region b | Recovery time | In neither region | There twice | Out of order | Read again | Passed over | Newest checkpoint behind | Between the regions
      100 ms | 2 | 4 s | 0 | 0 | 0 | 3 | 0 | 0 ms | not measured
      The fail-over, step by step
      Step | On the axis | By | Done | After the loss | It took | Between the regions | What was seen | Journal
      mirror | 1 | machine | yes | 1 s | 900 ms | not known | seen | line 10
      offsets | 2 | machine | yes | 2 s | 900 ms | not known | seen | line 11
      devices | 3 | machine | yes | 3 s | 900 ms | not known | seen | line 12
      consumers | 4 | machine | yes | 4 s | 900 ms | not known | seen | line 13
      Offsets of the group at the fail-over: translated, and right by content
      A record is known by its id, not by its number. Right is the first offset of region b that holds something which the group had not committed in region a.
      Partition | Committed in a | Translated | Began at | Right | Read again | Passed over | End of b then
      telemetry/0 | 8 | 5 | 5 | 8 | 3 | 0 | 10
      Devices that felt it most
      Device | Missing in region b | There twice | Out of order
      d1 | 2 | 0 | 0
      history/*.jsonl · regions/*.jsonl · samples/regions.jsonl (identity policy) → measurements.json /regions
      `,
    )
  })

  it('tells each move by itself where devices came back', async () => {
    const found = await measured({
      storedInA: ids('d1', 1, 14),
      home: { ackedByA: ids('d1', 13, 14), start: 10 },
    })
    const text = render(found)
    assert.match(text, /^fail-over \| b \| yes \| 0 ms \| 0 \| 4 s \| 0 \| 0$/m)
    assert.match(text, /^fail-back \| a \| yes \| 0 ms \| 0 \| 5\.9 s \| 2 \| 0$/m)
    assert.match(text, /Offsets of the group at the fail-back/)
  })

  it('names the step at which it stopped, and shows no recovery time for it', async () => {
    const text = render(await measured({ failedAt: 'devices' }))
    assert.match(text, /devices \| 3 \| machine \| NO \| 3 s \| 900 ms \| not known \| waited 60 s for it/)
    assert.match(text, /at least 70 s/)
  })

  it('shows no zero for what is not known', async () => {
    const text = render(await measured({ isTorn: true }))
    assert.match(text, /What region b lacks of region a is not known: regions\/stored\.jsonl/)
    // Commits and checkpoints do not rest on what region b has.
    assert.match(text, /^(not measured \| ){2}4 s \| (not measured \| ){5}0 ms \| not measured$/m)
    assert.doesNotMatch(text, /telemetry\/0 \|/)
  })
})
