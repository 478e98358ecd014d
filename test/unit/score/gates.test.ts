import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GATES, gateOf } from '../../../chaos/numbers/index.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import type { GateFile, HeaderFile } from '../../../chaos/record/run-header.ts'
import { judgeGate } from '../../../chaos/score/judge.ts'
import { measureEvidence } from '../../../chaos/score/measure.ts'
import { known, type Measured } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { Check } from '../../../chaos/record/scorecard.ts'
import { PROCESSOR_CASES } from './processor-cases.ts'
import { CONNECTOR_CASES } from './sink-cases.ts'
import { makeRun, passingAudit } from '../../fixtures/run/make-run.ts'
import { type Case, first, lost, type Plant, set } from './gate-case.ts'
import { REGION_CASES } from './region-gate-cases.ts'
import { UPGRADE_CASES } from './upgrade-gate-cases.ts'
import { STORM_CASES } from './storm-cases.ts'

const replay = (measurements: Measurements) => measurements.replays[0] as Measurements['replays'][number]

const audited = (count: string): Case => ({
  limit: { atMost: 0 },
  fail: (_, audit) => void (audit.counts[count] = 3),
  lose: (_, audit) => {
    audit.verdict = 'inconclusive'
    audit.reasons = ['the final read is missing']
  },
})
const happened = (anomaly: string): Case => ({
  ...audited(anomaly),
  fail: (_, audit) => void (audit.anomalyCounts = { ...audit.anomalyCounts, [anomaly]: 3 }),
})
const ofFirmware = (count: string): Case => ({
  ...audited(count),
  good: (_, audit) => void (audit.counts[count] = 0),
})
const recovery = (name: 'firstSuccessMs' | 'sustainedMs' | 'unavailableMs'): Case => ({
  limit: { atMost: 30 },
  fail: m => void (first(m).everyone[name] = set(first(m).everyone[name], 30_001)),
  lose: m => void (first(m).everyone[name] = lost),
})
const replayed = (
  name: 'incompleteRecords' | 'worstMargin' | 'seconds' | 'producerP99Ratio' | 'tailLagSeconds',
  limit: Partial<GateFile>,
  bad: number,
): Case => ({
  limit,
  fail: m => void (replay(m)[name] = set(replay(m)[name], bad)),
  lose: m => void (replay(m)[name] = lost),
})

/** Gates on a ratio judge its interval, not the one number. */
function ratioBetween(m: Measurements, low: number | null, high: number | null): void {
  const ratio = replay(m).producerP99Ratio
  assert.ok(ratio.interval)
  const why = low === null ? 'planted: too few samples' : null
  replay(m).producerP99Ratio = { ...ratio, value: 3.2, interval: { ...ratio.interval, low, high, why } }
}

