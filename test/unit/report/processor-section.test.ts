import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import { NOTHING_RESTORED } from '../../../chaos/record/processor-measurement.ts'
import { processorSection } from '../../../chaos/report/processor-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { goodProcessor } from '../score/good-processor.ts'
import { assertText } from '../../inline-text.ts'

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
    assertText(
      text,
      `
      It keeps a twin of each device of telemetry and sends it a command each time its sequence passes a multiple of 10: exactly_once_v2, 1 standby replica. What it must have sent is not taken from it: the stored records were folded again, apart from it.
      The processor was not sampled.
      Every command and every twin against the stored records
      Guarantee | Records | Not processed | Commands due | Given | Taken back | Given again | Missing | Unasked | Not acknowledged | Twins | Of them wrong
      exactly_once_v2 | 200 | 0 | 20 | 20 | 3 | 0 | 0 | 0 | 0 | 2 | 0
      What its writers did to the database
      Whoever is given a partition claims it in the database. A writer that hung comes back with a batch that was due: it is refused, because its claim is not the newest.
      Fencing | Written | After another had taken over | Devices set back by that | Refused | Missing | Not committed
      epoch | 200 | 0 | 0 | 12 | 0 | 0
      Each rebuild
      Times count from the injection. Nobody takes over before the group has noticed; then state is downloaded from its changelog, and what came meanwhile is processed. A dash: no state was restored.
      Fault | The last partition | Restoring began after | Download | Records of it | Processing what was left | Nothing behind after | Behind in all
      processor-kill-1 | telemetry/2 | 10.5 s | 800 ms | 120 | 1.5 s | 14 s | 15 s
      processor/device-twin.jsonl · history/stored.jsonl · samples/processor.jsonl → measurements.json /processor
      `,
    )
  })

  it('has dashes, and no missing numbers, where a fault left every instance its state', () => {
    const quiet = processor()
    const none = notKnown(NOTHING_RESTORED)
    quiet.faults = quiet.faults.map(one => ({
      ...one,
      takeoverMs: none,
      downloadMs: none,
      downloadedRecords: notKnown('a restoration was broken off'),
    }))
    assert.match(render(dataOf(quiet)), /processor-kill-1 \| telemetry\/2 \| – \| – \| not measured \| 1.5 s/)
  })

  it('names commands and twins where to look first, and never shows a zero for what is not known', () => {
    const bad = processor()
    bad.examples.repeated.push({ id: 'd7/1/4', given: 3, cause: { partition: 2, offset: 41 } })
    bad.repeatedDevices.push({ device: 'd7', times: 2 })
    bad.devicesRepeated = known(1)
    bad.examples.mismatched.push({ device: 'd9', kept: null, folded: '1/5, command 0, acknowledged 0' })
    bad.missing = notKnown('planted')
    const text = render(dataOf(bad))
    assertText(
      text,
      `
      It keeps a twin of each device of telemetry and sends it a command each time its sequence passes a multiple of 10: exactly_once_v2, 1 standby replica. What it must have sent is not taken from it: the stored records were folded again, apart from it.
      The processor was not sampled.
      Every command and every twin against the stored records
      Guarantee | Records | Not processed | Commands due | Given | Taken back | Given again | Missing | Unasked | Not acknowledged | Twins | Of them wrong
      exactly_once_v2 | 200 | 0 | 20 | 20 | 3 | 0 | not measured | 0 | 0 | 2 | 0
      Commands given again: d7/1/4 (3 times, by partition 2 offset 41)
      Given a command again: 1 device, most often d7 (2 times)
      The twin of d9 is not there; the stored records say 1/5, command 0, acknowledged 0
      What its writers did to the database
      Whoever is given a partition claims it in the database. A writer that hung comes back with a batch that was due: it is refused, because its claim is not the newest.
      Fencing | Written | After another had taken over | Devices set back by that | Refused | Missing | Not committed
      epoch | 200 | 0 | 0 | 12 | 0 | 0
      Each rebuild
      Times count from the injection. Nobody takes over before the group has noticed; then state is downloaded from its changelog, and what came meanwhile is processed. A dash: no state was restored.
      Fault | The last partition | Restoring began after | Download | Records of it | Processing what was left | Nothing behind after | Behind in all
      processor-kill-1 | telemetry/2 | 10.5 s | 800 ms | 120 | 1.5 s | 14 s | 15 s
      processor/device-twin.jsonl · history/stored.jsonl · samples/processor.jsonl → measurements.json /processor
      `,
    )
  })

  it('tells which devices were issued commands twice, where it went to region b', () => {
    const moved = processor()
    const issuedTwiceDevices = [{ device: 'd3', times: 2 }]
    moved.inRegionB = { issuedTwice: known(2), issuedTwiceDevices, handedAgain: known(0) }
    assert.match(
      render(dataOf(moved)),
      /2 commands stand in the logs of both regions \(most of d3 \(2 times\)\)/,
    )
    moved.inRegionB = { issuedTwice: known(0), handedAgain: known(0) }
    assert.match(render(dataOf(moved)), /0 commands stand in the logs of both regions; devices/)
  })
})
