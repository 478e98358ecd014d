import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { instantOf, momentId, momentLink } from '../../../chaos/report/moments.ts'
import { saidByBrokers } from '../../../chaos/report/said.ts'
import { valueTable } from '../../../chaos/report/stack-values.ts'

const AXIS = { zero: 2000, from: 500, to: 12_000 }

describe('a moment of a page', () => {
  it('leads to the row of its second, and never past the last', () => {
    assert.equal(momentId(AXIS, instantOf(AXIS, 5600)), 'at-4')
    assert.equal(momentLink(AXIS, 5600).text, '<a class="at" href="#at-4">0:04</a>')
    assert.equal(instantOf(AXIS, 99_000), 11_500)
    assert.equal(instantOf(AXIS, -5), 500)
  })

  it('is there in the table of values, with its file of values for other programs', () => {
    const points = (hole: number) =>
      Array.from({ length: 12 }, (_, i) => [500 + 1000 * i, i === hole ? null : i / 4] as const)
    const lines = [
      { name: 'sent', role: 'blue' as const, points: points(3) },
      { name: 'read', role: 'sky' as const, points: points(-1) },
    ]
    const panel = { title: 'Load, all', height: 10, lines }
    const { text } = valueTable([panel], AXIS, 'load', {
      id: 'load-chart',
      hasMoments: true,
      toldAt: t => (t === 4500 ? 'said-at-3' : null),
    })
    assert.match(text, /<tr id="at-4"><th scope="row">/)
    assert.match(text, /<a href="#said-at-3">logs<\/a>/)
    const [, csv = ''] =
      /href="data:text\/csv;charset=utf-8,([^"]*)" download="load-chart\.csv"/.exec(text) ?? []
    const rows = decodeURIComponent(csv).trimEnd().split('\n')
    assert.equal(rows[0], '"seconds","Load, all: sent","Load, all: read"')
    assert.deepEqual(rows.slice(1, 5), ['-1.5,0,0', '-0.5,0.25,0.25', '0.5,0.5,0.5', '1.5,,0.75'])
    assert.equal(rows.length, 13)
  })
})

describe('what brokers said', () => {
  const LOG = [
    '[2026-12-01T00:00:00,900Z] WARN before the run (x)',
    '[2026-12-01T00:00:04,100Z] INFO nothing (x)',
    '[2026-12-01T00:00:04,200Z] ERROR <b>a disk</b> is gone (x)',
    'java.io.IOException: a line of a stack',
    ...Array.from({ length: 7 }, (_, i) => `[2026-12-01T00:00:05,00${i}Z] WARN again ${i} (x)`),
    '[2026-12-01T00:00:20,000Z] WARN after the run (x)',
    '',
  ].join('\n')

  it('is every warning of the run by its second, and of many in one second the first ones, counted', async () => {
    const runDir = mkdtempSync(join(tmpdir(), 'aftershock-said-'))
    try {
      mkdirSync(join(runDir, 'logs'))
      writeFileSync(join(runDir, 'logs', 'broker-2.log'), LOG)
      const startedAtWallMs = Date.parse('2026-12-01T00:00:00Z')
      const { lines, more } = await saidByBrokers(runDir, [{ id: 1 }, { id: 2 }], {
        startedAtWallMs,
        from: 1000,
        to: 12_000,
      })
      assert.deepEqual(lines[0], { t: 4200, node: 2, level: 'ERROR', words: '<b>a disk</b> is gone (x)' })
      assert.deepEqual(
        lines.map(({ t }) => t),
        [4200, 5000, 5001, 5002, 5003],
      )
      assert.equal(more, 3)
    } finally {
      rmSync(runDir, { recursive: true, force: true })
    }
  })
})
