import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textOf } from '../../../chaos/page/html.ts'
import { readReportData } from '../../../chaos/report/report-data.ts'
import { scorecardSection } from '../../../chaos/report/scorecard-section.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'

describe('the scorecard of a page', function () {
  this.timeout(60_000)
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-scorecard-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  async function text(knobs: RunKnobs): Promise<string> {
    makeRun(directory, { devices: 60, tickMs: 1000, ...knobs })
    await scoreRun(directory)
    return textOf(scorecardSection.body(await readReportData(directory)))
  }

  it('shows what was out of reach where the run was', async () => {
    const software = { name: 'a cluster', kind: 'product' as const, notes: [], absent: ['disks of brokers'] }
    const shown = await text({ header: header => ({ ...header, software }) })
    assert.match(shown, /Out of reach where this ran\s*Nothing of these.*\s*Disks of brokers/)
  })

  it('is silent where nothing was', async () => {
    assert.ok(!(await text({})).includes('Out of reach'))
  })
})
