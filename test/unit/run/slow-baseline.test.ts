import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { TimelineEntry } from '../../../chaos/core/drill.ts'
import type { Links } from '../../../chaos/drivers/driver.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { playOn, replayAt, timeOf } from './play-on.ts'

const slow: TimelineEntry = {
  role: 'fault',
  kind: 'link-latency',
  id: 'slow',
  atMs: 10_000,
  forMs: 5000,
  spec: faultOf('link-latency').spec.parse({ links: { zone: 'az-b' }, delayMs: 100 }) as Record<
    string,
    unknown
  >,
}

/** A machine on which every question over a link takes this long, before and during the fault. */
const questions = (questionMs: number) =>
  playOn([slow, replayAt(20_000)], (plain, clock) => {
    const links = plain.links as Links
    return {
      ...plain,
      links: {
        ...links,
        async roundTrip(...asked) {
          await clock.sleep(questionMs)
          return links.roundTrip(...asked)
        },
      },
    }
  })

describe('a baseline on a busy machine', () => {
  it('holds the timeline up: what was written to come after the fault comes after it', async () => {
    const lines = await questions(400)
    const injected = timeOf(lines, 'fault.injected')
    assert.ok(injected > 11_000, `injected at ${injected}`)
    assert.ok(timeOf(lines, 'action.started') >= injected + 5000)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 1)
  })

  it('has an end, however slow the machine is', async () => {
    const lines = await questions(4000)
    const began = 10_000
    const ended = lines.find(line => line.kind === 'fault.injected' || line.kind === 'fault.unproven')
    // The budget, and the looks that were under way or are the least that tells anything.
    assert.ok((ended?.t ?? Number.POSITIVE_INFINITY) - began < 150_000, `it ended at ${ended?.t}`)
    assert.ok(timeOf(lines, 'action.started') > (ended?.t ?? 0))
  })

  it('does not hold it up on a machine that is quick', async () => {
    const lines = await questions(1)
    assert.equal(lines.filter(line => line.kind === 'fault.waiting').length, 0)
    assert.equal(timeOf(lines, 'action.started'), 20_000)
  })
})