function withCold(m: Measurements, coldRecords: Measured): void {
  replay(m).sources = {
    coldRecords,
    hotRecords: known(1),
    eitherRecords: known(0),
    fromStoreBytes: known(1),
  }
}
const CASES: Readonly<Record<string, Case>> = {
  ...CONNECTOR_CASES,
  ...PROCESSOR_CASES,
  'second-outage-seconds': {
    limit: { atMost: 5 },
    fail: m => void (m.secondOutage = { ...m.secondOutage, answer: 'yes', longestMs: 6000 }),
    lose: m => void (m.secondOutage = { ...m.secondOutage, answer: 'unknown', why: 'planted', longestMs: 0 }),
  },
  'acked-loss': audited('lost'),
  'stored-twice': {
    ...audited('storedTwice'),
    limit: { atMost: 100 },
    fail: (_, audit) => void (audit.counts.storedTwice = 101),
  },
  'firmware-repeats': ofFirmware('repeatedByFirmware'),
  'sequence-restarts': ofFirmware('sequenceRestarted'),
  'malformed-records': ofFirmware('malformed'),
  'device-reorder': audited('reordered'),
  'device-gap': audited('gapsUnexplained'),
  'failed-but-stored': audited('failedButStored'),
  'removed-in-window': audited('removedInWindow'),
  'retention-overdue-records': {
    ...happened('retention-not-effective'),
    good: (_, audit) => void (audit.retention = { judged: 1, notJudged: [], overdue: [] }),
  },
  unread: audited('unread'),
  'poll-skip': happened('poll-skip'),
  'commit-ahead': happened('commit-ahead'),
  'commit-lost': happened('commit-lost'),
  'edge-dropped-records': {
    limit: { atMost: 0 },
    fail: m => void (m.fleet.dropped = set(m.fleet.dropped, 5)),
    lose: m => void (m.fleet.dropped = lost),
  },
  'refused-records': {
    limit: { atMost: 0 },
    fail: m => void (m.fleet.refused = known(1)),
    lose: m => void delete m.fleet.refused,
  },
  'first-success-seconds': recovery('firstSuccessMs'),
  'sustained-recovery-seconds': recovery('sustainedMs'),
  'unavailable-seconds': recovery('unavailableMs'),
  'in-sync-seconds': {
    limit: { atMost: 60 },
    fail: m => void (first(m).inSyncMs = set(first(m).inSyncMs, 60_500)),
    lose: m => void (first(m).inSyncMs = lost),
  },
  'recovery-bytes-moved': {
    limit: { atMost: 50_000_000 },
    fail: m => void (first(m).recoveryBytes.net = set(first(m).recoveryBytes.net, 50_000_001)),
    lose: m => void (first(m).recoveryBytes.net = lost),
  },
  'replay-incomplete-records': replayed('incompleteRecords', { atMost: 0 }, 1),
  'replay-margin-records': replayed('worstMargin', { atLeast: 0 }, -1),
  'replay-seconds': replayed('seconds', { atMost: 60 }, 61),
  'replay-longest-stall-seconds': {
    limit: { atMost: 30 },
    fail: m => void (replay(m).longestStallSeconds = known(31)),
    lose: m => void (replay(m).longestStallSeconds = lost),
  },
  'replay-cold-records': {
    limit: { atLeast: 100 },
    good: m => withCold(m, known(100)),
    fail: m => withCold(m, known(99)),
    lose: m => withCold(m, lost),
  },
  'tier-upload-age-seconds': {
    limit: { atMost: 30 },
    good: m => void (m.tierUploadAgeSeconds = known(4)),
    fail: m => void (m.tierUploadAgeSeconds = known(31)),
    lose: m => void delete m.tierUploadAgeSeconds,
  },
  'replay-producer-p99-ratio': {
    ...replayed('producerP99Ratio', { atMost: 3 }, 3.2),
    fail: m => ratioBetween(m, 3.1, 3.4),
  },
  'tail-lag-during-replay-seconds': replayed('tailLagSeconds', { atMost: 5 }, 5.1),
  'produce-p99-ms': {
    limit: { atMost: 20_000 },
    fail: m => void (m.fleet.producerP99Ms = known(20_001)),
    lose: m => void (m.fleet.producerP99Ms = lost),
  },
  ...STORM_CASES,
  ...REGION_CASES,
  ...UPGRADE_CASES,
}

