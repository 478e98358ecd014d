import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { measurements } from '../../../chaos/record/measurements.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type Row, type Scorecard, scorecard } from '../../../chaos/record/scorecard.ts'
import { type RunKnobs, makeRun, passingAudit } from '../../fixtures/run/make-run.ts'

type Events = Parameters<NonNullable<RunKnobs['journal']>>[0]

describe('the scorecard of a run', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-score-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const score = (knobs: RunKnobs = {}): Promise<Scorecard> => {
    makeRun(directory, { devices: 200, tickMs: 1000, ...knobs })
    return scoreRun(directory)
  }
  const row = (card: Scorecard, dimension: string): Row => {
    const found = card.rows.find(candidate => candidate.dimension === dimension)
    assert.ok(found, `no row ${dimension}`)
    return found
  }
  const without = (kind: string, id?: string) => (events: Events) =>
    events.filter(event => event.kind !== kind || (id !== undefined && 'id' in event && event.id !== id))

  it('says for what its producers asked, in the risks that depend on it', async () => {
    const risks = async (fleet: object) => {
      const card = await score({
        header: header => {
          const drill = header.drill as { fleet: object }
          return { ...header, drill: { ...drill, fleet: { ...drill.fleet, ...fleet } } }
        },
      })
      return (dimension: string) => row(card, dimension).residualRisk
    }
    const plain = await risks({})
    assert.match(plain('durability'), /^It is about what acks=all promises/)
    assert.doesNotMatch(plain('service'), /idempotent/i)
    const alone = await risks({ acks: 1 })
    assert.match(alone('durability'), /^It is about what acks=1 promises/)
    const idempotent = await risks({ acks: 'all', idempotent: true })
    assert.match(idempotent('durability'), /^It is about what acks=all promises/)
    assert.match(idempotent('order'), /repeats of one producer only/)
    assert.match(idempotent('service'), /begin only while every partition has a leader/)
  })

  it('passes a run in which everything held', async () => {
    const card = await score()
    assert.equal(
      card.verdict,
      'pass',
      JSON.stringify(card.rows.filter(one => one.verdict === 'inconclusive')),
    )
    assert.equal(card.secondOutage.answer, 'no')
  })

  it('is written with its measurements, in the shapes that are documented', async () => {
    const card = await score()
    const read = (name: string) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as unknown
    assert.deepEqual(scorecard.parse(read('scorecard.json')), card)
    measurements.parse(read('measurements.json'))
  })

  it('points to places that hold the numbers it gives', async () => {
    const card = await score()
    const measured = JSON.parse(readFileSync(join(directory, 'measurements.json'), 'utf8')) as unknown
    const pointed = card.rows
      .flatMap(one => one.checks)
      .flatMap(check => check.proof)
      .filter(proof => proof.file === 'measurements.json' && proof.selector.endsWith('/value'))
    assert.ok(pointed.length > 10)
    for (const { selector, value } of pointed) {
      const found = selector
        .split('/')
        .slice(1)
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], measured)
      assert.equal(found, value, selector)
    }
  })

  it('shows what the drill did not exercise, and does not call it passed', async () => {
    const card = await score()
    for (const name of ['connector-restart', 'governance', 'broker-replacement']) {
      assert.equal(row(card, name).verdict, 'not-exercised')
    }
  })

  it('puts a gate under the dimension of each fault', async () => {
    const card = await score()
    for (const name of ['broker-loss', 'slow-link', 'zone-loss']) {
      assert.ok(row(card, name).checks.some(check => check.check === 'first-success-seconds'))
    }
  })

  it('uses the dimension and the owner that a gate names', async () => {
    const card = await score({
      gates: [{ gate: 'acked-loss', atMost: 0, dimension: 'money', owner: 'billing' }],
    })
    assert.deepEqual([row(card, 'money').verdict, row(card, 'money').owner], ['pass', 'billing'])
  })

  it('fails on a partition that stalls again after healing, and names the work', async () => {
    const stalls = [{ partition: 'telemetry/3', fromMs: 150_000, toMs: 173_000 }]
    const card = await score({ stalls })
    assert.equal(card.secondOutage.answer, 'yes')
    assert.match(card.secondOutage.sentence, /after zone-cut-3, 1 partition lost service anew/i)
    assert.equal(row(card, 'zone-loss').verdict, 'fail')
    assert.match(row(card, 'zone-loss').next ?? '', /metadata refresh/)
    assert.equal(card.verdict, 'fail')
  })

  it('fails on lost records, and says what to revisit', async () => {
    const audit = { verdict: 'fail', anomalies: {}, counts: { lost: 3 }, reasons: [] }
    const card = await score({ audit })
    assert.equal(row(card, 'durability').verdict, 'fail')
    assert.match(row(card, 'durability').next ?? '', /storage model/)
    assert.equal(row(card, 'audit').verdict, 'fail')
  })

  it('fails where a clock that is ahead stops retention, and only says so where no clock explains it', async () => {
    const overdue = (heldBy: object | null) => [{ partition: 'telemetry/0', what: 'not effective', heldBy }]
    const retained = async (judged: number, found: readonly object[]) => {
      const audit = { ...passingAudit(200), retention: { judged, notJudged: [], overdue: found } }
      const audited = row(await score({ audit }), 'audit')
      const check = audited.checks.find(one => one.check === 'retention-effective')
      return [audited.verdict, check?.verdict, check?.why, audited.next?.includes('after.max.ms') ?? false]
    }
    assert.deepEqual(await retained(2, overdue({})), ['fail', 'fail', 'not effective', true])
    assert.deepEqual((await retained(2, overdue(null))).slice(0, 2), ['inconclusive', 'inconclusive'])
    assert.deepEqual((await retained(2, [])).slice(0, 3), ['pass', 'pass', null])
    assert.deepEqual((await retained(0, [])).slice(0, 2), ['pass', undefined])
  })

  it('does not ask a platform with one copy of each record for replicas, and misses nothing there', async () => {
    const gates = [
      { gate: 'in-sync-seconds', atMost: 60 },
      { gate: 'acked-loss', atMost: 0 },
    ]
    const card = await score({ gates, header: header => ({ ...header, platform: 'automq' }) })
    const checks = card.rows.flatMap(one => one.checks).filter(({ check }) => check === 'in-sync-seconds')
    assert.deepEqual(
      checks.map(({ verdict, shown }) => [verdict, shown]),
      checks.map(() => ['not-applicable', 'does not apply']),
    )
    assert.equal(checks.length, 3)
    assert.match(checks[0]?.why ?? '', /one copy/)
    assert.equal(row(card, 'broker-loss').verdict, 'not-applicable')
    assert.ok(card.rows.every(({ verdict }) => verdict !== 'inconclusive' && verdict !== 'fail'))
    assert.equal(card.verdict, 'pass')
  })

  it('does not say of a row with numbers that it does not apply, because one gate of it does not', async () => {
    const gates = [
      { gate: 'in-sync-seconds', atMost: 60 },
      { gate: 'sustained-recovery-seconds', reportOnly: true },
    ]
    const card = await score({ gates, header: header => ({ ...header, platform: 'automq' }) })
    assert.deepEqual(
      row(card, 'broker-loss')
        .checks.map(({ verdict }) => verdict)
        .sort(),
      ['not-applicable', 'not-judged'],
    )
    assert.equal(row(card, 'broker-loss').verdict, 'not-judged')
  })

  it('is inconclusive without an audit', async () => {
    const card = await score({ audit: null })
    assert.equal(card.verdict, 'inconclusive')
    assert.equal(row(card, 'audit').verdict, 'inconclusive')
  })

  it('is inconclusive when a fault was not proven', async () => {
    const card = await score({
      journal: events =>
        without(
          'fault.heal-proven',
          'none',
        )(events).map(event =>
          event.kind === 'fault.proven' && event.id === 'link-latency-2'
            ? {
                kind: 'fault.unproven',
                id: event.id,
                t: event.t,
                observations: [],
                reason: 'no delay was seen',
              }
            : event,
        ),
    })
    assert.equal(row(card, 'fault-proof').verdict, 'inconclusive')
    assert.equal(row(card, 'slow-link').verdict, 'inconclusive')
    assert.equal(row(card, 'broker-loss').verdict, 'pass')
  })

  it('is inconclusive about a fault that was planned and never began', async () => {
    const card = await score({
      journal: events => events.filter(event => !('id' in event) || event.id !== 'link-latency-2'),
    })
    assert.match(
      row(card, 'fault-proof')
        .checks.map(check => check.why)
        .join(),
      /planned and never began/,
    )
    assert.equal(card.verdict, 'inconclusive')
  })

  it('fails when healing could not be proven', async () => {
    const card = await score({
      journal: events =>
        events.map(event =>
          event.kind === 'fault.heal-proven' && event.id === 'zone-cut-3'
            ? {
                kind: 'fault.heal-unproven',
                id: event.id,
                t: event.t,
                observations: [],
                reason: 'still silent',
              }
            : event,
        ),
    })
    assert.equal(row(card, 'rollback').verdict, 'fail')
  })

  it('does not know about healing of which the journal says nothing', async () => {
    const card = await score({ journal: without('fault.heal-proven') })
    assert.equal(row(card, 'rollback').verdict, 'inconclusive')
  })

  for (const when of ['before', 'after'] as const) {
    it(`fails when the steady state did not hold ${when} the faults, and does not know when nobody looked`, async () => {
      const refuted = await score({
        journal: events =>
          events.map(event =>
            event.kind === 'steady-state' && event.when === when ? { ...event, verdict: 'fail' } : event,
          ),
      })
      assert.equal(row(refuted, 'steady-state').verdict, 'fail')
      const missing = await score({
        journal: events => events.filter(event => event.kind !== 'steady-state' || event.when !== when),
      })
      assert.equal(row(missing, 'steady-state').verdict, 'inconclusive')
    })
  }

  const DAMAGE: readonly (readonly [string, RunKnobs, RegExp])[] = [
    ['a journal that was altered', { alterLine: 8 }, /journal chain broken/],
    [
      'a gateway without a history',
      { without: ['history/gw-az-b-1.jsonl'] },
      /gateway gw-az-b-1 wrote no history/,
    ],
    [
      'a consumer without a history',
      { without: ['history/tail.jsonl'] },
      /tail wrote none: it is what consumers were given/,
    ],
    [
      'a history that was cut short',
      { shards: (name, lines) => (name === 'gw-az-c-2.jsonl' ? lines.slice(0, -1) : lines) },
      /no end line/,
    ],
    ['a run that was interrupted', { journal: without('run.finished') }, /run has no end/],
    [
      'a run that was aborted',
      {
        journal: events =>
          events.map(event => (event.kind === 'run.finished' ? { ...event, outcome: 'aborted' } : event)),
      },
      /run aborted/,
    ],
  ]
  for (const [what, knobs, expected] of DAMAGE) {
    it(`is inconclusive on ${what}, and names it`, async () => {
      const card = await score(knobs)
      assert.equal(row(card, 'evidence').verdict, 'inconclusive')
      assert.match(row(card, 'evidence').checks[0]?.why ?? '', expected)
      assert.notEqual(card.verdict, 'pass')
    })
  }

  it('names holes in samples, and judges only what they hide', async () => {
    const hole = (from: number, to: number) => (rows: readonly { readonly t: number }[]) =>
      rows.filter(({ t }) => t < from || t > to) as never
    const card = await score({ samples: { cluster: hole(57_000, 60_500) } })
    const inSync = row(card, 'broker-loss').checks.find(check => check.check === 'in-sync-seconds')
    assert.equal(inSync?.verdict, 'inconclusive')
    assert.equal(row(card, 'zone-loss').verdict, 'pass')
    assert.equal(row(card, 'evidence').verdict, 'pass')
    const { evidence } = measurements.parse(
      JSON.parse(readFileSync(join(directory, 'measurements.json'), 'utf8')),
    )
    assert.deepEqual(
      evidence.troubles.map(trouble => [trouble.file, trouble.effect, trouble.gates]),
      [['samples/cluster.jsonl', 'noted', ['in-sync-seconds', 'recovery-bytes-moved']]],
    )
  })

  for (const name of ['fleet', 'cluster', 'links', 'consumers', 'nodes']) {
    it(`goes on without samples of ${name}, and never passes what rests on them`, async () => {
      const card = await score({
        without: [`samples/${name}.jsonl`],
        // Where no device lost its session, there would be no peak to judge.
        samples: { fleet: rows => rows.map(one => ({ ...one, deviceConnects: 4 })) },
        gates: [
          { gate: 'in-sync-seconds', atMost: 60 },
          { gate: 'recovery-bytes-moved', atMost: 1e12 },
          { gate: 'tail-lag-during-replay-seconds', atMost: 60 },
          { gate: 'device-connects-per-second-peak', atMost: 1e9 },
        ],
      })
      assert.equal(card.verdict, name === 'nodes' ? 'pass' : 'inconclusive')
    })
  }

  it('refuses a folder that is not a run’s, and says which to name', async () => {
    await assert.rejects(
      scoreRun(directory),
      (error: unknown) =>
        error instanceof AftershockError && error.code === 'input' && /run\.json/.test(error.hint ?? ''),
    )
  })

  it('gives the same measurements of the same files every time', async () => {
    await score()
    const first = readFileSync(join(directory, 'measurements.json'), 'utf8')
    await scoreRun(directory)
    assert.equal(readFileSync(join(directory, 'measurements.json'), 'utf8'), first)
  })
})
