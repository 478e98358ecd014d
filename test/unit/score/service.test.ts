import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJson } from '../../../chaos/record/bounded-files.ts'
import { measurements } from '../../../chaos/record/measurements.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import type { Check, Scorecard } from '../../../chaos/record/scorecard.ts'
import { serviceChecks } from '../../../chaos/score/service-checks.ts'
import { makeRun, type RunKnobs } from '../../fixtures/run/make-run.ts'
import { AT, PARTITIONS } from '../../fixtures/run/run-world.ts'

type Events = Parameters<NonNullable<RunKnobs['journal']>>[0]

/** Nothing of the fixture's own is broken before its first fault at 34 s, nor after its replay at 197 s. */
const TELEMETRY = PARTITIONS.filter(({ topic }) => topic === 'telemetry').map(({ key }) => key)
const FOR_EVER = AT.end + 90_000
const leaving = (buffered: number) => (events: Events) =>
  events.map(event => (event.kind === 'fleet.drained' ? { ...event, buffered } : event))

describe('what no gate has to ask for', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-service-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const score = (knobs: RunKnobs = {}): Promise<Scorecard> => {
    makeRun(directory, { devices: 600, tickMs: 1000, gates: [{ gate: 'acked-loss', atMost: 0 }], ...knobs })
    return scoreRun(directory)
  }
  const check = (card: Scorecard, name: string): Check => {
    const found = card.rows.flatMap(row => row.checks).find(one => one.check === name)
    assert.ok(found, `no check ${name}`)
    return found
  }
  const verdicts = (card: Scorecard) =>
    ['all-delivered', 'outside-faults', 'served-to-the-end', 'steady-after'].map(
      name => check(card, name).verdict,
    )

  it('passes where everything was delivered and everybody served', async () => {
    const card = await score()
    assert.deepEqual([card.verdict, ...verdicts(card)], ['pass', 'pass', 'pass', 'pass', 'pass'])
  })

  it('fails a topic that refuses everything to the end, with no fault about, though no gate asks (B26)', async () => {
    const stalls = TELEMETRY.map(partition => ({ partition, fromMs: 200_000, toMs: FOR_EVER }))
    const card = await score({ stalls, journal: leaving(9247) })
    assert.deepEqual([card.verdict, ...verdicts(card)], ['fail', 'fail', 'fail', 'fail', 'fail'])
    assert.match(check(card, 'all-delivered').why ?? '', /^9,247 records still at the edge/)
    assert.match(
      check(card, 'outside-faults').why ?? '',
      /^telemetry \(6 partitions\) for up to 25 s, from 2:56 to 3:21, the end of the load \([1-9][\d,]* attempts failed\)$/,
    )
    assert.match(check(card, 'steady-after').why ?? '', /telemetry\/0, telemetry\/1, telemetry\/2 and 3 more/)
  })

  it('fails records that are left at the edge, whatever else was well, and not one that left none', async () => {
    const card = await score({ journal: leaving(1) })
    assert.deepEqual(verdicts(card), ['fail', 'pass', 'pass', 'pass'])
    assert.equal(check(card, 'all-delivered').shown, '1 record')
  })

  it('cannot tell what was delivered when the journal does not say it', async () => {
    const journal = (events: Events) => events.filter(({ kind }) => kind !== 'fleet.drained')
    assert.equal(check(await score({ journal }), 'all-delivered').verdict, 'inconclusive')
  })

  const dropping: RunKnobs['shards'] = (name, lines) => {
    const head = lines.slice(0, -1)
    const [end] = lines.slice(-1) as { lines: number }[]
    if (name !== 'gw-az-a-1.jsonl') return lines
    return [
      ...head,
      { kind: 'drop', t: AT.end, topic: 'telemetry', records: ['d1/1/1', 'd1/1/2'] },
      { ...end, lines: (end?.lines ?? 0) + 1 },
    ]
  }
  it('fails what full edge buffers threw away, unless the drill has a gate of its own for that', async () => {
    assert.match(
      check(await score({ shards: dropping }), 'all-delivered').why ?? '',
      /^2 records thrown away/,
    )
    const gates = [{ gate: 'edge-dropped-records', atMost: 5 }]
    rmSync(directory, { recursive: true })
    assert.equal(check(await score({ shards: dropping, gates }), 'all-delivered').verdict, 'pass')
  })

  it('fails a write outage that heals before the end, with its interval, and not a short one (B20b)', async () => {
    const outage = (toMs: number) => [{ partition: 'operations/1', fromMs: 202_000, toMs }]
    const long = await score({ stalls: outage(217_000) })
    assert.deepEqual(verdicts(long), ['pass', 'fail', 'pass', 'pass'])
    assert.match(
      check(long, 'outside-faults').why ?? '',
      /^operations\/1 for up to 1\d(\.\d+)? s, from 2:5\d to 3:1\d/,
    )
    rmSync(directory, { recursive: true })
    assert.equal(check(await score({ stalls: outage(203_000) }), 'outside-faults').verdict, 'pass')
  })

  it('leaves to the gates what a fault brings, but not a partition that never comes back (B16)', async () => {
    const during = { partition: 'operations/1', fromMs: AT.kill.injected, toMs: AT.kill.injected + 20_000 }
    assert.deepEqual(verdicts(await score({ stalls: [during] })), ['pass', 'pass', 'pass', 'pass'])
    rmSync(directory, { recursive: true })
    const card = await score({ stalls: [{ ...during, toMs: FOR_EVER }] })
    assert.deepEqual(verdicts(card), ['pass', 'pass', 'fail', 'fail'])
    assert.match(check(card, 'served-to-the-end').why ?? '', /^operations\/1 .*the end of the load/)
  })

  it('blames nobody for a stretch in which the load generator itself stood still', async () => {
    const stalls = [{ partition: 'operations/1', fromMs: 202_000, toMs: 208_000 }]
    const late = { fleet: (rows: { t: number }[]) => rows.map(row => ({ ...row, loopDelayMs: 5000 })) }
    const found = check(await score({ stalls, samples: late }), 'outside-faults')
    assert.equal(found.verdict, 'inconclusive')
    assert.match(found.why ?? '', /the load generator itself stood still/)
  })

  it('takes a history that was cut off for no outage', async () => {
    const shards: RunKnobs['shards'] = (name, lines) =>
      name === 'gw-az-a-1.jsonl' ? lines.slice(0, -200) : lines
    for (const name of ['outside-faults', 'served-to-the-end']) {
      assert.equal(check(await score({ shards }), name).verdict, 'inconclusive')
      rmSync(directory, { recursive: true })
    }
    await score()
  })

  it('is not known of measurements from before it was looked at', async () => {
    await score()
    const { service: _, ...old } =
      readJson(join(directory, 'measurements.json'), measurements) ?? assert.fail()
    assert.deepEqual(
      serviceChecks(old).map(({ verdict }) => verdict),
      ['inconclusive', 'inconclusive'],
    )
  })
})
