import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { CLIENT_PRINCIPALS } from '../../chaos/core/security-settings.ts'
import { readLabLogins } from '../../chaos/drivers/local/lab/lab-logins.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { aftershock, journalOf, untilJournal, workplace } from './program.ts'

const REVOKED = packageFile('test', 'fixtures', 'drills', 'governed-revoked.yaml')

describe('a governed replay whose right is taken away while it reads, on three brokers', function () {
  this.timeout(180_000)

  it('prints one JSON document, tells what is unread and why, has the brokers refuse it again, and leaves no password behind', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const program = aftershock(place, 'run', REVOKED, '--out', runDir, '--json')
    await untilJournal(program, runDir, 'lab.started')
    const [lab] = journalOf(runDir).flatMap(line => (line.kind === 'lab.started' ? [line] : []))
    const passwords = Object.values(readLabLogins(lab?.labDir ?? ''))
    assert.equal(passwords.length, CLIENT_PRINCIPALS.length)
    const status = await program.exit
    const { stdout, stderr } = program.output()
    assert.equal(status, EXIT.pass, `${stderr}\n${stdout}`)
    const document = JSON.parse(stdout) as { verdict: string; rows: unknown[] }
    assert.deepEqual([document.verdict, document.rows.length > 5], ['pass', true])

    const lines = journalOf(runDir)
    const answers = lines.flatMap(line =>
      line.kind === 'access.asked' ? [[line.when, ...Object.values(line.inScope)]] : [],
    )
    assert.deepEqual(answers, [
      ['before-approval', 'refused'],
      ['granted', 'given'],
      ['withdrawn', 'refused'],
    ])
    assert.ok(lines.some(line => line.kind === 'reader.unauthorised' && line.reader === 'governed'))
    const row = readScorecard(runDir)?.rows.find(({ dimension }) => dimension === 'governance')
    assert.deepEqual(
      row?.checks.map(({ check, verdict }) => [check, verdict]),
      [
        ['contract-covers', 'pass'],
        ['unapproved-refused', 'pass'],
        ['refusals-hold', 'pass'],
        ['granted-in-scope', 'pass'],
        ['unauthorised-told', 'pass'],
        ['right-removed', 'pass'],
      ],
    )
    const kept = readdirSync(runDir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    assert.ok(kept.length > 20)
    for (const entry of kept) {
      const text = readFileSync(join(entry.parentPath, entry.name), 'latin1')
      for (const password of passwords)
        assert.ok(!text.includes(password), join(entry.parentPath, entry.name))
    }
    for (const password of passwords) assert.ok(!`${stdout}${stderr}`.includes(password))
  })
})
