import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { EdgeBuffer } from '../../../chaos/fleet/edge-buffer.ts'

function buffer(capacity: number, whenFull: 'drop-oldest' | 'drop-newest') {
  return new EdgeBuffer({ lists: 2, capacity, whenFull })
}

function sequences(edge: EdgeBuffer, list: number): number[] {
  const records: number[] = []
  edge.take(list, Number.POSITIVE_INFINITY, records)
  return records.map(record => edge.sequenceOf(record))
}

describe('the edge buffer', () => {
  it('gives records back in the order in which they came, with their due time and stream', () => {
    const edge = buffer(10, 'drop-oldest')
    edge.add(0, 0, 1000.5, 1)
    edge.add(1, 0, 5, 4)
    edge.add(0, 1, 2000, 2)
    const records: number[] = []
    assert.equal(edge.take(0, 5, records), 2)
    assert.deepEqual(
      records.map(record => [edge.sequenceOf(record), edge.dueOf(record), edge.streamOf(record)]),
      [
        [0, 1000.5, 1],
        [1, 2000, 2],
      ],
    )
    assert.deepEqual([edge.waiting, edge.taken], [1, 2])
  })

  it('drops the oldest record when it is full and the policy says so', () => {
    const edge = buffer(2, 'drop-oldest')
    assert.equal(edge.add(0, 0, 0, 0), -1)
    assert.equal(edge.add(0, 1, 0, 0), -1)
    assert.equal(edge.add(0, 2, 0, 0), 0)
    assert.deepEqual(sequences(edge, 0), [1, 2])
  })

  it('drops the new record when it is full and the policy says so', () => {
    const edge = buffer(2, 'drop-newest')
    edge.add(0, 0, 0, 0)
    edge.add(0, 1, 0, 0)
    assert.equal(edge.add(0, 2, 0, 0), 2)
    assert.deepEqual(sequences(edge, 0), [0, 1])
  })

  it('counts records in flight against the bound, and never drops them', () => {
    const edge = buffer(2, 'drop-oldest')
    edge.add(0, 0, 0, 0)
    edge.add(0, 1, 0, 0)
    const inFlight: number[] = []
    edge.take(0, 1, inFlight)
    assert.equal(edge.add(0, 2, 0, 0), 1)
    edge.take(0, 1, inFlight)
    assert.equal(edge.add(0, 3, 0, 0), 3, 'all are in flight: only the new one is left to drop')
    for (const record of inFlight) edge.release(0, record)
    assert.equal(edge.add(0, 4, 0, 0), -1)
    assert.equal(edge.heldIn(0), 1)
  })

  it('puts restored records before those that came meanwhile', () => {
    const edge = buffer(10, 'drop-oldest')
    edge.add(0, 0, 0, 0)
    edge.add(0, 1, 0, 0)
    const records: number[] = []
    edge.take(0, 2, records)
    edge.add(0, 2, 0, 0)
    for (const record of records.toReversed()) edge.restore(0, record)
    assert.deepEqual(sequences(edge, 0), [0, 1, 2])
  })

  it('never holds more than its bound nor loses a record without saying so', () => {
    const step = fc.constantFrom('add', 'take', 'restore', 'release')
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.constantFrom('drop-oldest' as const, 'drop-newest' as const),
        (steps, whenFull) => {
          const edge = buffer(5, whenFull)
          const taken: number[] = []
          const held = new Set<number>()
          let sequence = 0
          for (const kind of steps) {
            if (kind === 'add') {
              held.add(sequence)
              const dropped = edge.add(0, sequence, 0, 0)
              if (dropped >= 0) assert.ok(held.delete(dropped))
              sequence += 1
            } else if (kind === 'take') {
              edge.take(0, 2, taken)
            } else if (kind === 'restore') {
              const record = taken.pop()
              if (record !== undefined) edge.restore(0, record)
            } else {
              const record = taken.shift()
              if (record === undefined) continue
              held.delete(edge.sequenceOf(record))
              edge.release(0, record)
            }
            assert.ok(edge.heldIn(0) <= 5)
            assert.equal(edge.heldIn(0), held.size)
            assert.equal(edge.waiting + edge.taken, held.size)
          }
          const rest = [...taken.map(record => edge.sequenceOf(record)), ...sequences(edge, 0)]
          assert.deepEqual(new Set(rest), held)
        },
      ),
    )
  })
})
