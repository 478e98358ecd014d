import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { closedSegments } from '../../../chaos/drivers/local/nodes/closed-segments.ts'
import { pendingUploads } from '../../../chaos/drivers/local/lab/lab-meters.ts'

describe('closed segments that are not in the tier', () => {
  const closed = [
    { base: 0, lastWriteWallMs: 1000 },
    { base: 50, lastWriteWallMs: 2000 },
    { base: 90, lastWriteWallMs: 3000 },
  ]
  const pending = (last: number) => pendingUploads({ 't/0': last }, () => closed, 5000)

  it('are as old as the oldest that begins beyond what is uploaded', () => {
    assert.deepEqual(pending(-1), { 't/0': 4000 })
    assert.deepEqual(pending(49), { 't/0': 3000 })
    assert.deepEqual(pending(89), { 't/0': 2000 })
    assert.deepEqual(pending(120), {})
  })

  it('are all segments on the disk but the newest', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-segments-'))
    try {
      const partition = join(folder, 't-0')
      mkdirSync(partition)
      for (const [base, at] of [
        [0, 10],
        [50, 20],
        [120, 30],
      ] as const) {
        const file = join(partition, `${String(base).padStart(20, '0')}.log`)
        writeFileSync(file, '')
        utimesSync(file, at, at)
      }
      writeFileSync(join(partition, '00000000000000000000.index'), '')
      writeFileSync(join(partition, '00000000000000000050.log.deleted'), '')
      assert.deepEqual(closedSegments(partition), [
        { base: 0, lastWriteWallMs: 10_000 },
        { base: 50, lastWriteWallMs: 20_000 },
      ])
      assert.deepEqual(closedSegments(join(folder, 'gone-0')), [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
