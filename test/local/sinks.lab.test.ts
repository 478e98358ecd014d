import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { databaseDir } from '../../chaos/drivers/local/database/database-dir.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import { readSinkEvidence } from '../../chaos/record/sink-evidence.ts'
import { journalOf, processesOf, workplace } from './program.ts'
import { TEST_BLOCK } from './test-lab.ts'

import { QUICK, checksOf, perform, sinkOf } from './sink-runs.ts'

describe('a run with sinks into a database', function () {
  this.timeout(600_000)

  it('has each record as one row after the end of a worker, and says when rows came again', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await perform(place, QUICK, runDir, EXIT.pass)
    const sink = sinkOf(runDir)
    const [killed] = sink.faults
    assert.ok((sink.stored.value ?? 0) > 500, `${sink.stored.value} records stored`)
    assert.equal(sink.rows.value, sink.stored.value)
    assert.deepEqual([sink.missing.value, sink.repeated.value, sink.reordered.value], [0, 0, 0])
    assert.ok((killed?.firstRowMs.value ?? 0) > 0)
    assert.notEqual(killed?.committedBefore, null)
    assert.equal(checksOf(runDir)['sink-missing-records'], 'pass')
    const [source] = readMeasurements(runDir)?.sources ?? []
    assert.ok((source?.lateCommits.value ?? 0) > 50, `${source?.lateCommits.value} late commits`)
    assert.equal(source?.records.value, source?.rows.value)
    assert.deepEqual(
      [source?.missing.value, source?.repeated.value, source?.reordered.value, source?.unexplained.value],
      [0, 0, 0, 0],
    )
    const evidence = await readSinkEvidence(runDir, 'rows')
    assert.deepEqual([evidence.trouble, evidence.rows.length], [null, sink.rows.value])
    const ended = journalOf(runDir).flatMap(line => (line.kind === 'process.ended' ? [line.role] : []))
    assert.ok(ended.indexOf('database') < ended.indexOf('broker'))
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(databaseDir({ block: TEST_BLOCK, dir: place.labDir })), false)
  })
})
