import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import { processorSection } from '../../../chaos/report/processor-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { goodProcessor } from '../score/good-processor.ts'

const FAULTS = [{ id: 'processor-kill-1' }] as ReportData['measurements']['faults']
const processor = () => goodProcessor({ faults: FAULTS })

function dataOf(measured: ReportData['measurements']['processor']): ReportData {
  return {
    measurements: { processor: measured },
    samples: { processor: { rows: [], periodMs: 1000, file: '', trouble: 'the file is missing' } },
  } as unknown as ReportData
}

const render = (data: ReportData) => textOf(processorSection.body(data))

describe('the section on a stateful processor', () => {
  it('is there only where a run has one', () => {
    assert.equal(processorSection.when?.(dataOf(undefined)), false)
    assert.equal(processorSection.when?.(dataOf(processor())), true)
  })

  it('sets commands and twins against the stored records, and tells a rebuild in its parts', () => {
    const text = render(dataOf(processor()))
    assert.match(text, /exactly_once_v2 \| 200 \| 0 \| 20 \| 20 \| 3 \| 0 \| 0 \| 0 \| 0 \| 2 \| 0/)
    assert.match(
      text,
      /processor-kill-1 \| telemetry\/2 \| 10\.5 s \| 800 ms \| 120 \| 1\.5 s \| 14 s \| 15 s/,
    )
    assert.match(text, /epoch \| 200 \| 0 \| 0 \| 12 \| 0 \| 0/)
    assert.match(text, /was not sampled/)
  })

  it('names commands and twins where to look first, and never shows a zero for what is not known', () => {
    const bad = processor()
    bad.examples.repeated.push({ id: 'd7/1/4', given: 3, cause: { partition: 2, offset: 41 } })
    bad.repeatedDevices.push({ device: 'd7', times: 2 })
    bad.devicesRepeated = known(1)
    bad.examples.mismatched.push({ device: 'd9', kept: null, folded: '1/5, command 0, acknowledged 0' })
    bad.missing = notKnown('planted')
    const text = render(dataOf(bad))
    assert.match(text, /given again: d7\/1\/4 \(3 times, by partition 2 offset 41\)/)
    assert.match(text, /1 devices were given a command again, most often d7 \(2 times\)/)
    assert.match(text, /The twin of d9 is not there; the stored records say 1\/5/)
    assert.match(text, /20 \| 20 \| 3 \| 0 \| not measured/)
  })
})