describe('gates', () => {
  let directory = ''
  let header: HeaderFile
  let measured: Measurements
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-gates-'))
    makeRun(directory, { devices: 600, tickMs: 1000 })
    const evidence = await readEvidence(directory)
    header = evidence.header
    measured = measureEvidence(evidence)
  })
  after(() => rmSync(directory, { recursive: true }))

  const judge = (
    gate: string,
    limit: Partial<GateFile>,
    plant: Plant = () => {},
    withoutAudit = false,
  ): Check[] => {
    const measurements = structuredClone(measured)
    const audit = structuredClone(passingAudit(600)) as unknown as AuditFile
    CASES[gate]?.good?.(measurements, audit)
    plant(measurements, audit)
    return judgeGate({ measurements, audit: withoutAudit ? null : audit }, { gate, ...limit })
  }
  const worst = (checks: readonly Check[]) =>
    (['fail', 'inconclusive', 'pass', 'not-judged'] as const).find(verdict =>
      checks.some(check => check.verdict === verdict),
    )

  for (const [name, { limit, fail, lose }] of Object.entries(CASES)) {
    describe(name, () => {
      it('passes on a good run, and names its proof', () => {
        const checks = judge(name, limit)
        assert.equal(worst(checks), 'pass', JSON.stringify(checks, null, 1))
        for (const check of checks) assert.ok(check.proof.length > 0 && check.value !== null)
      })
      it('fails when the limit is passed', () => assert.equal(worst(judge(name, limit, fail)), 'fail'))
      it('is inconclusive when its evidence is missing, and says why', () => {
        const checks = judge(name, limit, lose)
        assert.equal(worst(checks), 'inconclusive')
        assert.ok(checks.some(check => check.verdict === 'inconclusive' && check.why))
      })
      it('is never judged when it is only reported', () => {
        for (const plant of [undefined, fail, lose]) {
          assert.equal(worst(judge(name, { reportOnly: true }, plant)), 'not-judged')
        }
      })
      it('is inconclusive when the journal’s chain is broken', () => {
        const broken: Plant = m =>
          void m.evidence.troubles.push({
            what: 'chain',
            detail: '',
            file: 'journal.jsonl',
            effect: 'untrusted',
            gates: [],
          })
        assert.equal(worst(judge(name, limit, broken)), 'inconclusive')
      })
      it('says what to do when it fails', () => {
        const { next } = gateOf(name)
        const audit = passingAudit(600) as unknown as AuditFile
        assert.match(typeof next === 'string' ? next : next({ measurements: measured, audit }), /\w.*\.$/)
      })
    })
  }

  it('are inconclusive about what the audit would tell when there is none', () => {
    assert.equal(worst(judge('acked-loss', { atMost: 0 }, undefined, true)), 'inconclusive')
  })

  it('fail on loss that was found although the audit could not tell everything', () => {
    const plant: Plant = (_, audit) => {
      audit.verdict = 'inconclusive'
      audit.counts.lost = 2
    }
    assert.equal(worst(judge('acked-loss', { atMost: 0 }, plant)), 'fail')
  })

  it('fail on recovery that certainly took longer, although its end was not seen', () => {
    const plant: Plant = m => void (first(m).everyone.sustainedMs = { ...lost, atLeast: 31_000 })
    const checks = judge('sustained-recovery-seconds', { atMost: 30 }, plant)
    assert.equal(checks[0]?.verdict, 'fail')
    assert.equal(checks[0]?.shown, 'at least 31 s')
  })

  it('are inconclusive on recovery that was not seen and may yet have been in time', () => {
    const plant: Plant = m => void (first(m).everyone.sustainedMs = { ...lost, atLeast: 20_000 })
    assert.equal(worst(judge('sustained-recovery-seconds', { atMost: 30 }, plant)), 'inconclusive')
  })

  it('do not blame a fault for what is slow when nothing is broken, and still pass what is good enough', () => {
    const doubted =
      (sustainedMs: number, atLeast?: number): Plant =>
      m => {
        m.slow = { ms: 1000, source: 'drill', baselineP99Ms: 1100, doubt: 'planted: p99 was 1.1 s' }
        const recovered = atLeast === undefined ? known(sustainedMs) : { ...lost, atLeast }
        first(m).everyone.sustainedMs = recovered
      }
    const judged = (plant: Plant) =>
      judge('sustained-recovery-seconds', { atMost: 30, of: 'broker-kill-1' }, plant)[0]
    assert.equal(judged(doubted(0, 40_000))?.verdict, 'inconclusive')
    assert.match(judged(doubted(0, 40_000))?.why ?? '', /^planted: p99 was 1.1 s/)
    assert.equal(judged(doubted(29_000))?.verdict, 'pass')
  })

  it('on the latency of producers look at all of it, at a fault or at a replay', () => {
    const subjects = [undefined, 'broker-kill-1', 'replay-4'].map(
      of => judge('produce-p99-ms', { atMost: 60_000, ...(of && { of }) })[0],
    )
    assert.deepEqual(
      subjects.map(check => [check?.subject, check?.verdict]),
      [
        [null, 'pass'],
        ['broker-kill-1', 'pass'],
        ['replay-4', 'pass'],
      ],
    )
    const never: Plant = m => void (m.fleet.producerP99Ms = { ...lost, atLeast: 30_000 })
    assert.equal(judge('produce-p99-ms', { atMost: 1000 }, never)[0]?.verdict, 'fail')
    assert.equal(judge('produce-p99-ms', { atMost: 60_000 }, never)[0]?.verdict, 'inconclusive')
  })

  it('on time are not decided by less than the load generator itself was late', () => {
    const near =
      (sustainedMs: number, lateMs: number): Plant =>
      m => {
        first(m).everyone.sustainedMs = known(sustainedMs)
        first(m).peaks.loopDelayMs = known(lateMs)
      }
    const judged = (sustainedMs: number, lateMs: number) =>
      judge('sustained-recovery-seconds', { atMost: 30, of: 'broker-kill-1' }, near(sustainedMs, lateMs))[0]
    const table: readonly [sustainedMs: number, lateMs: number, verdict: string][] = [
      [29_800, 296, 'inconclusive'],
      [30_200, 296, 'inconclusive'],
      [29_600, 296, 'pass'],
      [30_400, 296, 'fail'],
      [29_900, 200, 'pass'],
      [30_100, 200, 'fail'],
    ]
    for (const [sustainedMs, lateMs, verdict] of table) {
      assert.equal(judged(sustainedMs, lateMs)?.verdict, verdict, `${sustainedMs} ms, late by ${lateMs} ms`)
    }
    assert.match(judged(30_200, 296)?.why ?? '', /late by up to 296 ms/)
  })

  it('never take a lower bound for enough', () => {
    const plant: Plant = m => void (replay(m).worstMargin = { ...lost, atLeast: 99 })
    assert.equal(worst(judge('replay-margin-records', { atLeast: 0 }, plant)), 'inconclusive')
  })

  it('fail on what partial evidence shows, and do not pass on it', () => {
    const partial: Plant = m =>
      void m.evidence.troubles.push({
        what: 'shard missing',
        detail: '',
        file: 'history/x',
        effect: 'partial',
        gates: ['first-success-seconds'],
      })
    assert.equal(worst(judge('first-success-seconds', { atMost: 30 }, partial)), 'inconclusive')
    assert.equal(worst(judge('first-success-seconds', { atMost: 1 }, partial)), 'fail')
    assert.equal(worst(judge('in-sync-seconds', { atMost: 60 }, partial)), 'pass')
  })

  it('leave open whether a ratio is within the limit when its interval has the limit in it', () => {
    const [check] = judge('replay-producer-p99-ratio', { atMost: 3 }, m => ratioBetween(m, 2.6, 3.9))
    assert.equal(check?.verdict, 'inconclusive')
    assert.match(check?.why ?? '', /×2\.60 to ×3\.90/)
  })

  it('says of a reader that was replaced between which bounds it stood still, and judges by both', () => {
    const between = (m: Measurements) => {
      const { interval } = replay(m).producerP99Ratio
      assert.ok(interval)
      replay(m).longestStallSeconds = {
        ...known(17),
        interval: { ...interval, value: 17, low: 6, high: 17, confidence: 1, why: null },
      }
    }
    const verdicts = [5, 10, 20].map(atMost => judge('replay-longest-stall-seconds', { atMost }, between)[0])
    assert.equal(verdicts.map(check => check?.verdict).join(), 'fail,inconclusive,pass')
    assert.equal(verdicts[1]?.why, 'it was between 6 s and 17 s, and the limit lies within that')
  })

  it('leave open whether a ratio is within the limit when the samples are too few for an interval', () => {
    const [check] = judge('replay-producer-p99-ratio', { atMost: 9 }, m => ratioBetween(m, null, null))
    assert.deepEqual([check?.verdict, check?.why], ['inconclusive', 'planted: too few samples'])
  })

  it('look only at the fault that they name, and leave out the zone that they name', () => {
    const [cut, ...others] = judge('sustained-recovery-seconds', {
      atMost: 10,
      of: 'zone-cut-3',
      outsideOf: 'az-c',
    })
    assert.deepEqual([cut?.subject, cut?.verdict, others.length], ['zone-cut-3', 'pass', 0])
    assert.equal(worst(judge('sustained-recovery-seconds', { atMost: 10, of: 'zone-cut-3' })), 'fail')
  })

  it('are inconclusive about a fault, a zone or a replay that there is not', () => {
    assert.equal(worst(judge('in-sync-seconds', { atMost: 9, of: 'no-such-1' })), 'inconclusive')
    assert.equal(worst(judge('first-success-seconds', { atMost: 30, outsideOf: 'az-z' })), 'inconclusive')
    assert.equal(worst(judge('replay-seconds', { atMost: 60 }, m => void (m.replays = []))), 'inconclusive')
  })

  it('have a case here for every gate that a drill can name', () => {
    assert.deepEqual(Object.keys(CASES).toSorted(), [...GATES.keys()].toSorted())
    assert.equal(header.drill.drill, 'first')
  })
})

