import { type Comparison, compare, comparisonOf, describeComparison } from '../core/drill.ts'
import { exactly, roundDown } from '../core/numbers.ts'
import { besideLimit, formatValue } from '../core/quantity.ts'
import { formatDuration } from '../core/units.ts'
import { BOTTLENECK_LOOP_DELAY_MS } from './fleet-load.ts'
import { troublesOf } from './evidence-quality.ts'
import type { GateFile } from '../record/run-header.ts'
import { gateOf } from '../numbers/index.ts'
import type { GateEntry } from '../numbers/number.ts'
import type { Judged, Reading } from '../numbers/reading.ts'
import { crowdedWords } from './machine-pressure.ts'
import { toolBoundWords } from './tool-bound.ts'
import { type Check, type CheckVerdict, isVerdict } from '../record/scorecard.ts'
import { CONFIDENCE, judgeInterval } from './statistics.ts'

/** Judges one gate of a drill: one check for each fault or action that it is about. */
export function judgeGate(judged: Judged, gate: GateFile): Check[] {
  const entry = gateOf(gate.gate)
  return entry.read(judged, gate).map(found => {
    const reading = doubt(found, judged, gate)
    const judgedAlone = verdictOf(gate, reading)
    const confounded =
      reading.confounded ??
      effectWithoutCause(judged, gate, entry) ??
      // Where nobody had a free CPU, that is why this program was late as well.
      crowdedWords(judged.measurements.machine, entry.unit) ??
      toolBoundWords(judged.measurements, entry, reading.subject)
    const excused = judgedAlone === 'fail' && confounded !== null
    const late = excused ? null : withinLateness(judged, gate, reading, entry)
    const verdict = excused || (late !== null && isVerdict(judgedAlone)) ? 'inconclusive' : judgedAlone
    const limit = gate.reportOnly === true ? null : comparisonOf(gate)
    const outside = gate.outsideOf === undefined ? '' : `, clients in ${gate.outsideOf} left out`
    return {
      check: gate.gate,
      subject: reading.subject,
      what: `${entry.what}${outside}`,
      expected: expectation(gate, entry),
      ...(limit ? { limit } : {}),
      value: reading.value,
      shown: show(reading, entry, limit?.value ?? null),
      unit: entry.unit,
      ...(reading.interval ? { interval: reading.interval } : {}),
      verdict,
      why:
        (excused ? confounded : undefined) ??
        (verdict === judgedAlone ? undefined : late) ??
        reading.why ??
        (verdict === 'inconclusive' ? straddles(reading, entry) : null),
      proof: [...reading.proof],
    }
  })
}

/**
 * What a drill expects a fault to bring (at least one malformed record) is not there where the fault was not proven: that
 * is no news of the platform.
 */
function effectWithoutCause(
  { measurements }: Judged,
  { of, ...limit }: GateFile,
  { better }: GateEntry,
): string | null {
  const isExpected = better === 'less' && (limit.atLeast ?? limit.above) !== undefined
  const unproven = measurements.faults.find(
    ({ id, provenAt }) => provenAt === null && (of === undefined || of === id),
  )
  return isExpected && unproven
    ? `${unproven.id} was not proven, so that what it would have brought is not there`
    : null
}

const PER_MS: Readonly<Record<string, number>> = { s: 1000, ms: 1 }

/**
 * A time that is as near to its limit as the load generator was late itself says nothing: on which side of it the
 * platform alone would have been, nobody knows. Where nothing at all was measured, lateness has added nothing.
 */
function withinLateness(
  { measurements }: Judged,
  gate: GateFile,
  reading: Reading,
  entry: GateEntry,
): string | null {
  const limit = gate.reportOnly === true ? null : comparisonOf(gate)
  const perMs = PER_MS[entry.unit]
  const value = reading.value ?? reading.atLeast ?? null
  if (limit === null || perMs === undefined || value === null || value === 0) return null
  const fault = measurements.faults.find(({ id }) => id === reading.subject)
  const { loopDelayMs } = fault?.peaks ?? measurements.fleet
  const lateMs = loopDelayMs.value ?? loopDelayMs.atLeast ?? 0
  if (lateMs <= BOTTLENECK_LOOP_DELAY_MS || Math.abs(value - limit.value) * perMs >= lateMs) return null
  return `the load generator itself was late by up to ${formatDuration(lateMs)}, which is more than lies between ${formatValue(value, entry.unit)} and the limit`
}

/** A reading that rests on damaged evidence: partial leaves a lower bound, untrusted leaves nothing. */
function doubt(reading: Reading, { measurements }: Judged, gate: GateFile): Reading {
  const troubles = troublesOf(measurements.evidence.troubles, gate.gate)
  const first = troubles.find(trouble => trouble.effect === 'untrusted') ?? troubles[0]
  if (!first || reading.applies === false) return reading
  const { subject, proof } = reading
  const why = `${first.what}: ${first.file}: ${first.detail}`
  if (first.effect === 'untrusted') return { subject, value: null, why, proof }
  const atLeast = reading.value ?? reading.atLeast
  return { subject, value: null, why, proof, ...(atLeast === undefined ? {} : { atLeast }) }
}

/**
 * Missing evidence is never a pass. It is a failure only where the part that was seen is already too much:
 * for an upper limit, more evidence could not make it less. Where there is an interval, all of it must be on
 * one side of the limit.
 */
export function verdictOf(gate: GateFile, reading: Reading): CheckVerdict {
  if (reading.applies === false) return 'not-applicable'
  if (gate.reportOnly === true) return 'not-judged'
  const limit: Comparison = gate
  if (reading.value !== null && reading.why === null) {
    const { interval, value } = reading
    if (interval) return judgeInterval(limit, interval.low, interval.high)
    return compare(limit, value) ? 'pass' : 'fail'
  }
  if (reading.atLeast === undefined) return 'inconclusive'
  const upper = limit.atMost ?? limit.equals
  if (upper !== undefined && reading.atLeast > upper) return 'fail'
  return limit.below !== undefined && reading.atLeast >= limit.below ? 'fail' : 'inconclusive'
}

function expectation(gate: GateFile, entry: GateEntry): string {
  if (gate.reportOnly === true) return 'reported, not judged'
  const limit = gate.atMost ?? gate.atLeast ?? gate.above ?? gate.below ?? gate.equals ?? 0
  return describeComparison(gate).replace(/\S+$/, asWritten(limit, entry))
}

function straddles({ interval, bounded }: Reading, { unit }: GateEntry): string | null {
  if (!interval) return null
  const [low, high] = [formatValue(interval.low, unit), formatValue(interval.high, unit)]
  if (bounded) return `it was between ${low} and ${high}, and the limit lies within that`
  return `the limit is within the ${CONFIDENCE * 100}% interval, ${low} to ${high}: longer phases would tell`
}

/** A limit is never rounded: it is what the drill says. */
function asWritten(limit: number, { unit }: GateEntry): string {
  const isExact = unit !== 'bytes' || Number(limit.toPrecision(3)) === limit
  return unit === 'bytes' && isExact ? formatValue(limit, unit) : exactly(limit, unit)
}

function show(reading: Reading, { unit }: GateEntry, limit: number | null): string {
  const { value, interval } = reading
  if (reading.applies === false) return 'does not apply'
  if (value !== null && interval)
    return `${formatValue(value, unit)} (${formatValue(interval.low, unit)} to ${formatValue(interval.high, unit)})`
  const beside = (one: number) => besideLimit(one, limit, unit)
  if (value !== null) return beside(value)
  return reading.atLeast === undefined ? 'not measured' : `at least ${beside(roundDown(reading.atLeast))}`
}
