import assert from 'node:assert/strict'
import { headline } from '../../../chaos/report/headline.ts'
import { readReportData } from '../../../chaos/report/report-data.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import { keptFolder } from '../../temporary.ts'

describe('the head of a report', () => {
  it('begins with a list where more was broken than a sentence holds', async () => {
    const directory = keptFolder('headline')
    makeRun(directory, { devices: 60, tickMs: 2000 })
    await scoreRun(directory)
    const data = await readReportData(directory)
    const { measurements } = data
    const faults = [...measurements.faults, ...measurements.faults]
    const page = headline({ ...data, measurements: { ...measurements, faults } }).text
    const [, items = ''] = /<ul class="broken">(.*?)<\/ul>/s.exec(page) ?? []
    const said = [...items.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = '']) => item)
    assert.equal(said.length, faults.length + 1)
    assert.match(said[0] ?? '', /^A broker was killed: /)
    assert.equal(said.at(-1), 'The whole history was replayed under load')
    assert.match(page, /<\/ul>\s*<p class="broken">Meanwhile 60 devices/)
    assert.match(headline(data).text, /<p class="broken">A broker was killed: .*; the whole history was/)
  })
})
