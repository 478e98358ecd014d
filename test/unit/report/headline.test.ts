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

  it('says what was planned and done where nothing was broken, and what was not completed', async () => {
    const directory = keptFolder('headline-moves')
    makeRun(directory, { devices: 60, tickMs: 2000 })
    await scoreRun(directory)
    const data = await readReportData(directory)
    const begins = (done: boolean | null) => {
      const regions = {
        moves: [
          { kind: 'migrate', ok: true },
          { kind: 'roll-back', ok: done },
        ],
      }
      const measurements = { ...data.measurements, faults: [], replays: [], regions } as never
      return /<p class="broken">(.*?)\. Meanwhile/.exec(headline({ ...data, measurements }).text)?.[1]
    }
    const migrated = 'Devices and consumers migrated to region b; '
    assert.equal(begins(true), `${migrated}the migration was rolled back`)
    assert.equal(begins(false), `${migrated}the roll-back of the migration was not completed`)
    assert.equal(begins(null), `${migrated}the roll-back of the migration was not seen to its end`)
  })
})