describe('sustained recovery on a machine that was too busy', () => {
  let measured: Measurements
  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aftershock-late-'))
    makeRun(directory, { devices: 60, tickMs: 1000 })
    measured = measureEvidence(await readEvidence(directory))
  })

  const judgedWith = (lateMs: number, sustainedMs: number) => {
    const measurements = structuredClone(measured)
    const fault = first(measurements)
    fault.everyone.sustainedMs = set(fault.everyone.sustainedMs, sustainedMs)
    fault.peaks.loopDelayMs = set(fault.peaks.loopDelayMs, lateMs)
    const gate: GateFile = { gate: 'sustained-recovery-seconds', atMost: 30, of: fault.id }
    return judgeGate({ measurements, audit: null }, gate)[0]
  }

  it('is inconclusive instead of failed when the load generator itself was late, and says so', () => {
    const check = judgedWith(600, 31_000)
    assert.equal(check?.verdict, 'inconclusive')
    assert.match(check?.why ?? '', /load generator itself was late by up to 600 ms/)
  })

  it('fails when the load generator was on time, and passes what is within the limit either way', () => {
    assert.equal(judgedWith(400, 31_000)?.verdict, 'fail')
    assert.equal(judgedWith(600, 29_000)?.verdict, 'pass')
  })
})
