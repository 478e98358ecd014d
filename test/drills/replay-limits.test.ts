import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { aftershock, journalOf, workplace } from '../local/program.ts'

const DRILL = packageFile('test', 'fixtures', 'drills', 'governed-limits.yaml')

describe('a replay of which devices suffer more than the contract allows, on three brokers', function () {
  this.timeout(300_000)

  it('is stopped by that limit, has its right taken away, and fails the run', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', DRILL, '--out', runDir, '--json')
    const status = await program.exit
    const { stdout, stderr } = program.output()
    assert.equal(status, EXIT.fail, `${stderr}\n${stdout}`)

    const lines = journalOf(runDir)
    const at = (kind: string) => lines.findIndex(line => line.kind === kind)
    const stopped = lines[at('replay.stopped')]
    assert.ok(stopped?.kind === 'replay.stopped', stderr)
    assert.match(stopped.why, /^produce-p99-ms is \d+.*: it is stopped when that is above 8000/)
    assert.ok(at('fault.injected') < at('replay.stopped'), 'it was stopped before anything was broken')
    assert.ok(at('replay.stopped') < at('grant.removed'))
    const finished = lines[at('action.finished')]
    assert.ok(finished?.kind === 'action.finished' && !finished.ok)
    const withdrawn = lines.find(line => line.kind === 'access.asked' && line.when === 'withdrawn')
    assert.deepEqual(withdrawn?.kind === 'access.asked' && Object.values(withdrawn.inScope), ['refused'])

    const row = readScorecard(runDir)?.rows.find(({ dimension }) => dimension === 'governance')
    const failed = row?.checks.filter(({ verdict }) => verdict === 'fail')
    assert.deepEqual(
      failed?.map(({ check, why }) => [check, why]),
      [['scope-read', stopped.why]],
    )
  })
})
