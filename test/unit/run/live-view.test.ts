import assert from 'node:assert/strict'
import type { JournalEvent, JournalLine } from '../../../chaos/record/journal-events.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { wordsOf } from '../../../chaos/run/event-words.ts'
import { LiveState } from '../../../chaos/run/live-state.ts'
import { liveView, statusLines } from '../../../chaos/run/live-view.ts'
import { RunPhase } from '../../../chaos/run/run-phase.ts'
import { VirtualClock } from './virtual-clock.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')
/** zone-cut-1 at 3 s for 6 s, replay-2 at 16 s, 4 s to settle; the timeline begins 10 s after the run. */
const drill = async () => (await loadDrill(QUICK, '/')).drill

const at = (t: number, event: JournalEvent): JournalLine => ({ seq: 0, t, at: '', prev: '', ...event })
const intended = (t: number) =>
  at(t, {
    kind: 'fault.intended',
    id: 'zone-cut-1',
    fault: 'zone-cut',
    spec: {},
    target: {},
    before: {},
    summary: 'zone az-c',
    zones: [],
    nodes: [],
    links: [],
  })

describe('the live view', () => {
  it('says at each moment what goes on, what comes next and in how long', async () => {
    const quick = await drill()
    const phase = new RunPhase('kafka')
    const said: string[] = []
    const see = (now: number) => void said.push(phase.words(quick, now))
    phase.progress('proving the steady state')
    see(9000)
    phase.journal(at(10_000, { kind: 'timeline.started' }))
    see(11_000)
    phase.journal(intended(13_000))
    see(13_100)
    phase.journal(at(13_200, { kind: 'fault.injected', id: 'zone-cut-1' }))
    see(15_000)
    phase.journal(at(19_300, { kind: 'fault.healed', id: 'zone-cut-1' }))
    see(19_400)
    phase.journal(at(20_000, { kind: 'fault.heal-proven', id: 'zone-cut-1', observations: [] }))
    see(21_000)
    phase.journal(at(26_000, { kind: 'action.started', id: 'replay-2', action: 'replay', spec: {} }))
    see(26_500)
    phase.journal(at(28_000, { kind: 'action.finished', id: 'replay-2', ok: true, result: {} }))
    see(29_000)
    phase.progress('watching whether the steady state returns')
    see(33_000)
    assert.deepEqual(said, [
      'proving the steady state',
      'baseline, zone-cut-1 in 2 s',
      'zone-cut-1 (zone az-c) begins, replay-2 in 13 s',
      'zone-cut-1 (zone az-c), 4 s left, replay-2 in 11 s',
      'zone-cut-1 (zone az-c) healed, being proven, replay-2 in 7 s',
      'recovering from zone-cut-1, replay-2 in 5 s',
      'replay-2 reads',
      'settling, 3 s left',
      'watching whether the steady state returns',
    ])
  })

  it('moves what comes next by as long as a fault waited', async () => {
    const quick = await drill()
    const phase = new RunPhase('kafka')
    phase.journal(at(10_000, { kind: 'timeline.started' }))
    const before = phase.elapsed(quick, 12_000)
    phase.journal(at(13_000, { kind: 'fault.waiting', id: 'zone-cut-1', why: 'broker 3 leads nothing' }))
    assert.equal(phase.words(quick, 15_000), 'zone-cut-1 waits: broker 3 leads nothing, replay-2 after it')
    phase.journal(intended(23_000))
    assert.match(phase.words(quick, 23_000), /replay-2 in 13 s$/)
    assert.match(before, /^0:12 of about 0:\d\d$/)
    const expected = (text: string) => Number(/about 0:(\d\d)/.exec(text)?.[1])
    assert.equal(expected(phase.elapsed(quick, 23_000)) - expected(before), 10)
  })

  it('has all that matters within 80 columns, what matters most first, and cuts no word', async () => {
    const quick = await drill()
    const phase = new RunPhase('kafka')
    phase.journal(at(10_000, { kind: 'timeline.started' }))
    const live = new LiveState()
    live.consumers.set('recovery', {
      t: 11_000,
      consumer: 'recovery',
      records: 12_345,
    } as Parameters<typeof live.consumers.set>[1])
    const lines = statusLines(live, 11_000, quick, phase, 79)
    assert.ok(
      lines.every(line => line.length <= 79),
      lines.join('\n'),
    )
    assert.ok(lines.length <= 5, lines.join('\n'))
    assert.match(lines[0] ?? '', /^0:11 of about 0:\d\d {2}quick baseline, zone-cut-1 in 2 s$/)
    const text = lines.join('\n')
    for (const part of ['tail lag ? records', 'replay 12,345 records read', 'under-replicated ?', 'p50 ?'])
      assert.ok(text.includes(part), text)
  })

  it('says how many devices have no session, for as long as that is fresh', async () => {
    const quick = await drill()
    const live = new LiveState()
    const sample = { t: 1000, dropped: 0, acked: 1, intervalMs: 1000, latency: { n: 0 } }
    const textAt = (now: number, sessions: number) => {
      live.takeFleet({ ...sample, sessions } as Parameters<typeof live.takeFleet>[0])
      return statusLines(live, now, quick, new RunPhase('kafka'), 200).join('\n')
    }
    assert.match(textAt(1500, 20), /without a session 100/)
    assert.doesNotMatch(textAt(1500, 120), /session/)
    assert.doesNotMatch(textAt(6000, 20), /session/)
  })

  it('erases exactly the lines that it drew', async () => {
    const quick = await drill()
    let text = ''
    const view = liveView({ write: said => void (text += said) }, () => 80, 'kafka')
    const clock = new VirtualClock()
    view.live(new LiveState(), clock, quick)
    const drawn = text.split('\n').length - 1
    text = ''
    view.live(new LiveState(), clock, quick)
    assert.ok(text.startsWith(`\u001b[${drawn}A\u001b[J`), JSON.stringify(text.slice(0, 20)))
  })
})

describe('the words for a journal line', () => {
  it('are calm about a reader that lost its connection in the expected course of a kill', () => {
    const words = wordsOf(
      at(1, {
        kind: 'reader.replaced',
        reader: 'tail',
        cause: 'crashed',
        why: 'its client gave up: Closed connection',
        since: 0,
      }),
    )
    assert.equal(
      words,
      'reader tail lost its connection (its client gave up: Closed connection), and comes back',
    )
  })
})
