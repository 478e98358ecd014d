import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import { readProcessorEvidence } from '../../chaos/record/processor-evidence.ts'
import { aftershock, journalOf, processesOf, workplace } from './program.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'processor-quick.yaml')

describe('a run with a stateful processor', function () {
  this.timeout(300_000)

  it('is given each command once after a kill, has the twins of an independent fold, and verifies', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', QUICK, '--out', runDir)
    assert.equal(await program.exit, EXIT.pass, `${program.output().stderr}\n${program.output().stdout}`)
    const measured = readMeasurements(runDir)?.processor
    assert.ok(measured)
    const { due, given, repeated, missing, twins, mismatched, unacknowledged, faults } = measured
    assert.ok((due.value ?? 0) > 100, `${due.value} commands due`)
    assert.deepEqual(
      [given.value, repeated.value, missing.value, mismatched.value, twins.value],
      [due.value, 0, 0, 0, 60],
    )
    assert.equal(unacknowledged.value, 0)
    // The other instance took over what the killed one had.
    assert.ok((faults[0]?.takeoverMs.value ?? 0) > 0)
    const evidence = await readProcessorEvidence(runDir)
    assert.deepEqual([evidence.trouble, evidence.twins.length], [null, 60])
    const ended = journalOf(runDir).flatMap(line => (line.kind === 'process.ended' ? [line.role] : []))
    assert.ok(ended.lastIndexOf('processor') < ended.indexOf('broker'))
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(join(place.labDir, 'processor')), false)
    const verified = aftershock(place, 'verify', runDir)
    assert.equal(await verified.exit, EXIT.pass, verified.output().stdout)
  })
})
