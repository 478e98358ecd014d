import assert from 'node:assert/strict'
import { sinkSchema } from '../../../chaos/core/connectors.ts'
import { drainSinks } from '../../../chaos/drivers/local/connect/sink-drain.ts'
import type { GroupOffsets } from '../../../chaos/drivers/local/connect/sink-offsets.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

const HIGH = 1000
const SINKS = [sinkSchema.parse({ name: 'rows' })]

/** @param committed by the milliseconds since the drain began; null: no broker answers then */
async function drain(committed: (t: number) => number | null, progress: string[] = []) {
  const clock = new VirtualClock()
  const read = async (): Promise<GroupOffsets[] | null> => {
    const next = committed(clock.now())
    return next === null ? null : [['integration', 0, 0, HIGH, next]]
  }
  const { signal } = new AbortController()
  const [end] = await clock.run(
    drainSinks({ sinks: SINKS, read, clock, signal, progress: line => progress.push(line) }),
  )
  assert.ok(end)
  return { ...end, at: clock.now() }
}

describe('waiting for sinks in the end', () => {
  it('is over at once where everything is committed', async () => {
    assert.deepEqual(await drain(() => HIGH), { how: 'caught-up', idleMs: 0, at: 0 })
  })

  it('gives one up that has committed nothing for a minute and a half, counted from its last commit', async () => {
    const progress: string[] = []
    const { how, idleMs, at } = await drain(t => Math.min(t / 100, 500), progress)
    assert.equal(how, 'still')
    assert.ok(idleMs >= 90_000 && idleMs < 91_000, `${idleMs}`)
    assert.ok(at >= 140_000 && at < 142_000, `${at}`)
    assert.equal(progress.at(-1), 'sinks have 500 records to commit')
  })

  it('waits longer than that for one that is slow, and not for ever', async () => {
    const slow = await drain(t => Math.min(HIGH, Math.floor(t / 200)))
    assert.deepEqual([slow.how, slow.at >= 200_000], ['caught-up', true])
    const endless = await drain(t => Math.floor(t / 1000))
    assert.deepEqual([endless.how, endless.at], ['moving', 300_000])
  })

  it('takes silence of the brokers for nothing committed', async () => {
    const { how, at } = await drain(() => null)
    assert.deepEqual([how, at], ['still', 90_000])
  })
})
