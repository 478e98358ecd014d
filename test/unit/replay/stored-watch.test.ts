import assert from 'node:assert/strict'
import type { Clock } from '../../../chaos/core/clock.ts'
import type { Contract } from '../../../chaos/core/contract.ts'
import { StoredWatch } from '../../../chaos/replay/stored-watch.ts'

const contract = { topics: { telemetry: { dataClass: 'telemetry' } } } as unknown as Contract

interface Given {
  readonly device?: string
  readonly id?: string
  readonly at?: number
  readonly value?: string
  readonly topic?: string
  readonly offset?: number
}

/** Listens once while it is given these, each a second later than the one before. */
function watch() {
  let offset = 0
  let hear: () => void = () => {}
  const clock: Clock = { now: () => 0, wallMs: () => 0, sleep: async () => hear() }
  const watched = new StoredWatch(contract, clock)
  const give = ({ device = 'd1', id, at = 1_700_000_000_000, value, topic = 'telemetry', ...given }: Given) =>
    watched.read({ topic, partition: 0 }, given.offset ?? offset++, {
      key: Buffer.from(device),
      value: Buffer.from(value ?? `{"id":"${id ?? `${device}/1/${offset}`}","class":"telemetry","at":${at}}`),
      timestamp: '1700000000000',
    })
  const listen = (records: readonly Given[]) => {
    hear = () => records.forEach(give)
    return watched.listen([1, 2], 'telemetry', 1000)
  }
  return listen
}

describe('what a consumer is given of some devices', () => {
  it('is counted apart from what it is given of others and of other topics', async () => {
    const listen = watch()
    const seen = await listen([{}, {}, { device: 'd2' }, { device: 'd9' }, { topic: 'operations' }])
    assert.deepEqual(seen, {
      records: 3,
      othersRecords: 1,
      devices: 2,
      malformed: 0,
      othersMalformed: 0,
      version2: 0,
      repeated: 0,
      restarted: 0,
      aheadMs: { least: 0, most: 0 },
    })
    assert.equal((await listen([])).records, 0)
  })

  it('tells what is no record by its bytes, and whose it is by its key', async () => {
    const { malformed, othersMalformed } = await watch()([
      { value: 'nothing' },
      { value: '{"id":"d1/1"}' },
      { device: 'd9', value: '{"id":' },
      {},
    ])
    assert.deepEqual([malformed, othersMalformed], [2, 1])
  })

  it('tells clocks by what records say against when they were sent', async () => {
    const at = 1_700_000_000_000
    const { aheadMs } = await watch()([
      { at: at - 7_200_000 },
      { device: 'd2', at: at - 7_199_000 },
      { device: 'd9', at: 0 },
    ])
    assert.deepEqual(aheadMs, { least: -7_200_000, most: -7_199_000 })
    assert.equal((await watch()([{ value: 'nothing' }])).aheadMs, null)
  })

  it('tells a repeat, which is the same again, from another record under the same id', async () => {
    const listen = watch()
    const first = await listen([{ id: 'd1/1/5' }, { id: 'd1/1/5' }, { id: 'd1/1/6' }])
    assert.deepEqual([first.repeated, first.restarted], [1, 0])
    const second = await listen([{ id: 'd1/1/5', at: 1 }])
    assert.deepEqual([second.repeated, second.restarted], [0, 1])
  })

  it('takes a count that goes on below all that was seen for one that restarted, until a new epoch', async () => {
    const listen = watch()
    await listen([{ id: 'd1/1/5' }, { id: 'd1/1/6' }])
    assert.equal((await listen([{ id: 'd1/1/0' }, { id: 'd1/1/1' }])).restarted, 1)
    assert.equal((await listen([{ id: 'd1/1/2' }])).restarted, 1)
    assert.equal((await listen([{ id: 'd1/2/0' }])).restarted, 0)
    // What is left of the epoch before is no count of its own.
    assert.equal((await listen([{ id: 'd1/1/3' }])).restarted, 0)
  })

  it('is not misled by a consumer that is given records again, nor by more records than it remembers', async () => {
    const listen = watch()
    await listen(Array.from({ length: 200 }, (_, i) => ({ id: `d1/1/${i}`, offset: i })))
    const { records, repeated, restarted } = await listen([
      { id: 'd1/1/150', offset: 150 },
      { id: 'd1/1/200', offset: 200 },
    ])
    assert.deepEqual([records, repeated, restarted], [1, 0, 0])
    assert.equal((await listen([{ id: 'd1/1/0', offset: 201 }])).restarted, 1)
  })
})
