import type { GateFile } from '../record/run-header.ts'
import { CHECK_BASE, deliveredCheck, partitionWords, serviceChecks } from './service-checks.ts'
import { outcomeCheck } from './outcome-check.ts'
import { REQUESTS_MET } from '../core/observation.ts'
import { formatDuration } from '../core/units.ts'
import { failureWords } from '../numbers/audit-advice.ts'
import { BOTTLENECK_LOOP_DELAY_MS } from './fleet-load.ts'
import type { Judged } from '../numbers/reading.ts'
import { crowdedWords } from './machine-pressure.ts'
import { operatorStepChecks } from './operator-steps.ts'
import { GOVERNANCE, governanceChecks } from './governance-checks.ts'
import { MIGRATION, REGION_LOSS, regionChecks } from './region-checks.ts'
import { replayChecks } from './replay-checks.ts'
import { upgradeChecks } from './upgrade-checks.ts'
import { STORM, stormChecks } from './storm-checks.ts'
import { WRONG_DEVICES, wrongDeviceChecks } from './wrong-devices.ts'
import type { FaultMet } from '../record/fault-met.ts'
import type { FaultMeasurement, Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'

/** Checks that every run has, whatever its drill asks for; its gates tell what it judges by itself. */
export function implicitChecks(
  judged: Judged,
  gates: readonly GateFile[],
): ReadonlyMap<string, readonly Check[]> {
  const { faults } = judged.measurements
  const wrong = wrongDeviceChecks(judged.measurements)
  const storms = stormChecks(judged.measurements)
  const steps = operatorStepChecks(judged.measurements)
  const lost = regionChecks(judged.measurements, REGION_LOSS)
  const migrated = regionChecks(judged.measurements, MIGRATION)
  const governed = governanceChecks(judged.measurements)
  return new Map<string, readonly Check[]>([
    ['service', serviceChecks(judged.measurements)],
    ['durability', [deliveredCheck(judged.measurements, gates)]],
    ['fault-proof', faults.flatMap(fault => [effectCheck(fault), ...metCheck(fault)])],
    ['rollback', [...upgradeChecks(judged.measurements), ...faults.map(healCheck)]],
    ...(wrong.length > 0 ? [[WRONG_DEVICES, wrong] as const] : []),
    ...(storms.length > 0 ? [[STORM, storms] as const] : []),
    ...(governed.length > 0 ? [[GOVERNANCE, governed] as const] : []),
    ...(lost.length > 0 ? [[REGION_LOSS, lost] as const] : []),
    ...(migrated.length > 0 ? [[MIGRATION, migrated] as const] : []),
    ...replayChecks(judged.measurements, gates),
    ...(steps.length > 0 ? [['operator-steps', steps] as const] : []),
    ['steady-state', [steadyCheck(judged, 'before'), steadyCheck(judged, 'after')]],
    ['audit', [auditCheck(judged), ...outcomeCheck(judged), ...retentionCheck(judged)]],
    ['evidence', [evidenceCheck(judged.measurements), loadCheck(judged.measurements)]],
  ])
}

const base = CHECK_BASE

function effectCheck(fault: FaultMeasurement): Check {
  const proven = fault.provenAt !== null && fault.unproven === null
  return {
    ...base,
    check: 'effect-proven',
    subject: fault.id,
    what: fault.summary,
    expected: 'seen by an independent probe',
    shown: proven ? 'proven' : 'not proven',
    verdict: proven ? 'pass' : 'inconclusive',
    why: fault.unproven,
    proof: journalProof(fault, fault.provenAt === null ? 'unproven' : 'proven'),
  }
}

/**
 * Brokers lead partitions all the time, but ask an object store only now and then: a fault there may be proven and
 * meet nobody, and then a platform has withstood nothing. What was counted stands beside the proof of the healing.
 */
export function metCheck(fault: FaultMeasurement): Check[] {
  if (!fault.kind.startsWith('s3-')) return fault.met ? [platformMetCheck(fault, fault.met)] : []
  const counts = fault.healing.filter(({ unit }) => unit === REQUESTS_MET)
  const met = counts.length === 0 ? null : counts.reduce((sum, { value }) => sum + (Number(value) || 0), 0)
  const never = fault.injectedAt === null
  const event = fault.healProvenAt === null ? 'heal-unproven' : 'heal-proven'
  return [
    {
      ...base,
      check: 'fault-met',
      subject: fault.id,
      what: 'requests of the platform that ran into it',
      expected: 'at least 1: a fault that nobody ran into has tested nothing',
      value: met,
      shown: never ? 'never injected' : met === null ? 'not counted' : `met ${met.toLocaleString('en-US')}`,
      verdict: never ? 'not-judged' : met === null || met === 0 ? 'inconclusive' : 'pass',
      why: never || (met !== null && met > 0) ? null : metNobody(fault.id, met),
      proof: counts.length === 0 ? [] : journalProof(fault, event),
    },
  ]
}

/** A cut that the platform goes round, or the end of a broker that leads nothing, is withstood by anything. */
function platformMetCheck(fault: FaultMeasurement, { what, met, value, why, groups, from }: FaultMet): Check {
  const rates = groups.map(
    group =>
      `${group.listener} ${words(group.beforeBytesPerSecond)}, then ${words(group.duringBytesPerSecond)}`,
  )
  const shown = groups.length > 0 ? rates.join('; ') : `${value ?? 'unknown'}`
  return {
    ...base,
    check: 'fault-met',
    subject: fault.id,
    what,
    expected: 'the platform itself ran into it: a fault that nobody met has tested nothing',
    value,
    shown: met === null ? 'not measured' : met && why !== null ? `${shown}; ${why}` : shown,
    verdict: met === true ? 'pass' : 'inconclusive',
    why: met === true ? null : `${fault.id}: ${why ?? 'nobody ran into it'}`,
    proof: [...from],
  }
}

const words = (bytesPerSecond: number | null): string =>
  bytesPerSecond === null ? 'unknown' : `${bytesPerSecond.toLocaleString('en-US')} B/s`

const metNobody = (id: string, met: number | null): string =>
  met === null
    ? `nobody counted the requests of the platform that ran into ${id}`
    : `no request of the platform ran into ${id}: it has tested nothing`

/** A heal that was tried and not seen fails; one that left no trace is unknown. */
function healCheck(fault: FaultMeasurement): Check {
  const proven = fault.healProvenAt !== null
  const refuted = fault.journal['heal-unproven'] !== undefined
  // What was intended may hold, whether or not anybody saw its injection.
  const never = fault.intendedAt === null && !refuted
  return {
    ...base,
    check: 'heal-proven',
    subject: fault.id,
    what: 'healing',
    expected: 'seen by an independent probe',
    shown: never ? 'never injected' : proven ? 'proven' : 'not proven',
    verdict: never ? 'not-judged' : proven ? 'pass' : refuted ? 'fail' : 'inconclusive',
    why: never ? null : fault.healUnproven,
    proof: journalProof(fault, proven ? 'heal-proven' : 'heal-unproven'),
  }
}

function journalProof(fault: FaultMeasurement, event: string): Check['proof'] {
  const line = fault.journal[event]
  return line === undefined
    ? []
    : [{ file: 'journal.jsonl', selector: `line ${line}`, value: `fault.${event}` }]
}

/**
 * Probes that were said to have held do not speak for a partition that could not be written meanwhile. That a steady
 * state did not hold says that it was not reached by a deadline, whatever its probes count: on a machine that is asked
 * too much, the deadline may have come too soon.
 */
function steadyCheck({ measurements }: Judged, when: 'before' | 'after'): Check {
  const found = measurements.steadyState.findLast(state => state.when === when)
  const unserved = found?.verdict === 'pass' ? (found.unserved ?? []) : []
  const refuted = when === 'after' ? ('fail' as const) : ('inconclusive' as const)
  const judged = unserved.length > 0 ? refuted : (found?.verdict ?? 'inconclusive')
  const crowded = judged === 'fail' ? crowdedWords(measurements.machine, 's') : null
  const verdict = crowded === null ? judged : 'inconclusive'
  const why = unserved.length > 0 ? unservedWords(unserved) : whyNotSteady(found)
  return {
    ...base,
    check: `steady-${when}`,
    what: `steady state ${when} the faults`,
    expected: found?.probes.map(probe => `${probe.probe} ${probe.expected}`).join('; ') ?? 'proven',
    shown: found ? (verdict === 'pass' ? 'held' : 'did not hold') : 'not looked at',
    verdict,
    why: [why, crowded].filter(Boolean).join('; ') || null,
    proof: found ? [{ file: 'journal.jsonl', selector: `line ${found.line}`, value: found.verdict }] : [],
  }
}

const unservedWords = (partitions: readonly string[]): string =>
  `its probes held, and meanwhile nobody in some zone could write ${partitionWords(partitions)}`

function whyNotSteady(found: Measurements['steadyState'][number] | undefined): string | null {
  if (!found) return 'no such event is in the journal'
  const off = found.probes.filter(probe => probe.holds !== 'pass')
  if (off.length === 0) return null
  return off.map(probe => `${probe.probe} was ${probe.value ?? 'unknown'}`).join('; ')
}

function auditCheck({ audit }: Judged): Check {
  return {
    ...base,
    check: 'audit',
    what: 'every operation against what is stored',
    expected: 'no anomaly that the contract forbids',
    shown: audit ? audit.verdict : 'not audited',
    verdict: audit?.verdict ?? 'inconclusive',
    why: audit ? (failureWords(audit) ?? audit.reasons[0] ?? null) : 'there is no audit.json',
    proof: audit ? [{ file: 'audit.json', selector: '/verdict', value: audit.verdict }] : [],
  }
}

/** Only where something had been old enough: a run that is too short has nothing to say of it. */
function retentionCheck({ audit }: Judged): Check[] {
  if (!audit?.retention || audit.retention.judged === 0) return []
  const { judged, overdue } = audit.retention
  const first = overdue.find(({ heldBy }) => heldBy) ?? overdue[0]
  return [
    {
      ...base,
      check: 'retention-effective',
      what: `deletion by age in ${judged} ${judged === 1 ? 'partition' : 'partitions'}`,
      expected: 'what is older than its topic’s retention is gone, as soon as brokers had to look',
      value: overdue.length,
      shown: overdue.length === 0 ? 'kept' : `not in ${overdue.map(({ partition }) => partition).join(', ')}`,
      // What no clock explains may be brokers that could not look.
      verdict: first === undefined ? 'pass' : first.heldBy ? 'fail' : 'inconclusive',
      why: first?.what ?? null,
      proof: [{ file: 'audit.json', selector: '/retention/overdue', value: overdue.length }],
    },
  ]
}

function evidenceCheck({ evidence }: Measurements): Check {
  const serious = evidence.troubles.filter(trouble => trouble.effect !== 'noted')
  const first = serious[0]
  return {
    ...base,
    check: 'evidence-whole',
    what: `journal of ${evidence.journalLines} lines, ${evidence.shards.length} histories`,
    expected: 'chained, complete and ended',
    value: serious.length,
    shown: serious.length === 0 ? 'whole' : `${serious.length} troubles`,
    verdict: serious.length === 0 ? 'pass' : 'inconclusive',
    why: first ? `${first.what}: ${first.file}: ${first.detail}` : null,
    proof: [
      { file: 'measurements.json', selector: '/evidence/troubles', value: serious.length },
      { file: 'journal.jsonl', selector: `line ${evidence.journalLines}`, value: evidence.journalHead },
    ],
  }
}

/** Never judged: a slow tool makes numbers worse than the platform is, which is for people to weigh. */
function loadCheck({ fleet }: Measurements): Check {
  const { loopDelayMs } = fleet
  return {
    ...base,
    check: 'load-generator-on-time',
    what: 'the load generator’s own worst delay',
    expected: `at most ${BOTTLENECK_LOOP_DELAY_MS} ms, else its delay is part of what it measured`,
    limit: { is: 'atMost', value: BOTTLENECK_LOOP_DELAY_MS },
    value: loopDelayMs.value,
    unit: 'ms',
    shown: loopDelayMs.value === null ? 'not measured' : formatDuration(loopDelayMs.value),
    verdict: 'not-judged',
    why: loopDelayMs.why,
    proof: [
      { file: 'measurements.json', selector: '/fleet/loopDelayMs/value', value: loopDelayMs.value },
      ...loopDelayMs.from,
    ],
  }
}
