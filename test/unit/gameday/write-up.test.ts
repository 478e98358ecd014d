import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import {
  followUpsOf,
  readDays,
  RECOVERY_GATE,
  recoveryOf,
  writeDayRecord,
} from '../../../chaos/gameday/day-record.ts'
import { writeUpHtml, writeUpMarkdown } from '../../../chaos/gameday/write-up.ts'
import { GATES } from '../../../chaos/numbers/index.ts'
import { keptFolder } from '../../temporary.ts'
import { assertText } from '../../inline-text.ts'
import { card, check, FAILS, made, MEASURED, record, row } from './a-write-up.ts'

describe('the write-up of a game day', () => {
  it('says what was expected, what happened, what was found, who does what, and where the proof is', () => {
    assertText(
      writeUpMarkdown(made(FAILS)),
      `
      # Game day 2027-01-zone: Zone az-c is cut off

      ✕ **fail** · 2027-01-14 09:03 UTC · kafka@4.3.1 on this-machine · owner Dana, with Ali · expected cost 4.50 USD

      A gate failed: what was expected did not hold.

      ## What we expected

      - Losing az-c loses \\<b\\>nothing\\</b\\>, and stops nobody elsewhere.
      - good service again (cut): at most 15 s
      - records lost: none

      ## What happened

      - No partition paused for long.
      - cut: links of cut; service was good again after 4.2 s
      - slow: links of slow; service was good again after 9 s
      - kill: links of kill; it was not injected

      ## What was found

      - fail: records lost is 3, expected none

      ## Follow-ups

      - Dana: Raise acks. (Durability: records lost is 3, expected none)

      ## Evidence

      - run 20270114-090000-zone-cut on kafka@4.3.1, in run/
      - seal: sealed 44 files, unsigned
      - check it with: aftershock verify run
      - agreed as da7c930a4985286c…, approved by Noor

      `,
    )
  })

  it('has the same parts as a page, where what people wrote is text and no HTML', () => {
    const page = writeUpHtml(made(FAILS))
    for (const title of ['What we expected', 'What happened', 'What was found', 'Follow-ups', 'Evidence'])
      assert.match(page, new RegExp(`<h2[^>]*>${title}</h2>`))
    assert.match(page, /loses &lt;b&gt;nothing&lt;\/b&gt;/)
    assert.doesNotMatch(page, /<b>nothing/)
    assert.doesNotMatch(page, /<script|https?:\/\//)
  })

  it('has recovery as the gate measured it, else of all clients, and none of a fault that was not injected', () => {
    assert.ok(GATES.has(RECOVERY_GATE))
    assert.deepEqual(recoveryOf(FAILS, MEASURED), [
      { fault: 'cut', sustainedMs: 4200 },
      { fault: 'slow', sustainedMs: 9000 },
    ])
  })

  it('gives work to the owner of the row, else to that of the day', () => {
    const rows = FAILS.rows.map(one => ({ ...one, verdict: 'fail' as const }))
    const owners = (owner: string) =>
      followUpsOf({ ...FAILS, rows: rows.map(one => ({ ...one, owner })) }, 'Dana').map(one => one.owner)
    assert.deepEqual(owners('fleet-team'), ['fleet-team', 'fleet-team'])
    assert.deepEqual(owners(''), ['Dana', 'Dana'])
    // All owners of all topics are nobody.
    assert.deepEqual(owners('fleet-team, sink-team'), ['Dana', 'Dana'])
  })

  it('claims no more than gates ask for, and nothing where they could not be judged', () => {
    assert.match(
      writeUpMarkdown(made(card('pass', [row({})]))),
      /nothing that was measured speaks against the hypothesis/,
    )
    const open = card('inconclusive', [
      row({
        verdict: 'inconclusive',
        checks: [
          check({ verdict: 'inconclusive', value: null, shown: 'not measured', why: 'a probe fell silent' }),
        ],
      }),
    ])
    const text = writeUpMarkdown(made(open))
    assert.match(text, /neither shown nor refuted/)
    assert.match(text, /when service was good again is not known/)
    assert.match(text, /a probe fell silent/)
    const bound = card('inconclusive', [
      row({ checks: [check({ verdict: 'inconclusive', why: 'tool-bound' })] }),
    ])
    assert.deepEqual(recoveryOf(bound, MEASURED)[0], { fault: 'cut', sustainedMs: null })
  })

  it('is found again in the folder of game days, the oldest first', () => {
    const folder = keptFolder('gamedays')
    const dirs = ['b', 'a'].map(name => `${folder}/${name}`)
    for (const [index, dir] of dirs.entries()) {
      makeFolder(dir)
      writeDayRecord(dir, { ...record(FAILS), ranAt: `2027-01-1${4 + index}T09:00:00.000Z` })
    }
    makeFolder(`${folder}/something-else`)
    assert.deepEqual(
      readDays(folder).map(({ dir }) => dir),
      dirs,
    )
    assert.deepEqual(readDays(`${folder}/none`), [])
  })
})

function makeFolder(path: string): void {
  mkdirSync(path)
}
