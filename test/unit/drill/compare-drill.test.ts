import assert from 'node:assert/strict'
import type { FaultEntry } from '../../../chaos/core/drill.ts'
import { PLATFORM_NAMES } from '../../../chaos/platforms/index.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { checkDrill } from '../../../chaos/run/check-drill.ts'

describe('the drill for comparisons', () => {
  it('kills, replaces, cuts a zone off and reads everything back, with time to recover in between', async () => {
    const { drill } = await loadDrill('compare')
    assert.deepEqual(
      drill.timeline.map(({ kind }) => kind),
      ['broker-kill', 'broker-replace', 'zone-cut', 'replay'],
    )
    for (const [index, entry] of drill.timeline.entries()) {
      const next = drill.timeline[index + 1]
      if (next && entry.role === 'fault') assert.ok(next.atMs - entry.atMs - (entry.forMs ?? 0) >= 25_000)
    }
  })

  it('breaks nothing before brokers and virtual machines are a minute old, and no broker twice', async () => {
    const { drill } = await loadDrill('compare')
    const [first] = drill.timeline
    assert.ok(drill.warmUpMs + (first?.atMs ?? 0) > 60_000)
    assert.ok((first?.atMs ?? 0) >= 10_000)
    const faults = drill.timeline.filter((entry): entry is FaultEntry => entry.role === 'fault')
    const targets = faults.map(({ spec }) => JSON.stringify(spec.target ?? spec.zone))
    assert.equal(new Set(targets).size, faults.length)
  })

  it('can run on every platform, and ends within five minutes of its first broker', async () => {
    const loaded = await loadDrill('compare')
    for (const platform of PLATFORM_NAMES) {
      const outline = environmentOf('local').outline(loaded.drill, platform)
      await checkDrill(loaded, outline, { seed: 'a seed', allowCommands: false })
    }
    const { drill } = loaded
    assert.ok(drill.warmUpMs + (drill.timeline.at(-1)?.atMs ?? 0) + drill.settleMs <= 240_000)
  })
})
