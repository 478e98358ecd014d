import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { replaySections } from '../../../chaos/report/replay-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import { measureEvidence } from '../../../chaos/score/measure.ts'
import { known } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'

describe('the report of a replay', () => {
  let directory: string
  let measured: Measurements

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-replay-section-'))
    makeRun(directory, { devices: 60, tickMs: 1000 })
    measured = measureEvidence(await readEvidence(directory))
  })
  after(() => rmSync(directory, { recursive: true }))

  const page = (change: (replay: Measurements['replays'][number]) => void) => {
    const measurements = structuredClone(measured)
    for (const replay of measurements.replays) change(replay)
    const data = { measurements } as ReportData
    return replaySections(data)
      .map(({ body }) => body(data).text)
      .join('\n')
  }

  it('names what was gone before it was read, to the offset', () => {
    const gone = page(replay => {
      for (const partition of replay.partitions.slice(0, 1)) partition.unread = [{ from: 0, to: 1200 }]
    })
    assert.match(gone, /Gone before it was read.*1,200 offsets, 0 to 1199/s)
    assert.doesNotMatch(
      page(() => {}),
      /Gone before it was read/,
    )
  })

  it('tells cold from hot by bytes where records do not tell', () => {
    const bounded = page(replay => {
      const sources = { coldRecords: known(0), hotRecords: known(0), eitherRecords: known(0) }
      const bytes = { coldBytesAtMost: known(2000), hotBytesAtLeast: known(5000) }
      replay.sources = { ...sources, fromStoreBytes: known(1), ...bytes }
    })
    assert.match(bounded, /By bytes.*at most .* cold, at least .* from memory/s)
  })
})
