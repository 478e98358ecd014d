import assert from 'node:assert/strict'
import { regionsSchema } from '../../../chaos/core/regions.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { FailOver, type FailOverPlace } from '../../../chaos/run/fail-over.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

interface Planted {
  readonly spec?: object
  readonly committed?: Record<string, number> | null
  readonly translated?: Record<string, number>
  readonly ends?: Record<string, number>
  readonly mirror?: () => Promise<Record<string, string>>
}

/** A place where everything is done at once. */
function placed({
  spec = {},
  committed = { 'telemetry/0': 100 },
  translated = { 'telemetry/0': 96 },
  ends = { 'telemetry/0': 120 },
  mirror = async () => ({ 'mirror-source': 'STOPPED' }),
}: Planted) {
  const events: JournalEvent[] = []
  const asked: string[] = []
  let began: Readonly<Record<string, number>> | null = null
  const place = {
    spec: regionsSchema.parse(spec),
    regions: {
      stopMirror: mirror,
      placesOf: async (group: string) => {
        asked.push(`offsets of ${group}`)
        return { committed: translated, ends }
      },
    },
    fleet: {
      moveTo: async () => void asked.push('devices'),
      ackedInSecond: () => 7,
    },
    readers: {
      committed: () => committed && { group: 'tail-1', offsets: committed },
      followIn: async (_cluster: unknown, _spec: unknown, starts: Record<string, number>) => {
        asked.push('consumers')
        began = starts
        return { records: () => 3 }
      },
    },
    clock: systemClock,
    record: (event: JournalEvent) => void events.push(event),
  } as unknown as FailOverPlace
  return { place, events, asked, began: () => began }
}

const go = async (planted: Planted, withinMs = 5000) => {
  const world = placed(planted)
  const outcome = await new FailOver(world.place).run(
    { id: 'fail-over-1', withinMs },
    new AbortController().signal,
  )
  const steps = world.events.flatMap(event =>
    event.kind === 'region.step' ? [`${event.step} ${event.ok ? 'done' : `failed: ${event.proof}`}`] : [],
  )
  return { ...world, outcome, steps }
}

describe('a fail-over', () => {
  it('takes its four steps in order, and writes each down with what was seen', async () => {
    const { outcome, steps, asked, events, began } = await go({})
    assert.equal(outcome.ok, true)
    assert.deepEqual(steps, ['mirror done', 'offsets done', 'devices done', 'consumers done'])
    assert.deepEqual(asked, ['offsets of tail-1', 'devices', 'consumers'])
    assert.deepEqual(began(), { 'telemetry/0': 96 })
    const [, offsets] = events
    assert.deepEqual(offsets?.kind === 'region.step' && offsets.group, {
      group: 'tail-1',
      committed: { 'telemetry/0': 100 },
      translated: { 'telemetry/0': 96 },
      ends: { 'telemetry/0': 120 },
    })
  })

  it('stops before devices move where an offset lies beyond the end of region b', async () => {
    const { outcome, steps, asked } = await go({ translated: { 'telemetry/0': 121 } })
    assert.equal(outcome.ok, false)
    assert.deepEqual(steps, [
      'mirror done',
      'offsets failed: the group’s offset of telemetry/0 is 121 and region b ends at 120; 1 such partitions',
    ])
    assert.deepEqual(asked, ['offsets of tail-1'])
  })

  it('begins at copied numbers where the drill makes that mistake', async () => {
    const { began } = await go({ spec: { offsets: 'copied' } })
    assert.deepEqual(began(), { 'telemetry/0': 100 })
  })

  it('names topics as the mirror does when numbers are copied', async () => {
    const spec = { offsets: 'copied', mirror: { policy: 'default' } }
    const { began } = await go({ spec, ends: { 'a.telemetry/0': 120 } })
    assert.deepEqual(began(), { 'a.telemetry/0': 100 })
  })

  it('fails at a step that throws, or does not end in its time, and takes no further one', async () => {
    const thrown = await go({ mirror: async () => Promise.reject(new Error('no worker answers')) })
    assert.deepEqual(thrown.steps, ['mirror failed: no worker answers'])
    const late = await go({ mirror: () => new Promise(() => {}) }, 50)
    assert.match(late.steps.join(), /^mirror failed: waited 0\.05 s for the step mirror/)
    assert.deepEqual(late.asked, [])
  })

  it('fails where consumers had committed nothing', async () => {
    const { steps } = await go({ committed: null })
    assert.match(steps.at(-1) ?? '', /offsets failed: consumers had committed nothing in region a/)
  })

  it('is done once', async () => {
    const { place } = placed({})
    const failOver = new FailOver(place)
    const { signal } = new AbortController()
    await failOver.run({ id: 'one', withinMs: 5000 }, signal)
    await assert.rejects(failOver.run({ id: 'two', withinMs: 5000 }, signal), /are in region b already/)
  })
})
