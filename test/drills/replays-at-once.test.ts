import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { aftershock, journalOf, succeed, workplace } from '../local/program.ts'

const DRILL = packageFile('test', 'fixtures', 'drills', 'replays-at-once.yaml')
const SHARDS = { first: 'governed', second: 'governed-2', whole: 'recovery', part: 'recovery-dashboards' }

describe('four replays at once, two of them approved and of one window, on three brokers', function () {
  this.timeout(300_000)

  it('have each a reader, a statement, a comparison with what is stored, gates and a limit of its own', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', DRILL, '--out', runDir, '--json')
    const status = await program.exit
    const { stdout, stderr } = program.output()
    assert.equal(status, EXIT.pass, `${stderr}\n${stdout}`)

    const lines = journalOf(runDir)
    const at = (kind: 'action.started' | 'action.finished', id: string) =>
      lines.find(line => line.kind === kind && line.id === id)?.t ?? Number.NaN
    const ids = Object.keys(SHARDS)
    const lastStart = Math.max(...ids.map(id => at('action.started', id)))
    const firstEnd = Math.min(...ids.map(id => at('action.finished', id)))
    assert.ok(lastStart < firstEnd, `they were not read at once: ${lastStart} and ${firstEnd}`)

    const stated = lines.flatMap(line => (line.kind === 'replay.stated' ? [line] : []))
    assert.deepEqual(Object.fromEntries(stated.map(({ id, reader }) => [id, reader])), SHARDS)
    for (const { id, records, bytes, expectedSeconds, marginMs, gone } of stated) {
      assert.ok((records ?? 0) > 0 && (bytes ?? 0) > 0 && (expectedSeconds ?? 0) > 0, id)
      assert.ok((marginMs ?? 0) > 0, `${id}: margin ${marginMs}`)
      assert.equal(gone, 0)
    }
    const read = lines.findLast(line => line.kind === 'final-read')
    assert.ok(read?.kind === 'final-read' && read.replayed)
    assert.deepEqual(Object.keys(read.replayed).toSorted(), ids.toSorted())
    for (const shard of Object.values(SHARDS))
      assert.ok(existsSync(join(runDir, 'history', `${shard}.jsonl`)))

    const rows = readScorecard(runDir)?.rows ?? []
    const checks = (dimension: string) => rows.find(row => row.dimension === dimension)?.checks ?? []
    const subjects = (dimension: string, name: string) =>
      checks(dimension).flatMap(({ check, subject, verdict }) =>
        check === name ? [`${subject} ${verdict}`] : [],
      )
    assert.deepEqual(subjects('oldest-offset-replay', 'not-overtaken'), ['whole pass'])
    assert.deepEqual(subjects('windowed-replay', 'not-overtaken').toSorted(), [
      'first pass',
      'part pass',
      'second pass',
    ])
    assert.deepEqual(subjects('oldest-offset-replay', 'replay-incomplete-records'), ['whole pass'])
    assert.deepEqual(subjects('windowed-replay', 'replay-incomplete-records').toSorted(), [
      'first pass',
      'part pass',
      'second pass',
    ])
    assert.deepEqual(subjects('governance', 'scope-read').toSorted(), ['first pass', 'second pass'])
    assert.deepEqual(subjects('governance', 'right-removed').toSorted(), ['first pass', 'second pass'])
    assert.deepEqual(subjects('governance', 'standing-right').toSorted(), [
      'part not-judged',
      'whole not-judged',
    ])

    await succeed(place, 'verify', runDir)
  })
})
