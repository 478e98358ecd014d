import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { aftershock, processesOf, type Workplace, workplace } from '../local/program.ts'
import { keepsWhatEachRunKeeps } from '../local/whole-run.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')

describe('a whole drill on real software', function () {
  this.timeout(300_000)
  let place: Workplace
  let runDir: string
  let printed: { stdout: string; stderr: string }

  before(async () => {
    place = workplace()
    runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', QUICK, '--out', runDir, '--json')
    const code = await program.exit
    printed = program.output()
    assert.equal(code, EXIT.pass, `${printed.stderr}\n${printed.stdout}`)
  })
  after(() => place[Symbol.dispose]())

  it('prints one JSON document and nothing else on standard output', () => {
    const document = JSON.parse(printed.stdout) as { verdict: string; rows: unknown[] }
    assert.equal(document.verdict, 'pass')
    assert.ok(document.rows.length > 5)
  })

  it('ends every process and removes its lab', () => {
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(place.labDir), false)
  })

  keepsWhatEachRunKeeps(
    () => place,
    () => runDir,
  )
})
