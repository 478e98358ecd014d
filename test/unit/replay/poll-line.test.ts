import assert from 'node:assert/strict'
import { pollLine } from '../../../chaos/replay/poll-line.ts'

describe("the history's line for a poll", () => {
  it('has one run for consecutive offsets', () => {
    const records = [4, 5, 6].map(offset => ({ offset, id: `d1/1/${offset}` }))
    assert.deepEqual(JSON.parse(pollLine(12.4, 'telemetry', 2, records)), {
      kind: 'poll',
      t: 12,
      runs: [['telemetry', 2, 4, ['d1/1/4', 'd1/1/5', 'd1/1/6']]],
    })
  })

  it('begins a new run at a hole, and where offsets go back', () => {
    const records = [4, 6, 7, 3].map(offset => ({ offset, id: `d1/1/${offset}` }))
    assert.deepEqual((JSON.parse(pollLine(0, 't', 0, records)) as { runs: unknown }).runs, [
      ['t', 0, 4, ['d1/1/4']],
      ['t', 0, 6, ['d1/1/6', 'd1/1/7']],
      ['t', 0, 3, ['d1/1/3']],
    ])
  })

  it('has no run when nothing was polled', () => {
    assert.equal(pollLine(1, 't', 0, []), '{"kind":"poll","t":1,"runs":[]}')
  })
})
