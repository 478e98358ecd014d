import assert from 'node:assert/strict'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { JournalState } from '../../../chaos/run/journal-state.ts'

const intended = (id: string, fault: string, nodes: readonly number[] = [], t = 0, cluster?: 'b') =>
  ({
    kind: 'fault.intended',
    id,
    fault,
    nodes,
    target: { nodes },
    before: null,
    t,
    cluster,
  }) as unknown as JournalLine
const line = (kind: string, id: string, t = 0) => ({ kind, id, t }) as JournalLine

describe('what is in force, by a journal', () => {
  it('is what was made in a cluster of others until it is seen to be gone', () => {
    const state = JournalState.after([
      { kind: 'cluster.left', deleted: [], kept: ['t: no broker answered'] } as unknown as JournalLine,
      { kind: 'quota.remains', client: 'a.fleet', why: 'no broker answered' } as unknown as JournalLine,
    ])
    assert.deepEqual(state.left(), [
      't: no broker answered',
      'the produce quota of a.fleet: no broker answered',
    ])
    state.read({ kind: 'quota.removed', client: 'a.fleet' } as unknown as JournalLine)
    state.read({ kind: 'cluster.left', deleted: ['t'], kept: [] } as unknown as JournalLine)
    assert.deepEqual(state.left(), [])
  })

  it('is open from the intent until the healing is proven, the newest first', () => {
    const state = JournalState.after([intended('a', 'broker-kill'), intended('b', 'zone-cut')])
    const open = () => state.openFaults().map(({ id }) => id)
    assert.deepEqual(open(), ['b', 'a'])
    for (const kind of ['fault.injected', 'fault.healed', 'fault.heal-unproven']) state.read(line(kind, 'b'))
    assert.deepEqual(open(), ['b', 'a'])
    state.read(line('fault.heal-proven', 'b'))
    assert.deepEqual(open(), ['a'])
  })

  it('holds the nodes whose processes a fault took until it is healed, and those of no other', () => {
    const state = JournalState.after([
      intended('a', 'broker-kill', [1]),
      intended('b', 'broker-hang', [2]),
      intended('c', 'zone-cut', [3]),
    ])
    assert.deepEqual([...state.heldNodes()], [1, 2])
    state.read(line('fault.healed', 'a'))
    assert.deepEqual([...state.heldNodes()], [2])
  })

  it('does not take a broker of region b for that of region a with the same number', () => {
    const state = JournalState.after([
      intended('a', 'broker-kill', [1]),
      intended('b', 'broker-kill', [2], 0, 'b'),
    ])
    assert.deepEqual([...state.heldNodes()], [1])
    assert.deepEqual([...state.heldNodes('b')], [2])
    state.read(line('fault.healed', 'b'))
    assert.deepEqual([...state.heldNodes('b')], [])
    assert.deepEqual(
      state.openFaults().map(({ id, cluster }) => [id, cluster]),
      [
        ['b', 'b'],
        ['a', undefined],
      ],
    )
  })

  it('holds them anew for who heals what a dead run had healed without a proof', () => {
    const state = JournalState.after([
      intended('a', 'broker-kill', [1]),
      line('fault.healed', 'a'),
      intended('b', 'broker-kill', [2]),
      line('fault.healed', 'b'),
      line('fault.heal-proven', 'b'),
    ])
    assert.deepEqual([...state.heldNodes()], [])
    state.holdOpenFaults()
    assert.deepEqual([...state.heldNodes()], [1])
    state.read(line('fault.healed', 'a'))
    assert.deepEqual([...state.heldNodes()], [])
  })

  describe('about a store that is away', () => {
    const grace = (...lines: readonly JournalLine[]) => JournalState.after(lines).storeGraceUntilMs

    it('has readers left alone from the intent on, and for a while after the healing, proven or not', () => {
      const away = intended('s3-outage-1', 's3-outage', [], 10_000)
      assert.equal(grace(away), Number.POSITIVE_INFINITY)
      for (const kind of ['fault.heal-proven', 'fault.heal-unproven'])
        assert.equal(grace(away, line(kind, 's3-outage-1', 30_000)), 60_000)
    })

    it('waits for the last of several faults', () => {
      const both = [intended('a', 's3-outage'), intended('b', 's3-latency')]
      const first = line('fault.heal-proven', 'a', 5000)
      assert.equal(grace(...both, first), Number.POSITIVE_INFINITY)
      assert.equal(grace(...both, first, line('fault.heal-proven', 'b', 9000)), 39_000)
    })

    it('says nothing of faults that leave the store alone: there a reader that stands still hangs', () => {
      const killed = intended('broker-kill-1', 'broker-kill', [1])
      assert.equal(grace(killed, line('fault.heal-proven', 'broker-kill-1', 9000)), Number.NEGATIVE_INFINITY)
    })
  })
})

describe('a right to read, by a journal', () => {
  const grant = { principal: 'replay', topics: ['telemetry'], groupPrefix: 'replay-1', bytesPerSecond: null }
  const made = (id: string) => ({ kind: 'grant.intended', id, grant, t: 0 }) as unknown as JournalLine

  it('is open from the intent until it was removed, whatever else is said of it', () => {
    const state = JournalState.after([made('a'), made('b')])
    const open = () => state.openGrants().map(({ id }) => id)
    assert.deepEqual(open(), ['b', 'a'])
    state.read(line('grant.made', 'a'))
    state.read(line('grant.remains', 'b'))
    assert.deepEqual(open(), ['b', 'a'])
    state.read(line('grant.removed', 'a'))
    assert.deepEqual(state.openGrants(), [{ id: 'b', grant }])
  })
})
