import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'mocha'
import { GENESIS } from '../../../chaos/record/journal-events.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { generateKey } from '../../../chaos/seal/keys.ts'
import { type VerifyReport, verifyRun } from '../../../chaos/judge/verify.ts'
import type { Row, Scorecard } from '../../../chaos/record/scorecard.ts'
import { Folder, forge, judgedRun, statementOf } from './sealed-run.ts'

/** Whoever attacks here has the folder and this program, and seals again after every change. */
describe('someone without the key who changes a run and seals it again', () => {
  it('cannot keep the name of the signer', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('k'))
    await sealRun(run.dir, { key: keys.path('k') })
    forge(run, await statementOf(run))
    const unasked = await verifyRun(run.dir, { quick: true })
    assert.equal(unasked.signature?.status, 'invalid')

    await sealRun(run.dir)
    const asked = await verifyRun(run.dir, { publicKey: keys.path('k.pub'), quick: true })
    assert.equal(asked.ok, false)
    generateKey(keys.path('mine'))
    await sealRun(run.dir, { key: keys.path('mine') })
    assert.equal((await verifyRun(run.dir, { publicKey: keys.path('k.pub'), quick: true })).ok, false)
  })

  it('breaks the chain by dropping or swapping lines of the journal', async () => {
    const edits: Record<string, (lines: string[]) => string[]> = {
      dropped: lines => lines.toSpliced(8, 1),
      swapped: lines => [...lines.slice(0, 8), ...lines.slice(8, 10).toReversed(), ...lines.slice(10)],
      altered: lines => lines.with(8, (lines[8] ?? '').replace('"t":12', '"t":13')),
    }
    for (const [name, edit] of Object.entries(edits)) {
      using run = await judgedRun()
      run.lines('journal.jsonl', edit)
      await sealRun(run.dir)
      const found = await problems(run, true)
      const broken = found.find(({ check }) => check === 'journal')
      assert.equal(broken?.file, 'journal.jsonl', name)
      assert.ok(broken?.line === 9 || broken?.line === 10, `${name}: line ${broken?.line}`)
    }
  })

  it('leaves a gap in the numbers by dropping a line and chaining the rest anew', async () => {
    using run = await judgedRun()
    run.lines('journal.jsonl', lines => chainAnew(lines.toSpliced(8, 1)))
    await sealRun(run.dir)
    const [first] = await problems(run, true)
    assert.deepEqual([first?.file, first?.line], ['journal.jsonl', 9])
    assert.match(first?.what ?? '', /number 9/)
  })

  it('cannot take a fault’s proof out of the journal, even with every number and digest made anew', async () => {
    using run = await judgedRun()
    run.lines('journal.jsonl', lines =>
      chainAnew(
        lines.filter(line => !line.includes('"fault.heal-proven"')),
        true,
      ),
    )
    await sealRun(run.dir)
    assert.deepEqual(await problems(run, true), [])
    const found = await problems(run)
    assert.ok(found.every(({ check }) => check === 'verdict'))
    assert.ok(
      found.some(({ what }) => what.startsWith('/verdict is "pass"; the raw evidence gives "inconclusive"')),
    )
  })

  it('cannot claim a better verdict, row or value than the raw evidence gives', async () => {
    const claims: Record<string, (card: Scorecard) => unknown> = {
      '/verdict': card => ({ ...card, verdict: 'fail' }),
      '/rows/2/verdict': card => withRow(card, row => ({ ...row, verdict: 'fail' })),
      '/rows/2/checks/0/value': card =>
        withRow(card, row => ({ ...row, checks: row.checks.map(check => ({ ...check, value: 3 })) })),
    }
    for (const [pointer, edit] of Object.entries(claims)) {
      using run = await judgedRun()
      run.json('scorecard.json', card => edit(card as Scorecard))
      await sealRun(run.dir)
      const found = await problems(run)
      assert.ok(
        found.some(({ file, what }) => file === 'scorecard.json' && what.startsWith(`${pointer} `)),
        `${pointer}: ${JSON.stringify(found)}`,
      )
    }
  })

  it('cannot tell another story in the audit, the measurements or the report', async () => {
    for (const file of ['audit.json', 'measurements.json', 'report.html']) {
      using run = await judgedRun()
      run.write(
        file,
        run.read(file).replace(/156|slowAfterMs": 1000/, digits => `${digits}1`),
      )
      await sealRun(run.dir)
      assert.deepEqual([...new Set((await problems(run)).map(problem => problem.file))], [file])
    }
  })

  it('cannot drop a loss from a history: the shard knows its own digest', async () => {
    using run = await judgedRun()
    run.lines('history/stored.jsonl', lines => lines.toSpliced(2, 1))
    await sealRun(run.dir)
    const found = await problems(run, true)
    assert.ok(found.every(({ file }) => file === 'history/stored.jsonl'))
    assert.equal(found.length, 2, 'both the count and the digest')
  })

  it('cannot drop a record from what is stored, even with the shard’s digest made anew', async () => {
    using run = await judgedRun()
    run.lines('history/stored.jsonl', lines => {
      const body = lines.slice(0, -1).map(line => line.replaceAll('"d1/1/7",', ''))
      const sha256 = digest(body.map(line => `${line}\n`).join(''))
      return [...body, JSON.stringify({ kind: 'end', t: 41_500, lines: body.length, sha256 })]
    })
    await sealRun(run.dir)
    assert.deepEqual(await problems(run, true), [])
    const found = await problems(run)
    assert.ok(found.some(({ file, what }) => file === 'audit.json' && what.startsWith('/verdict is "pass"')))
  })

  it('cannot put into the statement what the folder does not say', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    const { predicate, ...statement } = await statementOf(run)
    predicate.verdict = 'fail'
    predicate.run.commit = null
    predicate.journal.lines += 1
    forge(run, { ...statement, predicate })
    const found = (await problems(run, true)).map(({ what }) => what.split(' ')[0])
    assert.deepEqual(found, ['/run/commit', '/verdict', '/journal/lines'])
  })

  it('changes samples, and the measurements no longer follow from them', async () => {
    for (const file of ['samples/fleet.jsonl', 'samples/cluster.jsonl', 'samples/links.jsonl']) {
      using run = await judgedRun()
      run.lines(file, lines => lines.toSpliced(10, 20))
      await sealRun(run.dir)
      const found = await problems(run)
      assert.ok(
        found.some(problem => problem.file === 'measurements.json'),
        file,
      )
    }
  })
})

/** Edits the row of the one fault. */
function withRow(card: Scorecard, edit: (row: Row) => unknown): unknown {
  assert.equal(card.rows[2]?.dimension, 'slow-link')
  return { ...card, rows: card.rows.map((row, index) => (index === 2 ? edit(row) : row)) }
}

async function problems(run: Folder, quick = false): Promise<VerifyReport['problems']> {
  return (await verifyRun(run.dir, { quick })).problems
}

function chainAnew(lines: readonly string[], numbered = false): string[] {
  let prev = GENESIS
  return lines.map((line, seq) => {
    const event = JSON.parse(line) as Record<string, unknown>
    const text = JSON.stringify({ ...event, ...(numbered && { seq }), prev })
    prev = digest(text)
    return text
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
