import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { setupSection } from '../../../chaos/report/appendix.ts'
import { availabilitySection } from '../../../chaos/report/availability-section.ts'
import { deadlinesOf } from '../../../chaos/report/fleet-lines.ts'
import { readReportData, type ReportData } from '../../../chaos/report/report-data.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import { readPart } from '../page/read-page.ts'

describe('the sections of a report, beside their words', function () {
  this.timeout(60_000)
  let directory = ''
  let data: ReportData
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-report-'))
    makeRun(directory, { devices: 60, tickMs: 2000 })
    await scoreRun(directory)
    data = await readReportData(directory)
  })
  after(() => rmSync(directory, { recursive: true }))

  it('say in one line how the run is repeated, and what has to be the same', () => {
    assert.match(
      readPart(setupSection.body(data).text),
      /aftershock 0\.1\.0, first \(SHA-256 [0-9a-f]{12}\), seed 7, kafka 4\.3\.1: aftershock run --from FOLDER, with the folder of this page; or, by its words, aftershock run first --platform kafka@4\.3\.1 --seed 7/,
    )
  })

  it('lead from each stretch without service to its second, and have them as a file', () => {
    const { text: page } = availabilitySection.body(data)
    assert.match(page, /<a class="at" href="#at-\d+">1:\d\d<\/a>/)
    const [, csv = ''] =
      /href="data:text\/csv;charset=utf-8,([^"]*)" download="availability-chart\.csv"/.exec(page) ?? []
    const [head, ...rows] = decodeURIComponent(csv).trimEnd().split('\n')
    assert.equal(head, '"partition","zone","from seconds","to seconds"')
    assert.equal(rows.length, data.measurements.outages.length)
  })

  it('draw until when each fault’s recovery must have ended, by its gate', () => {
    const events = [{ id: 'broker-kill-1', number: 1 }] as unknown as Parameters<typeof deadlinesOf>[1]
    const [fault] = data.measurements.faults
    assert.ok(fault?.provenAt)
    assert.deepEqual(deadlinesOf(data, events), [{ t: fault.provenAt + 20_000, label: '1 back by' }])
  })
})
