import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { renderScorecard } from '../../../chaos/report/terminal.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { type RunKnobs, makeRun } from '../../fixtures/run/make-run.ts'
import { assertText } from '../../inline-text.ts'

describe('the report of a run on a terminal', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-terminal-'))
  })
  const terminal = async (knobs: RunKnobs, color = false) => {
    makeRun(directory, { devices: 200, tickMs: 1000, ...knobs })
    return renderScorecard(await scoreRun(directory), { color, width: 100 })
  }

  it('fits on a screen, and no line is wider than it', async () => {
    const lines = (await terminal({})).split('\n')
    assert.ok(lines.length <= 40, String(lines.length))
    for (const line of lines) assert.ok(line.length <= 100, line)
  })

  it('begins with the recovery point and the recovery time where a run has two regions', async () => {
    makeRun(directory, { devices: 200, tickMs: 1000 })
    const scorecard = await scoreRun(directory)
    const [row, ...rows] = scorecard.rows
    const [check] = row?.checks ?? []
    assert.ok(row && check)
    const shown = (name: string, text: string) => ({ ...check, check: name, shown: text })
    const numbers = [
      shown('region-lost-records', '7 records'),
      shown('region-lost-seconds', '15 ms'),
      shown('region-recovery-seconds', '18.3 s'),
    ]
    const text = renderScorecard(
      { ...scorecard, rows: [{ ...row, checks: [...row.checks, ...numbers] }, ...rows] },
      { color: false, width: 100 },
    )
    assert.match(
      text.split('\n')[2] ?? '',
      /^ {2}Two regions: recovery point: 15 ms, 7 records; recovery time: 18\.3 s\.$/,
    )
  })

  it('tells of passes first what took a part of its limit, and nothing before what fails', async () => {
    makeRun(directory, { devices: 200, tickMs: 1000 })
    const scorecard = await scoreRun(directory)
    const row = scorecard.rows.find(({ checks }) => checks.some(({ unit }) => unit === 's'))
    const check = row?.checks.find(({ unit }) => unit === 's')
    assert.ok(row && check)
    const limit = { is: 'atMost', value: 60 } as const
    const time = (name: string, value: number, verdict: 'pass' | 'fail') => ({
      ...check,
      check: `${name}-seconds`,
      shown: `${value} s`,
      expected: 'at most 60 s',
      limit,
      value,
      verdict,
    })
    const line = (...checks: ReturnType<typeof time>[]) =>
      renderScorecard(
        { ...scorecard, rows: [{ ...row, verdict: 'pass', checks }] },
        { color: false, width: 100 },
      )
        .split('\n')
        .find(text => text.includes(`✓ ${row.title}`))
        ?.replace(/.* pass +/, '')
    assert.equal(
      line(time('in-sync', 0, 'pass'), time('sessions-back', 4.6, 'pass')),
      'sessions-back 4.6 s (≤ 60 s) · in-sync 0 s (≤ 60 s)',
    )
    assert.match(line(time('sessions-back', 4.6, 'pass'), time('late', 61, 'fail')) ?? '', /^late 61 s/)
  })

  it('names what was out of reach where it ran, and is silent where nothing was', async () => {
    const software = {
      name: 'a cluster',
      kind: 'product' as const,
      notes: [],
      absent: ['disks of brokers', 'a second region'],
    }
    const text = await terminal({ header: header => ({ ...header, software }) })
    assert.match(text, /○ out of reach here, and not judged: disks of brokers; a second region/)
    assert.doesNotMatch(await terminal({}), /out of reach/)
  })

  it('says the verdict in words, and in colours only where there are some', async () => {
    const text = await terminal({})
    assertText(
      text,
      `

      ✓ PASS  first on kafka: A broker dies, a zone grows slow, a zone is cut off, and history is replaye…
        Recovery did not become a second outage, but it was felt: after zone-cut-3, 3 partitions paused
        for more than 1 s, for up to 1.01 s.

        ✓ Service when nothing is broken  pass        outside-faults none (less than 3 s)
                                                      served-to-the-end none (none)
        ✓ Loss of a broker                pass        first-success 3.96 s (≤ 10 s)
                                                      sustained-recovery 4.01 s (≤ 20 s) · +3
        ✓ Loss of a zone                  pass        first-success 5.92 s (≤ 10 s)
                                                      sustained-recovery 5.92 s (≤ 20 s) · +3
        ✓ Slow or lossy links             pass        first-success 2.19 s (≤ 10 s)
                                                      sustained-recovery 0 ms (≤ 5 s) · +3
        · Reconnect storm of devices      not judged  device-connects-per-second-peak not measured
        ✓ Replay from the oldest offset   pass        replay-incomplete 0 (≤ 0) · replay-margin 40 (≥ 0)
                                                      replay 22.3 s (≤ 60 s) · +2
        ✓ Durability                      pass        acked-loss 0 (≤ 0) · failed-but-stored 0 (≤ 0)
                                                      edge-dropped 0 (≤ 0) · all-delivered: none
        ✓ Order and repetition            pass        device-gap 0 (≤ 0) · device-reorder 0 (≤ 0)
                                                      stored-twice 100
        ✓ Rollback                        pass        broker-kill-1: proven · link-latency-2: proven
                                                      zone-cut-3: proven
        ✓ The faults were real            pass        broker-kill-1: proven · broker-kill-1: 6
                                                      link-latency-2: proven · +3
        ✓ Steady state                    pass        steady-before: held · steady-after: held
        ✓ Audit                           pass        audit: pass
                                                      outcomes: repeated 100 (100 by clients or brokers),…
        ✓ Evidence                        pass        evidence-whole: whole · load-generator-on-time 20 ms

        ○ not exercised: replacement of a broker, restart of connectors, governance of replays

      `,
    )
    const coloured = await terminal({}, true)
    assert.ok(coloured.includes('\u001b[32m'))
    assert.equal(stripVTControlCharacters(coloured), text)
  })

  it('says first what is no product, and never calls a stand-in by its platform', async () => {
    const software = { name: 'stand-in (Kafka 4.3.1), not AutoMQ', kind: 'stand-in', notes: [] }
    const text = await terminal({ header: header => ({ ...header, platform: 'automq', software }) })
    assert.match(text, /first on stand-in \(Kafka 4\.3\.1\), not AutoMQ/)
    assert.match(text, /A stand-in, not the product: stand-in/)
    assert.doesNotMatch(text, /on automq/)
  })

  it('puts the work under a row that fails, and the reason under one that could not be decided', async () => {
    const text = await terminal({
      audit: { verdict: 'fail', anomalies: {}, counts: { lost: 3 }, reasons: [] },
      without: ['samples/cluster.jsonl'],
    })
    assertText(
      text,
      `

      ✕ FAIL  first on kafka: A broker dies, a zone grows slow, a zone is cut off, and history is replaye…
        ✕ acked loss: 3 records, allowed at most 0 records (beyond it by 3 records)
        ✕ audit: fail
        Recovery did not become a second outage, but it was felt: after zone-cut-3, 3 partitions paused
        for more than 1 s, for up to 1.01 s.

        ✓ Service when nothing is broken  pass          outside-faults none (less than 3 s)
                                                        served-to-the-end none (none)
        ? Loss of a broker                inconclusive  in-sync not measured (≤ 60 s)
                                                        first-success 3.96 s (≤ 10 s) · +3
          → no cluster sample between 49100 and 75000 ms, which hides the moment
        ? Loss of a zone                  inconclusive  in-sync not measured (≤ 60 s)
                                                        first-success 5.92 s (≤ 10 s) · +3
          → no cluster sample between 140050 and 175000 ms, which hides the moment
        ? Slow or lossy links             inconclusive  in-sync not measured (≤ 60 s)
                                                        first-success 2.19 s (≤ 10 s) · +3
          → no cluster sample between 95000 and 120000 ms, which hides the moment
        · Reconnect storm of devices      not judged    device-connects-per-second-peak not measured
        ✓ Replay from the oldest offset   pass          replay-incomplete 0 (≤ 0) · replay-margin 40 (≥ 0)
                                                        replay 22.3 s (≤ 60 s) · +2
        ✕ Durability                      fail          acked-loss 3 (≤ 0) · failed-but-stored 0 (≤ 0)
                                                        edge-dropped 0 (≤ 0) · all-delivered: none
          → Revisit the storage model: check acks, min.insync.replicas and unclean leader election.
        ✓ Order and repetition            pass          device-gap 0 (≤ 0) · device-reorder 0 (≤ 0)
                                                        stored-twice 0
        ✓ Rollback                        pass          broker-kill-1: proven · link-latency-2: proven
                                                        zone-cut-3: proven
        ? The faults were real            inconclusive  broker-kill-1: not measured
                                                        broker-kill-1: proven · +4
          → broker-kill-1: not measured: the cluster was not asked in the two seconds before it
        ✓ Steady state                    pass          steady-before: held · steady-after: held
        ✕ Audit                           fail          audit: fail
                                                        outcomes: lost 3, expired not counted, refused no…
          → Read the anomalies in audit.json: each has a smallest example.
        ✓ Evidence                        pass          evidence-whole: whole
                                                        load-generator-on-time 20 ms

        ○ not exercised: replacement of a broker, restart of connectors, governance of replays

      `,
    )
  })
})
