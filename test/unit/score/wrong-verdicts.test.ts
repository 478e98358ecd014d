import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scoreRun } from '../../../chaos/score/score.ts'
import type { Check, Scorecard } from '../../../chaos/record/scorecard.ts'
import { GATES_OF_FIRST, type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'

type Events = Parameters<NonNullable<RunKnobs['journal']>>[0]
type Event = Events[number]
/** Of an event that tests look into or change: what is planted is checked by the reader of journals. */
type Open = Readonly<Record<string, unknown>> & { readonly kind: string; readonly t: number }

/** Evidence that proves less than it seems to: none of it may pass. */
describe('a run that must not pass', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-wrong-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const score = (knobs: RunKnobs = {}): Promise<Scorecard> => {
    makeRun(directory, { devices: 600, tickMs: 1000, ...knobs })
    return scoreRun(directory)
  }
  const checkOf = (card: Scorecard, name: string, subject?: string): Check => {
    const found = card.rows
      .flatMap(row => row.checks)
      .find(one => one.check === name && (subject === undefined || one.subject === subject))
    assert.ok(found, `no check ${name}`)
    return found
  }
  const idOf = (event: Event): unknown => ('id' in event ? event.id : undefined)
  const timeOf = (events: Events, kind: string, id?: string): number =>
    events.find(event => event.kind === kind && (id === undefined || idOf(event) === id))?.t ?? Number.NaN
  /** Each event with what stands for it. */
  const changed = (change: (event: Open) => readonly object[]) => (events: Events) =>
    events.flatMap(event => change({ ...event }) as Event[])
  const withAttempts = <R extends object>(row: R) => ({ ...row, deviceConnects: 4 })
  const connects = { gate: 'device-connects-per-second-peak', atMost: 1_000_000 }

  it('is inconclusive when the dashboards’ lag is not known at the end of the replay', async () => {
    let until = 0
    const card = await score({
      journal: events => {
        until = timeOf(events, 'action.finished') - 5000
        return events
      },
      samples: { consumers: rows => rows.filter(({ t }) => t < until) },
    })
    assert.equal(checkOf(card, 'tail-lag-during-replay-seconds').verdict, 'inconclusive')
  })

  it('is inconclusive when a peak is asked for and the fleet’s samples end before the run', async () => {
    const gates = [...GATES_OF_FIRST, connects]
    const verdictWith = async (fleet: NonNullable<NonNullable<RunKnobs['samples']>['fleet']>) => {
      const card = await score({ gates, samples: { fleet } })
      return card.rows.flatMap(row => row.checks).findLast(one => one.check === connects.gate)?.verdict
    }
    assert.equal(await verdictWith(rows => rows.map(withAttempts)), 'pass')
    assert.equal(await verdictWith(rows => rows.slice(0, rows.length / 2).map(withAttempts)), 'inconclusive')
  })

  it('is inconclusive when a peak is asked for and no device ever sought a session', async () => {
    const card = await score({ gates: [...GATES_OF_FIRST, connects] })
    const check = card.rows.flatMap(row => row.checks).findLast(one => one.check === connects.gate)
    assert.equal(check?.verdict, 'inconclusive')
    assert.match(check?.why ?? '', /no device lost its session/)
  })

  it('is inconclusive when the samples of a peak are missing exactly while the fault held', async () => {
    const id = 'zone-cut-3'
    const [span, gate] = [
      { from: 0, to: 0 },
      { ...connects, of: id },
    ]
    const card = await score({
      gates: [gate],
      journal: events => {
        span.from = timeOf(events, 'fault.intended', id)
        span.to = timeOf(events, 'fault.healed', id)
        return events
      },
      samples: { fleet: rows => rows.filter(({ t }) => t < span.from || t > span.to) },
    })
    assert.equal(checkOf(card, gate.gate, id).verdict, 'inconclusive')
  })

  it('is inconclusive when a fault was intended, and nobody saw its injection', async () => {
    const gone = ['fault.injected', 'fault.proven']
    const card = await score({
      journal: events =>
        events.filter(event => idOf(event) !== 'broker-kill-1' || !gone.includes(event.kind)),
    })
    assert.equal(card.verdict, 'inconclusive')
    assert.equal(checkOf(card, 'effect-proven', 'broker-kill-1').verdict, 'inconclusive')
    assert.equal(checkOf(card, 'heal-proven', 'broker-kill-1').shown, 'proven')
  })

  it('is inconclusive when that fault was never healed either: it may hold', async () => {
    const card = await score({
      journal: events =>
        events.filter(event => idOf(event) !== 'broker-kill-1' || event.kind === 'fault.intended'),
    })
    assert.equal(checkOf(card, 'heal-proven', 'broker-kill-1').verdict, 'inconclusive')
  })

  /** Right behind the event of that kind. */
  const followed = (kind: string, by: string) =>
    changed(event =>
      event.kind === kind && event['id'] === 'broker-kill-1'
        ? [event, { ...event, kind: by, observations: [], reason: 'it was seen otherwise' }]
        : [event],
    )

  it('is inconclusive when a proven effect was denied afterwards', async () => {
    const card = await score({ journal: followed('fault.proven', 'fault.unproven') })
    assert.equal(checkOf(card, 'effect-proven', 'broker-kill-1').verdict, 'inconclusive')
  })

  it('fails when a proven healing was denied afterwards, and passes when it was proven in the end', async () => {
    const denied = await score({ journal: followed('fault.heal-proven', 'fault.heal-unproven') })
    assert.equal(checkOf(denied, 'heal-proven', 'broker-kill-1').verdict, 'fail')
    const proven = await score({
      journal: changed(event =>
        event.kind === 'fault.heal-proven'
          ? [{ ...event, kind: 'fault.heal-unproven', reason: 'not yet' }, event]
          : [event],
      ),
    })
    assert.equal(checkOf(proven, 'heal-proven', 'broker-kill-1').verdict, 'pass')
  })

  it('is inconclusive when a fault was healed long before its time', async () => {
    const id = 'zone-cut-3'
    const card = await score({
      journal: events => {
        const begun = timeOf(events, 'fault.intended', id)
        return changed(event => [
          event.kind === 'fault.healed' && event['id'] === id ? { ...event, since: begun + 3000 } : event,
        ])(events)
      },
    })
    const check = checkOf(card, 'effect-proven', id)
    assert.equal(check.verdict, 'inconclusive')
    assert.match(check.why ?? '', /^it was healed after 3 s, and was to hold for 20 s$/)
  })

  it('is inconclusive when the replay had nothing to read', async () => {
    const emptied = (result: unknown) => {
      const { partitions, ...rest } = result as { partitions: Record<string, object> }
      const empty = Object.entries(partitions).map(([name, row]) => [
        name,
        { ...row, oldest: 0, end: 0, records: 0, bytes: 0 },
      ])
      return { ...rest, records: 0, bytes: 0, partitions: Object.fromEntries(empty) as object }
    }
    const card = await score({
      journal: changed(event => [
        event.kind === 'action.finished' ? { ...event, result: emptied(event['result']) } : event,
      ]),
    })
    const check = checkOf(card, 'replay-incomplete-records')
    assert.equal(check.verdict, 'inconclusive')
    assert.match(check.why ?? '', /nothing to read/)
  })

  it('is inconclusive when an abort condition ended it', async () => {
    const card = await score({
      journal: changed(event => [event.kind === 'run.finished' ? { ...event, outcome: 'aborted' } : event]),
    })
    assert.equal(card.verdict, 'inconclusive')
  })

  it('is not made better or worse by sample lines that stand there twice', async () => {
    const twice = <T>(rows: T[]) => rows.flatMap(row => [row, row])
    const card = await score({ samples: { fleet: twice, cluster: twice, consumers: twice, links: twice } })
    assert.equal(card.verdict, 'pass')
  })
})
