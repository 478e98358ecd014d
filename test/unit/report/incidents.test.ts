import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { incidents, withEvents } from '../../../chaos/report/incidents.ts'
import { readReportData, type ReportData } from '../../../chaos/report/report-data.ts'
import { incidentList } from '../../../chaos/report/timeline-section.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import { textOf } from '../../../chaos/page/html.ts'

const bound = (fromMs: number, toMs: number) => ({
  part: 'main',
  fromMs,
  toMs,
  why: `its thread computed ${toMs - fromMs} ms`,
  line: fromMs,
})

describe('what stands on the time axis of a report', function () {
  this.timeout(60_000)
  let data: ReportData
  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aftershock-incidents-'))
    makeRun(directory, { devices: 60, tickMs: 2000 })
    await scoreRun(directory)
    const made = await readReportData(directory)
    const windows = [bound(made.from + 500, made.from + 1500), bound(made.from + 9000, made.from + 12_000)]
    data = { ...made, measurements: { ...made.measurements, tool: { parts: [], windows } } }
    rmSync(directory, { recursive: true })
  })

  it('is named below each other picture, by the ids of the drill, and leads to what it was', () => {
    const told = withEvents('As it went.', incidents(data))
    const names = [
      ...new Set(
        incidents(data).map(({ number, id, label }) => `${number} ${label === 'tool-bound' ? label : id}`),
      ),
    ]
    assert.equal(textOf(told), `As it went. Above it: ${names.join(', ')} (what each was).`)
    assert.match(told.text, /<a href="#timeline">/)
    assert.equal(textOf(withEvents('Nothing was broken.', [])), 'Nothing was broken.')
  })

  it('is numbered in order of beginning, and each time of this program’s own has the last number', () => {
    const of = incidents(data)
    const own = of.filter(({ label }) => label === 'tool-bound')
    const others = of.filter(event => !own.includes(event))
    assert.ok(others.length > 1)
    assert.deepEqual(
      others.map(({ number }) => number),
      others.map((_, index) => index + 1),
    )
    assert.deepEqual(
      own.map(({ number }) => number),
      [others.length + 1, others.length + 1],
    )
  })

  it('lists those times once, by the longest', () => {
    const text = textOf(incidentList(data, incidents(data)))
    assert.equal(text.match(/tool-bound what drives/g)?.length, 1)
    assert.match(
      text,
      /tool-bound what drives devices and probes: its thread computed 3000 ms \(the longest of 2 times\) \S+ to \S+ and \S+ to \S+/,
    )
  })
})
