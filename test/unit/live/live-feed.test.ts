import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { LiveFeed, type LiveMessage } from '../../../chaos/live/live-feed.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import type { JournalEvent, JournalLine } from '../../../chaos/record/journal-events.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { statusLines } from '../../../chaos/run/live-view.ts'
import { RunPhase } from '../../../chaos/run/run-phase.ts'

const at = (t: number, event: JournalEvent): JournalLine => ({ seq: 0, t, at: '', prev: '', ...event })
const clockAt = (t: number) => ({ now: () => t, wallMs: () => t, sleep: () => Promise.resolve() })
const quick = async () =>
  (await loadDrill(packageFile('test', 'fixtures', 'drills', 'quick.yaml'), '/')).drill

function liveState(t: number): LiveState {
  const live = new LiveState()
  const fleet = {
    t,
    dropped: 0,
    acked: 1200,
    intervalMs: 1000,
    buffered: 7,
    sessions: 100,
    latency: { n: 5, p50: 3, p99: 40 },
  }
  live.takeFleet(fleet as Parameters<typeof live.takeFleet>[0])
  live.cluster = { t, answered: [1, 2], controller: 1, underReplicated: 3, offline: 1 }
  live.partitions = {
    'telemetry/10': { leader: 2, leaderEpoch: 1, replicas: [1, 2, 3], isr: [2] },
    'telemetry/2': { leader: -1, leaderEpoch: 1, replicas: [1, 2, 3], isr: [] },
  }
  return live
}

describe('what the live page is told', () => {
  const heard = (feed: LiveFeed) => {
    const messages: LiveMessage[] = []
    feed.listen(message => void messages.push(message))
    return messages
  }

  it('has the numbers of the terminal, word for word', async () => {
    const drill = await quick()
    const feed = new LiveFeed('kafka')
    const messages = heard(feed)
    const live = liveState(5000)
    feed.live(live, clockAt(5000), drill)
    const terminal = statusLines(live, 5000, drill, new RunPhase('kafka'), 400).join('\n')
    const point = messages.find(({ kind }) => kind === 'point')
    assert.ok(point?.kind === 'point')
    assert.ok(point.numbers.length >= 10)
    for (const { label, text } of point.numbers)
      assert.ok(terminal.includes(`${label} ${text}`), `${label} ${text}`)
    assert.deepEqual([point.values['produce-p99-ms'], point.values['tail-lag-records']], [40, null])
  })

  it('tells a page that is opened late all that it missed, in an order that makes sense', async () => {
    const drill = await quick()
    const feed = new LiveFeed('kafka')
    feed.progress('starting 120 devices')
    feed.live(liveState(1000), clockAt(1000), drill)
    feed.journal(at(1500, { kind: 'fault.injected', id: 'kill-1' }))
    feed.live(liveState(2000), clockAt(2000), drill)
    feed.end('the run is over', true)
    const kinds = heard(feed).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['run', 'progress', 'event', 'point', 'point', 'partitions', 'end'])
  })

  it('looks once a second, however often the terminal draws, and passes no partition on that did not change', async () => {
    const drill = await quick()
    const feed = new LiveFeed('kafka')
    const messages = heard(feed)
    for (let t = 0; t < 3000; t += 250) feed.live(liveState(t), clockAt(t), drill)
    const count = (kind: string) => messages.filter(message => message.kind === kind).length
    assert.deepEqual([count('point'), count('partitions')], [3, 1])
  })

  it('names partitions in their order, and those without a leader as such', async () => {
    const feed = new LiveFeed('kafka')
    const messages = heard(feed)
    feed.live(liveState(0), clockAt(0), await quick())
    assert.deepEqual(
      messages.find(({ kind }) => kind === 'partitions'),
      {
        kind: 'partitions',
        rows: [
          { name: 'telemetry/2', leader: null, inSync: 0, replicas: 3 },
          { name: 'telemetry/10', leader: 2, inSync: 1, replicas: 3 },
        ],
      },
    )
  })

  it('marks what was broken, what was healed, and what was not proven', () => {
    const feed = new LiveFeed('kafka')
    const messages = heard(feed)
    feed.journal(at(1, { kind: 'fault.injected', id: 'a' }))
    feed.journal(at(2, { kind: 'fault.healed', id: 'a' }))
    feed.journal(at(3, { kind: 'fault.heal-unproven', id: 'a', reason: 'silence' } as JournalEvent))
    assert.deepEqual(
      messages.flatMap(message => (message.kind === 'event' ? [message.tone] : [])),
      ['fault', 'good', 'bad'],
    )
  })
})
